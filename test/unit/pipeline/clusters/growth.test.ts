import { expect, it } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { InMemoryNodePools } from '../../../../shared/adapters/in-memory/node-pools.ts';
import { UpstreamError } from '../../../../shared/errors.ts';
import { growthOf } from '../../../../shared/pipeline/clusters/growth.ts';

const CLUSTER = '/subscriptions/s/resourcegroups/g/providers/microsoft.containerservice/managedclusters/neu';
const POOL = `${CLUSTER}/agentpools/user`;
const EDGE = { origins: [{ name: 'shop-neu', id: '/o/neu', region: 'northeurope', cluster: 'neu' }] };

function clusters(scaleUp?: object): Parameters<typeof growthOf>[1]['clusters'] {
  const resourceId = { key: CLUSTER, subscription: 's' };
  const grows = scaleUp === undefined ? {} : { scaleUp: { pool: POOL, mode: 'enforce', ...scaleUp } };
  return [{ name: 'neu', resourceId, labels: {}, capacityPerNode: 80, ...grows }] as never;
}

function pools(): InMemoryNodePools {
  const found = new InMemoryNodePools({ clock: new VirtualClock() });
  found.seed(CLUSTER, [
    { id: POOL, count: 3, autoscaler: { min: 3, max: 10 }, isServing: true },
    { id: `${CLUSTER}/agentpools/other`, count: 2, isServing: true },
    { id: `${CLUSTER}/agentpools/system`, count: 5, isServing: false },
  ]);
  return found;
}

it.each<[string, object | undefined, readonly object[]]>([
  ['without the setting', undefined, []],
  ['in mode observe', { mode: 'observe' }, []],
  ['as far as its autoscaler goes', {}, [{ origin: 'shop-neu', pool: 'user', capacity: 960 }]],
  ['as far as the fleet lets it', { maxNodes: 5 }, [{ origin: 'shop-neu', pool: 'user', capacity: 560 }]],
  ['no less than it has', { maxNodes: 1 }, [{ origin: 'shop-neu', pool: 'user', capacity: 400 }]],
  [
    'with a pool that is not there',
    { pool: `${CLUSTER}/agentpools/gone` },
    [{ origin: 'shop-neu', pool: 'gone', fault: 'not-found' }],
  ],
  [
    'with a pool without autoscaler',
    { pool: `${CLUSTER}/agentpools/other` },
    [{ origin: 'shop-neu', pool: 'other', fault: 'no-autoscaler' }],
  ],
])('a cluster grows %s', async (_, scaleUp, expected) => {
  expect(await growthOf(EDGE, { clusters: clusters(scaleUp), nodePools: pools() })).toEqual(expected);
});

it('a cluster that is not behind the edge is not asked for', async () => {
  const nodePools = pools();
  nodePools.fail({ on: 'read', error: new UpstreamError('read node pools', 503) });
  expect(await growthOf({ origins: [] }, { clusters: clusters({}), nodePools })).toEqual([]);
});

it('origins of one cluster share it', async () => {
  const [origin] = EDGE.origins;
  const edge = { origins: [origin!, { ...origin!, name: 'second' }] };
  const found = await growthOf(edge, { clusters: clusters({}), nodePools: pools() });
  expect(found.map(({ capacity }) => capacity)).toEqual([480, 480]);
});

it('a cluster that cannot be read is told', async () => {
  const nodePools = pools();
  nodePools.fail({ on: 'read', error: new UpstreamError('read node pools', 503) });
  expect(await growthOf(EDGE, { clusters: clusters({}), nodePools })).toMatchObject([{ fault: 'unreadable' }]);
});
