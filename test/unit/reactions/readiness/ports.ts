import type { Played } from '../../../../cli/simulate/play.ts';
import type { ReadinessPorts } from '../../../../shared/reactions/readiness/index.ts';
import { GIVEN } from './facts.ts';
import { edgeTarget } from '../../../../shared/targets/edge/index.ts';
import { observeEdge } from '../../../../shared/targets/edge/observe.ts';

/** Two regions, each of which can carry the other's traffic. */
export const PAIR = {
  id: 'ready',
  origins: [
    { region: 'east', weight: 500, capacity: 200 },
    { region: 'west', weight: 500, capacity: 200 },
  ],
  load: 120,
};
/** What the readiness checks ask, of a scenario that was played. */
export function portsOf({ world }: Played, more: Partial<ReadinessPorts> = {}): ReadinessPorts {
  const { edge, readings, rows, clock } = world;
  const switches = { automation: 'on', firing: [] } as const;
  return {
    edges: () => Promise.resolve([edge]),
    target: edgeTarget,
    observe: (one) =>
      observeEdge({ edge: one, control: world.control(), readings, switches: () => Promise.resolve(switches) }),
    probe: () => Promise.resolve({ path: '/healthz', method: 'GET' }),
    routes: () => Promise.resolve(['main']),
    growth: () => Promise.resolve([]),
    access: ({ id }) =>
      Promise.resolve([{ scope: id, needed: { actions: ['a/read'] }, lack: 'fail', answer: [GIVEN] }]),
    rows,
    clock,
    ...more,
  };
}
