import { Command } from 'commander';
import type * as z from 'zod';

import { EdgeList, EdgeView, KillSwitch } from '../../shared/api/people/schemas.ts';
import { printable, table } from '../output.ts';
import { connected, withConnection, type ConnectionOptions, type Surroundings } from './connection.ts';
import { healthOf, stateOf, type Edge } from './edge-text.ts';

/** `reflex edges` */
export function edgesCommand(surroundings: Surroundings): Command {
  const { output } = surroundings;
  return withConnection(
    new Command('edges')
      .summary('look at the edges: origins, what is wanted of them, plans')
      .description('Lists the edges in the order in which they are drained, or shows one.'),
  )
    .argument('[name]', 'of the edge to show')
    .action(async (name: string | undefined, options: ConnectionOptions) => {
      await connected(surroundings, options, async (client) => {
        const answer =
          name === undefined
            ? await client.get('edges', EdgeList)
            : await client.get(`edges/${encodeURIComponent(name)}`, EdgeView);
        if (options.json === true) {
          output.out(JSON.stringify(answer, null, 2));
          return 0;
        }
        const { on } = await client.get('kill-switch', KillSwitch);
        const lines = [
          ...(on ? ['the kill switch is on: nothing is written (`reflex kill-switch`)'] : []),
          ...('edges' in answer ? listText(answer) : edgeText(answer)),
        ];
        lines.forEach((line) => output.out(line));
        return 0;
      });
    });
}

function listText({ edges }: z.infer<typeof EdgeList>): readonly string[] {
  const rows = edges.map(({ name, priority, service, mode, origins, openIntents, activePlan }) => [
    printable(name),
    String(priority),
    service,
    mode.drain,
    mode.restore,
    printable(origins.join(' ')),
    String(openIntents),
    activePlan ?? '',
  ]);
  const head = ['EDGE', 'PRIORITY', 'SERVICE', 'DRAIN', 'RESTORE', 'ORIGINS', 'INTENTS', 'PLAN'];
  return edges.length === 0 ? ['the fleet has no edges'] : table([head, ...rows]);
}

function edgeText(edge: Edge): readonly string[] {
  const { name, id, service, mode, origins, intents, activePlan, waitingPlan } = edge;
  const origin = origins.map((one) => [
    printable(one.name),
    printable(one.region),
    printable(one.cluster),
    stateOf(one),
    healthOf(one),
  ]);
  const wanted = intents.map(({ subject, kind, state, note = '', mode: asked, reason }) => [
    printable(subject.split('/').at(-1) ?? subject),
    printable(kind),
    note === '' ? state : `${state}: ${printable(note)}`,
    asked,
    printable(reason),
  ]);
  return [
    `edge     ${printable(name)} (${service})`,
    `id       ${printable(id)}`,
    `mode     drain ${mode.drain}, restore ${mode.restore}`,
    ...(activePlan === undefined ? [] : [`active   ${activePlan}`]),
    ...(waitingPlan === undefined ? [] : [`waiting  ${waitingPlan}`]),
    '',
    ...table([['ORIGIN', 'REGION', 'CLUSTER', 'STATE', 'HEALTH'], ...origin]),
    ...(wanted.length === 0 ? [] : ['', ...table([['WANTED OF', 'WHAT', 'STATE', 'MODE', 'REASON'], ...wanted])]),
  ];
}
