import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { InMemoryNodePools } from '../../../../shared/adapters/in-memory/node-pools.ts';
import { UpstreamError } from '../../../../shared/errors.ts';
import type { Sending } from '../../../../shared/reconcile/target-kind.ts';
import { clusterKind, clusterOf, clusterTarget } from '../../../../shared/targets/cluster/index.ts';
import { preconditionOf } from '../../../../shared/targets/cluster/write.ts';
import { bare, CLUSTER, floorOf, idOf, poolOf, situation, stepOf } from './cluster.ts';

const TARGET = clusterTarget(CLUSTER, 'edges');
const CHANGE = { pool: idOf('user'), minCount: 6 };
const MINUTE_MS = 60_000;

function stage() {
  const clock = new VirtualClock();
  const nodePools = new InMemoryNodePools({ clock, durationMs: MINUTE_MS });
  nodePools.seed(CLUSTER, [poolOf()]);
  const switches = () => Promise.resolve({ automation: 'on', firing: [] } as const);
  const kind = clusterKind({ nodePools, switches, isWritable: (id) => id === CLUSTER, clock });
  const sending: Sending = {
    ...{ planId: 'plan', fence: 1, step: stepOf(3, 6), precondition: preconditionOf([poolOf()]) },
    sendBy: new Date(clock.now().getTime() + 10_000).toISOString(),
  };
  const min = async (): Promise<number | undefined> => (await nodePools.read(CLUSTER))[0]?.autoscaler?.min;
  return { clock, nodePools, kind, sending, min };
}

describe('a write', () => {
  it('is accepted, and asked after until it has ended', async () => {
    const { clock, kind, sending, min } = stage();
    const result = await kind.write(TARGET, sending, CHANGE, []);
    expect(result).toMatchObject({ outcome: 'accepted' });
    const operation = (result as { readonly operation: string }).operation;
    expect(await kind.poll(TARGET, sending, operation)).toMatchObject({ outcome: 'running' });
    await clock.advance(MINUTE_MS);
    expect(await kind.poll(TARGET, sending, operation)).toEqual({
      outcome: 'written',
      evidence: { pool: idOf('user') },
    });
    expect(await min()).toBe(6);
  });

  it('is not sent on top of what somebody has changed since', async () => {
    const { nodePools, kind, sending, min } = stage();
    nodePools.change(idOf('user'), { autoscaler: { min: 4, max: 10 } });
    expect(await kind.write(TARGET, sending, CHANGE, [])).toEqual({ outcome: 'stale' });
    expect(await min()).toBe(4);
  });

  it('is sent though the autoscaler has started nodes since', async () => {
    const { nodePools, kind, sending } = stage();
    nodePools.change(idOf('user'), { count: 5 });
    expect(await kind.write(TARGET, sending, CHANGE, [])).toMatchObject({ outcome: 'accepted' });
  });

  it('is not sent too late', async () => {
    const { clock, kind, sending, min } = stage();
    await clock.advance(10_000);
    expect(await kind.write(TARGET, sending, CHANGE, [])).toMatchObject({ outcome: 'postponed' });
    expect(await min()).toBe(3);
  });

  it.each<[string, Error, object]>([
    ['people must let it', new UpstreamError('write', 403), { outcome: 'refused', code: 'authorization' }],
    [
      'the service does not take it',
      new UpstreamError('write', 400),
      { outcome: 'refused', code: 'refused-by-service' },
    ],
    ['the service is not well', new UpstreamError('write', 503), { outcome: 'postponed' }],
  ])('is refused: %s', async (_, error, result) => {
    const { nodePools, kind, sending } = stage();
    nodePools.fail({ on: 'begin', error });
    expect(await kind.write(TARGET, sending, CHANGE, [])).toMatchObject(result);
  });

  it('is refused where the cluster is gone', async () => {
    const { kind, sending } = stage();
    const gone = clusterTarget(`${CLUSTER}-gone`, 'edges');
    expect(await kind.write(gone, sending, CHANGE, [])).toMatchObject({ code: 'config-error:pool-not-found' });
  });

  it('of no pool is asked after in vain', async () => {
    const { kind, sending } = stage();
    const step = { ...sending.step, changes: [] };
    expect(await kind.poll(TARGET, { ...sending, step }, 'none')).toEqual({ outcome: 'lost' });
  });
});

describe('a write whose answer never came', () => {
  it('is found by reading', async () => {
    const { clock, nodePools, kind, sending } = stage();
    await nodePools.begin(idOf('user'), { minCount: 6 });
    expect(await kind.settle(TARGET, sending)).toMatchObject({ outcome: 'unsettled' });
    await clock.advance(MINUTE_MS);
    expect(await kind.settle(TARGET, sending)).toMatchObject({ outcome: 'written' });
  });

  it('was not sent, once it may no longer be', async () => {
    const { clock, kind, sending } = stage();
    expect(await kind.settle(TARGET, sending)).toEqual({ outcome: 'unsettled', pollInMs: 10_000 });
    await clock.advance(10_000);
    expect(await kind.settle(TARGET, sending)).toEqual({ outcome: 'not-written' });
  });

  it('is over where the pool, or the cluster, is gone', async () => {
    const { kind, sending } = stage();
    const none = { ...sending, step: { ...sending.step, changes: [] } };
    expect(await kind.settle(TARGET, none)).toEqual({ outcome: 'not-written' });
    expect(await kind.settle(clusterTarget(`${CLUSTER}-gone`, 'edges'), sending)).toEqual({ outcome: 'not-written' });
  });
});

describe('the kind', () => {
  it('concerns floors of its own pools', () => {
    const { kind } = stage();
    expect(clusterOf(idOf('user'))).toBe(CLUSTER);
    expect(kind.concerns(TARGET, floorOf(6))).toBe(true);
    expect(kind.concerns(clusterTarget('/groups/shop/managedclusters/her', 'edges'), floorOf(6))).toBe(false);
    expect(kind.channel(TARGET)).toBe(CLUSTER);
  });

  it('reads the pools, what may be written, and the switches', async () => {
    const { kind } = stage();
    const seen = await kind.observe(TARGET, situation());
    expect(seen).toEqual({ pools: [poolOf()], isWritable: true, automation: 'on' });
    expect(kind.precondition(seen)).toBe(preconditionOf([poolOf()]));
  });

  it('finds no pools where the cluster is gone, and says nothing where it cannot be read', async () => {
    const { kind, nodePools } = stage();
    const gone = clusterTarget(`${CLUSTER}-gone`, 'edges');
    expect(await kind.observe(gone, situation())).toMatchObject({ pools: [], isWritable: false });
    nodePools.fail({ on: 'read', error: new UpstreamError('read', 503) });
    await expect(kind.observe(TARGET, situation())).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM' });
  });
});

it('a precondition is about limits alone, in any order', () => {
  const [user, web] = [poolOf(), bare('web')];
  expect(preconditionOf([web, user])).toBe(preconditionOf([user, web]));
  expect(preconditionOf([{ ...user, count: 9, isTerminal: false }])).toBe(preconditionOf([user]));
  expect(preconditionOf([poolOf('user', { autoscaler: { min: 3, max: 9 } })])).not.toBe(preconditionOf([user]));
});
