import { Command } from 'commander';
import type * as z from 'zod';

import { ReadinessList } from '../shared/api/people/schemas.ts';
import type { Check } from '../shared/reactions/readiness/index.ts';
import { printable, table, type Output } from './output.ts';
import { connected, withConnection, type ConnectionOptions, type Surroundings } from './people/connection.ts';

interface ReadyOptions extends ConnectionOptions {
  readonly edge?: string;
}

type Readiness = z.infer<typeof ReadinessList>['edges'][number];

/** `reflex ready` */
export function readyCommand(surroundings: Surroundings): Command {
  const { output } = surroundings;
  return withConnection(
    new Command('ready')
      .summary('say what a failover would need and does not have')
      .description(
        'Shows what the app has found at its last check of every edge, or of one: control plane, origins, capacity,\n' +
          'weights, probes, drift, holds, votes, roles. It checks at minute 0 and 30 of every hour.',
      )
      .option('--edge <name>', 'name of one edge'),
  ).action(async ({ edge: only, json = false, ...options }: ReadyOptions) => {
    await connected(surroundings, options, async (client) => {
      const { edges } = await client.get('readiness', ReadinessList);
      const wanted = edges.filter(({ edge }) => only === undefined || edge === only);
      if (wanted.length === 0) {
        output.err(`reflex ready: ${nothing(only, edges)}`);
        return 1;
      }
      print(wanted, output, json);
      return wanted.every(({ ready }) => ready) ? 0 : 1;
    });
  });
}

function nothing(only: string | undefined, edges: readonly Readiness[]): string {
  const when = 'the app checks at minute 0 and 30 of every hour';
  const names = edges.map(({ edge }) => printable(edge)).join(', ');
  return only === undefined || edges.length === 0
    ? `no edge was checked yet: ${when}`
    : `edge ${printable(only)} was not checked; those that were: ${names}`;
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
