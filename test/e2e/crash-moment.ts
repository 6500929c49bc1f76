import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { SeededRandom } from '../../local/time/seeded-random.ts';
import { NO_TIMERS } from './no-timers.ts';
import { actedOn, auditOf, commitOf, commitsWith, eventOf, handled, push, pushedEvent } from './pushed-image.ts';
import { StackProcess, until } from './stack-process.ts';

const TAG = '1.6.0';
/** What stood at the end of a run that died at one moment. */
export interface Aftermath {
  /** `PORT.METHOD:before|after:N` */
  readonly point: string;
  /** False if the run was through before it came to the moment; it was killed then. */
  readonly reached: boolean;
  readonly commits: number;
  readonly acted: number;
  readonly fault: string | undefined;
}

/** True if it died there, and the pushed image was written once and recorded once, in a whole chain. */
export function isSound({ reached, commits, acted, fault }: Aftermath): boolean {
  return reached && commits === 1 && acted === 1 && fault === undefined;
}

/**
 * All moments of one push: before and after each port call that the app makes between its start and the last record.
 * @returns them as crash points, in the order in which they come.
 */
export async function censusOfMoments(): Promise<readonly string[]> {
  const stack = await StackProcess.create();
  try {
    const file = join(stack.data, 'calls.txt');
    await stack.start({ ...NO_TIMERS, REFLEX_LOCAL_CALLS: file });
    const before = (await readFile(file, 'utf8').catch(() => '')).split('\n').length - 1;
    await push(stack, TAG);
    await commitOf(stack, TAG);
    await until(async () => (actedOn((await auditOf(stack)).records, TAG).length > 0 ? true : undefined));
    const calls = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const counts = new Map<string, number>();
    return calls.flatMap((call, index) => {
      const nth = (counts.get(call) ?? 0) + 1;
      counts.set(call, nth);
      return index < before ? [] : [`${call}:before:${nth}`, `${call}:after:${nth}`];
    });
  } finally {
    await stack.remove();
  }
}

/** Picks `count` of the moments, without repetition while there are enough: first each kind of call once, then any. */
export function pickMoments(moments: readonly string[], count: number, seed: number): readonly string[] {
  const random = new SeededRandom(seed);
  const shuffled = moments
    .map((moment) => ({ moment, at: random.next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ moment }) => moment);
  const kinds = new Map(shuffled.map((moment) => [moment.replace(/:\d+$/, ''), moment]));
  const first = [...kinds.values()];
  const rest = shuffled.filter((moment) => !first.includes(moment));
  const all = [...first, ...rest];
  return Array.from({ length: count }, (_, index) => all[index % all.length] ?? '').filter((moment) => moment !== '');
}

/**
 * Pushes an image, lets app and doubles die as by `kill -9` at the moment, starts them again and redelivers: nothing is
 * pushed a second time. Storage stays up all the while.
 */
export async function dieAt(point: string): Promise<Aftermath> {
  const stack = await StackProcess.create();
  try {
    await stack.start({ ...NO_TIMERS, REFLEX_LOCAL_CRASH: point });
    const digest = await push(stack, TAG).catch(() => undefined);
    const reached = await diesOrEnds(stack);
    if (!reached) {
      await stack.stop('SIGKILL');
    }
    // A sweep at a full five minutes would find the push first, and be the event of its commit.
    await stack.start({ 'AzureWebJobs.registry-sweep.Disabled': 'true' });
    const event = await eventOf(stack, await commitOf(stack, TAG));
    await until(async () => (actedOn((await auditOf(stack)).records, TAG).length > 0 ? true : undefined));
    const id = event.split('#').at(-1) ?? '';
    for (let redelivery = 0; redelivery < 3; redelivery += 1) {
      await stack.deliver([pushedEvent(id, { tag: TAG, digest })]);
    }
    await handled(stack);
    await push(stack, '1.6.1');
    await commitOf(stack, '1.6.1');
    await handled(stack);
    const { records, fault } = await auditOf(stack);
    const commits = await commitsWith(stack, `Reflex-Event: ${id}`);
    return { point, reached, commits: commits.length, acted: actedOn(records, id).length, fault };
  } finally {
    await stack.remove();
  }
}

/** What comes after the record that we look for is a few calls away; a moment among them is given this long. */
const LAST_CALLS_MS = 3_000;

async function diesOrEnds(stack: StackProcess): Promise<boolean> {
  let end: number | undefined;
  return await until(async () => {
    if (stack.hasEnded) {
      return true;
    }
    const { records } = await auditOf(stack).catch(() => ({ records: [] }));
    if (actedOn(records, TAG).length > 0) {
      end ??= Date.now() + LAST_CALLS_MS;
    }
    return end !== undefined && Date.now() > end ? stack.hasEnded : undefined;
  });
}
