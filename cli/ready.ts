import { Command } from 'commander';

import { checkReadiness, type Check, type EdgeFacts } from '../shared/reactions/readiness/index.ts';
import { printable, table, terminal, type Output } from './output.ts';

interface ReadyOptions {
  readonly edge?: string;
  readonly json?: boolean;
}

interface Readiness {
  readonly edge: string;
  /** True if no check failed. */
  readonly ready: boolean;
  readonly checks: readonly Check[];
}

/**
 * `reflex ready`
 * @param gather - facts of every edge, or of the one that is named; none where the fleet does not know it.
 */
export function readyCommand(
  gather: (edge: string | undefined) => Promise<readonly EdgeFacts[]>,
  output: Output = terminal,
): Command {
  return new Command('ready')
    .summary('say what a failover would need and does not have')
    .description(
      'Checks every edge, or one: control plane, origins, capacity, weights, probes, drift, holds, votes, permission.\n' +
        'Exit code 0: no check failed (warnings may stand); 1: at least one did, or there is no such edge;\n' +
        '2: the facts cannot be gathered.',
    )
    .option('--edge <name>', 'name or ARM id of one edge')
    .option('--json', 'print JSON instead of text')
    .action(async ({ edge, json = false }: ReadyOptions) => {
      try {
        const edges = (await gather(edge)).map(judged);
        if (edges.length === 0) {
          output.err(`reflex ready: ${edge === undefined ? 'the fleet has no edge' : `no edge ${printable(edge)}`}`);
          output.exit(1);
          return;
        }
        print(edges, output, json);
        output.exit(edges.every(({ ready }) => ready) ? 0 : 1);
      } catch (error) {
        output.err(`reflex ready: ${printable(error instanceof Error ? error.message : String(error))}`);
        output.exit(2);
      }
    });
}

function judged({ edge, facts }: EdgeFacts): Readiness {
  const checks = checkReadiness(facts);
  return { edge, ready: checks.every(({ status }) => status !== 'fail'), checks };
}

function print(edges: readonly Readiness[], output: Output, json: boolean): void {
  if (json) {
    output.out(JSON.stringify({ edges }, undefined, 2));
    return;
  }
  for (const { edge, ready, checks } of edges) {
    const count = (status: Check['status']): number => checks.filter((check) => check.status === status).length;
    const summary = `${ready ? 'ready' : 'not ready'} (${count('fail')} failed, ${count('warn')} warnings)`;
    output.out(`${printable(edge)}: ${summary}`);
    const rows = checks.map(({ status, check, detail, whatToDo }) => [status, check, printable(detail), whatToDo]);
    table([['STATUS', 'CHECK', 'DETAIL', 'WHAT TO DO'], ...rows]).forEach((line) => output.out(line));
  }
}
