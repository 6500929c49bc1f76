import { run } from '../../../cli/program.ts';

export interface Ran {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in this process. */
export async function reflex(...args: readonly string[]): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  let code: number | undefined;
  await run(args, { out: (line) => out.push(line), err: (line) => err.push(line), exit: (given) => (code = given) });
  return { code, out: out.join('\n'), err: err.join('\n') };
}
