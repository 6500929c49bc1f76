import { expect, it } from 'vitest';

import { LocalArm } from '../../../../local/arm/local-arm.ts';
import { seedArm } from '../../../../local/stack/arm-seed.ts';
import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { build } from '../../fleet/fleet-text.ts';

const CLUSTER =
  '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop/providers/Microsoft.ContainerService/managedClusters/shop';

/** The pools of a cluster with this capacity that is to serve `perSecond`. */
function seeded(capacity: string, perSecond: number) {
  const { fleet } = build(
    `version: 1\nfleet: x\nclusters: { shop: { resourceId: ${CLUSTER}, capacity: ${capacity} } }\n`,
  );
  const arm = new LocalArm({ clock: new VirtualClock(), random: new SeededRandom(1) });
  seedArm(arm, fleet!, perSecond);
  return arm.state.list(`${CLUSTER}/agentPools`).map(({ id, properties }) => {
    const { count, enableAutoScaling, minCount, maxCount } = properties;
    return { name: id.split('/').at(-1), count, enableAutoScaling, minCount, maxCount };
  });
}

it('a cluster has nodes enough for all of the traffic, and no autoscaler', () => {
  expect(seeded('{ perNode: 80 }', 400)).toEqual([
    { name: 'user', count: 10, enableAutoScaling: false, minCount: null, maxCount: null },
  ]);
});

it.each([
  ['as far as the fleet says', '{ perNode: 80, scaleUp: { pool: apps, maxNodes: 12 } }', 20, 3, 12],
  ['to twice as many where it says nothing', '{ perNode: 80, scaleUp: { pool: apps } }', 400, 10, 20],
  ['never to fewer than there are', '{ perNode: 80, scaleUp: { pool: apps, maxNodes: 4 } }', 400, 10, 10],
])('a pool that may grow has an autoscaler: %s', (_, capacity, perSecond, count, maxCount) => {
  expect(seeded(capacity, perSecond)).toEqual([
    { name: 'apps', count, enableAutoScaling: true, minCount: count, maxCount },
  ]);
});
