import { Command } from 'commander';
import type * as z from 'zod';

import { PlanView } from '../../shared/api/people/plan-schemas.ts';
import { EdgeList, EdgeView } from '../../shared/api/people/schemas.ts';
import { printable, table } from '../output.ts';
import type { PeopleClient } from './client.ts';
import { connected, withConnection, type ConnectionOptions, type Surroundings } from './connection.ts';
import { healthOf, stateOf, type Edge } from './edge-text.ts';
import { wishOf, type Who } from './intent-text.ts';
import { stateText } from './plan-text.ts';
import { ifAnswered, stopLines, stopOf } from './present.ts';

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
        const lines = [
          ...(await stopLines(client)),
          ...('edges' in answer ? listText(answer) : edgeText(answer, await planLines(answer, client), client.who)),
        ];
        lines.forEach((line) => output.out(line));
        return 0;
      });
    });
}

function listText({ edges }: z.infer<typeof EdgeList>): readonly string[] {
  const rows = edges.map(({ name, priority, service, mode, origins, openIntents, activePlan, waiting }) => [
    printable(name),
    String(priority),
    service,
    mode.drain,
    mode.restore,
    printable(origins.join(' ')),
    String(openIntents),
    [...(activePlan === undefined ? [] : [activePlan]), ...waitingText(waiting)].join(', '),
  ]);
  const head = ['EDGE', 'PRIORITY', 'SERVICE', 'DRAIN', 'RESTORE', 'ORIGINS', 'INTENTS', 'PLAN'];
  return edges.length === 0 ? ['the fleet has no edges'] : table([head, ...rows]);
}

type Waiting = z.infer<typeof EdgeList>['edges'][number]['waiting'];

function waitingText(waiting: Waiting): readonly string[] {
  if (waiting === undefined) {
    return [];
  }
  const { plan, needed, given } = waiting;
  const id = printable(plan.slice(0, 8));
  return [given >= needed ? `${id} approved` : `${id} waits for ${needed - given} of ${needed}`];
}

/** The plan under way and the one that waits, with how they stand. */
async function planLines({ activePlan, waitingPlan }: Edge, client: PeopleClient): Promise<readonly string[]> {
  const named = [
    ['active  ', activePlan],
    ['waiting ', waitingPlan],
  ] as const;
  const lines = named.map(async ([word, id]) => {
    if (id === undefined) {
      return [];
    }
    const plan = await ifAnswered(() => client.get(`plans/${encodeURIComponent(id)}`, PlanView));
    return [`${word} ${id}${plan === undefined ? '' : `  ${stateText(plan, await stopOf(client, plan))}`}`];
  });
  return (await Promise.all(lines)).flat();
}

function edgeText(edge: Edge, plans: readonly string[], who: Who): readonly string[] {
  const { name, id, service, mode, origins, intents } = edge;
  const origin = origins.map((one) => [
    printable(one.name),
    printable(one.region),
    printable(one.cluster),
    stateOf(one),
    healthOf(one),
  ]);
  const wanted = intents.map(({ subject, kind, value, state, note = '', mode: asked, reason, by }) => [
    printable(subject.split('/').at(-1) ?? subject),
    wishOf({ subject, kind, value }).wish,
    note === '' ? state : `${state}: ${printable(note)}`,
    asked,
    'person' in by ? who(by.person) : printable(by.reaction),
    printable(reason),
  ]);
  return [
    `edge     ${printable(name)} (${service})`,
    `id       ${printable(id)}`,
    `mode     drain ${mode.drain}, restore ${mode.restore}`,
    ...plans,
    '',
    ...table([['ORIGIN', 'REGION', 'CLUSTER', 'STATE', 'HEALTH'], ...origin]),
    ...(wanted.length === 0 ? [] : ['', ...table([['WANTED OF', 'WHAT', 'STATE', 'MODE', 'BY', 'REASON'], ...wanted])]),
  ];
}
