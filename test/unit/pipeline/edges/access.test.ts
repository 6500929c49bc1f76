import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { InMemoryNodePools } from '../../../../shared/adapters/in-memory/node-pools.ts';
import { InMemoryPermissions } from '../../../../shared/adapters/in-memory/permissions.ts';
import { ACTIONS } from '../../../../shared/domain/azure/actions.ts';
import { NotFoundError, RateLimitedError, UpstreamError } from '../../../../shared/errors.ts';
import type { FleetEdge } from '../../../../shared/fleet/model.ts';
import { accessOf } from '../../../../shared/pipeline/edges/access.ts';
import { policy } from '../../reactions/readiness/facts.ts';

const GROUP = '/subscriptions/s/resourcegroups/g/providers';
const PROFILE = `${GROUP}/microsoft.cdn/profiles/p`;
const APPS = `${PROFILE}/origingroups/apps`;
const CLUSTER = `${GROUP}/microsoft.containerservice/managedclusters/neu`;
const POOL = `${CLUSTER}/agentpools/user`;
const SUBNET = `${GROUP}/microsoft.network/virtualnetworks/v/subnets/nodes`;

const EDGE = {
  ...{ name: 'shop', id: APPS, service: 'front-door', profile: PROFILE, priority: 1, policy: policy() },
  origins: [{ name: 'shop-neu', id: `${APPS}/origins/neu`, region: 'northeurope', cluster: 'neu' }],
} as FleetEdge;
const CLUSTERS = [
  {
    ...{ name: 'neu', resourceId: { key: CLUSTER, subscription: 's' }, labels: {}, capacityPerNode: 80 },
    scaleUp: { pool: POOL, mode: 'enforce' },
  },
] as const;

function ports() {
  const nodePools = new InMemoryNodePools({ clock: new VirtualClock() });
  const autoscaler = { min: 1, max: 3 };
  nodePools.seed(CLUSTER, [{ id: POOL, count: 1, autoscaler, isServing: true, subnets: [SUBNET] }]);
  return { clusters: CLUSTERS, nodePools, permissions: new InMemoryPermissions(), stores: [] as readonly string[] };
}

describe('what may be done of what a failover needs', () => {
  it('is asked once of each resource', async () => {
    const asked: string[] = [];
    const known = ports();
    const permissions = {
      read: async (resource: string) => {
        asked.push(resource);
        return await known.permissions.read(resource);
      },
    };
    const access = await accessOf(EDGE, { ...known, permissions });
    const [subscription, group] = ['/subscriptions/s', GROUP.replace('/providers', '')];
    expect(asked).toEqual([APPS, PROFILE, group, CLUSTER, SUBNET, subscription]);
    expect(access.filter(({ scope }) => scope === PROFILE)).toHaveLength(2);
  });

  it('shows what was taken away', async () => {
    const known = ports();
    const [write] = ACTIONS.scalePools;
    known.permissions.take(CLUSTER, write);
    const [found] = (await accessOf(EDGE, known)).filter(({ scope }) => scope === CLUSTER);
    expect(found).toMatchObject({ lack: 'fail', answer: [{ notActions: [write] }] });
  });

  it.each([
    [new UpstreamError('read permissions', 403), 'denied'],
    [new UpstreamError('read permissions', 401), 'denied'],
    [new UpstreamError('read permissions', 503), 'no-answer'],
    [new UpstreamError('read permissions', 0), 'no-answer'],
    [new RateLimitedError('read permissions', 1_000), 'no-answer'],
    [new NotFoundError('read permissions: not found'), 'not-found'],
  ])('is not known where Azure does not tell: %s', async (error, why) => {
    const known = ports();
    known.permissions.refuse(APPS, error);
    const [found] = await accessOf(EDGE, known);
    expect(found).toMatchObject({ scope: APPS, answer: { why } });
  });

  it('is not known of a gate store that is named without its id', async () => {
    const edge = { ...EDGE, hasGates: true } as const;
    const access = await accessOf(edge, { ...ports(), stores: ['gatesweu'] });
    expect(access.at(-1)).toMatchObject({ scope: 'gatesweu', answer: { why: 'no-id' } });
  });

  it('is asked also of a cluster whose node pools cannot be read', async () => {
    const known = ports();
    known.nodePools.fail({ on: 'read', error: new UpstreamError('read node pools', 403) });
    const scopes = (await accessOf(EDGE, known)).map(({ scope }) => scope);
    expect(scopes).toContain(CLUSTER);
    expect(scopes).not.toContain(SUBNET);
  });

  it('does not hide faults of our own', async () => {
    const known = ports();
    known.permissions.refuse(APPS, new TypeError('x'));
    await expect(accessOf(EDGE, known)).rejects.toThrow(TypeError);
    known.nodePools.fail({ on: 'read', error: new TypeError('y') });
    await expect(accessOf(EDGE, known)).rejects.toThrow('y');
  });
});
