import { readinessKey } from '../../pipeline/check-ready.ts';
import { EDGES } from '../../targets/edge/index.ts';
import { json, READERS, route, type Route } from './route.ts';
import { ReadinessList } from './schemas.ts';

/** What a failover would need, as the timer has found it last. */
export const READINESS_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: 'readiness',
    operation: 'listReadiness',
    summary: 'What a failover of each edge would need and does not have; looked at every 30 minutes',
    roles: READERS,
    answers: { 200: { description: 'each edge that was checked', schema: ReadinessList } },
    answer: async (_, { rows, fleet }) => {
      const { edges } = await fleet();
      const found = await Promise.all(edges.map(async ({ id }) => (await rows.get(EDGES, readinessKey(id)))?.value));
      return json(200, { edges: found.filter((value) => value !== undefined) });
    },
  }),
];
