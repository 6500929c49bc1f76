import type * as z from 'zod';

import { settlesMs } from '../../domain/traffic/effect.ts';
import { evidenceKey, isSteered, type EdgeEvidence } from '../../domain/traffic/evidence.ts';
import { ALERT_SOURCE, type Vote } from '../../domain/traffic/votes.ts';
import type { FleetEdge, FleetOrigin } from '../../fleet/model.ts';
import { intentKey, type Intent } from '../../intents/intent.ts';
import type { RowStore } from '../../ports/row-store.ts';
import { distinct, type Plan } from '../../reconcile/plan.ts';
import type { Field } from '../../reconcile/target-kind.ts';
import { TargetRows, type TargetState } from '../../reconcile/target-rows.ts';
import { EDGES, edgeTarget } from '../../targets/edge/index.ts';
import { problem } from '../problem.ts';
import { pageOf } from './pages.ts';
import { json, READERS, route, type Route } from './route.ts';
import { EdgeList, EdgeView, IntentPage, IntentQuery } from './schemas.ts';
import { partitionsOf } from './stored-plans.ts';

/** How the edges stand, and what is wanted of every target. */
export const EDGE_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: 'edges',
    operation: 'listEdges',
    summary: 'The edges of the fleet, in the order in which they are drained',
    roles: READERS,
    answers: { 200: { description: 'all of them', schema: EdgeList } },
    answer: async (_, { rows, fleet }) => {
      const { edges } = await fleet();
      const sorted = edges.toSorted((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1));
      // One partition holds them all: whichever edge it is read for, everybody's intents and lanes come along.
      const [first] = sorted;
      const state = first === undefined ? undefined : await load(rows, first);
      const shown = state === undefined ? [] : sorted.map((edge) => summaryOf(edge, state, rows));
      return json(200, { edges: await Promise.all(shown) });
    },
  }),
  route({
    method: 'GET',
    path: 'edges/{name}',
    operation: 'readEdge',
    summary:
      'An edge: its origins, what is wanted of it, what we have written, its plan, the evidence about its regions',
    roles: READERS,
    answers: { 200: { description: 'the edge', schema: EdgeView } },
    answer: async ({ params }, { rows, fleet, clock }) => {
      const { edges } = await fleet();
      const edge = edges.find(({ name }) => name === params['name']);
      if (edge === undefined) {
        return problem(
          404,
          'REFLEX_NOT_FOUND',
          `The fleet has these edges: ${edges.map(({ name }) => name).join(', ')}.`,
        );
      }
      const state = await load(rows, edge);
      const { name, id, service, priority, origins, policy } = edge;
      const { fields, activePlan, previews } = state.lane;
      const intents = openIntentsOf(edge, state).map((intent) => viewOf(EDGES, intentKey(intent), intent));
      const evidence = (await rows.get(EDGES, evidenceKey(id)))?.value as unknown as EdgeEvidence | undefined;
      const now = clock.now().getTime();
      return json(200, {
        ...{ name, id, service, priority, mode: policy.mode, intents, fields },
        origins: origins.map((origin) => originView(origin, { evidence, fields, now })),
        settlesSeconds: settlesMs(policy.bake) / 1000,
        ...{
          activePlan,
          waitingPlan: (await waitingOf(rows, edge, previews['propose']?.plan))?.id,
          health: evidence,
        },
      });
    },
  }),
  route({
    method: 'GET',
    path: 'intents',
    operation: 'listIntents',
    summary: 'What is wanted of all targets, by whom and why, newest first',
    roles: READERS,
    query: IntentQuery,
    answers: { 200: { description: 'one page', schema: IntentPage } },
    answer: async ({ query }, { rows }) => {
      const all = await Promise.all((await partitionsOf(rows)).map((partition) => intentsIn(rows, partition)));
      const asked = all.flat().filter(({ state }) => isAsked(state, query.state));
      const { items, next } = pageOf(asked, ({ openedAt, partition, key }) => `${openedAt} ${partition} ${key}`, query);
      return json(200, { intents: items, next });
    },
  }),
];

/** An origin with what was seen of it at the last look. */
function originView(
  { name, id, region, cluster }: FleetOrigin,
  { evidence, fields, now }: { evidence: EdgeEvidence | undefined; fields: readonly Field[]; now: number },
): z.infer<typeof EdgeView>['origins'][number] {
  const seen = evidence?.seen?.origins.find((one) => one.id === id);
  const known = Object.entries(evidence?.regions ?? {}).find(([one]) => one === name)?.[1];
  const bad = (known?.votes ?? []).filter(({ isBad, expires }) => isBad && expires > now);
  const hasTurned = bad.length > 0 && evidence !== undefined && isSteered(evidence, name);
  const isShut = fields.some(({ subject, group, written }) => subject === id && group === 'gate' && written['isShut']);
  return {
    ...{ name, id, region, cluster },
    ...(seen === undefined ? {} : { enabled: seen.enabled, weight: seen.weight }),
    ...(isShut ? { isShut: true } : {}),
    ...(known === undefined ? {} : { health: known.health.status, badVotes: [...new Set(bad.map(spokenBy))] }),
    ...(hasTurned ? { hasTurned } : {}),
  };
}

/** Whose vote it is, in words that people have chosen: an alert by its rule. */
function spokenBy({ source, rule }: Vote): string {
  return source.startsWith(ALERT_SOURCE) && rule !== undefined ? `${ALERT_SOURCE}${rule}` : source;
}

async function load(rows: RowStore, edge: FleetEdge): Promise<TargetState> {
  return await new TargetRows(rows).load(edgeTarget(edge));
}

/** The plan that was proposed last, while people are asked about it. */
async function waitingOf(rows: RowStore, edge: FleetEdge, id: string | undefined): Promise<Plan | undefined> {
  const plan = id === undefined ? undefined : await new TargetRows(rows).plan(edgeTarget(edge), id);
  return plan?.state === 'waiting' ? plan : undefined;
}

async function summaryOf(
  edge: FleetEdge,
  state: TargetState,
  rows: RowStore,
): Promise<z.infer<typeof EdgeList>['edges'][number]> {
  const { name, id, service, priority, origins, policy } = edge;
  const { activePlan, previews } = state.head.lanes[id] ?? {};
  const waiting = await waitingOf(rows, edge, previews?.['propose']?.plan);
  const { needed = 0, given = [] } = waiting?.consent ?? {};
  return {
    ...{ name, id, service, priority, origins: origins.map((origin) => origin.name), mode: policy.mode },
    openIntents: openIntentsOf(edge, state).length,
    activePlan,
    ...(waiting === undefined ? {} : { waiting: { plan: waiting.id, needed, given: distinct(given) } }),
  };
}

function openIntentsOf({ id }: FleetEdge, { intents }: TargetState): readonly Intent[] {
  return [...intents.values()].filter(
    ({ subject, state }) => state !== 'closed' && (subject === id || subject.startsWith(`${id}/`)),
  );
}

async function intentsIn(rows: RowStore, partition: string): Promise<readonly ReturnType<typeof viewOf>[]> {
  const stored = await rows.list(partition, 'intent|');
  return stored.map(({ rowKey, value }) => viewOf(partition, rowKey, value as unknown as Intent));
}

function viewOf(partition: string, key: string, intent: Intent): Intent & { partition: string; key: string } {
  return { partition, key, ...intent };
}

function isAsked(state: Intent['state'], asked: string | undefined): boolean {
  return asked === undefined ? state !== 'closed' : asked === 'all' || state === asked;
}
