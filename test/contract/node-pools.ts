import { beforeEach, describe, expect, it } from 'vitest';

import type { VirtualClock } from '../../local/time/virtual-clock.ts';
import { NotFoundError, RateLimitedError, ResourceBusyError, UpstreamError } from '../../shared/errors.ts';
import type { NodePool, NodePoolChange, NodePools } from '../../shared/ports/node-pools.ts';
import type { Operation } from '../../shared/ports/operation.ts';

/** What a service answers with 429 here asks to wait so long, in milliseconds. */
export const ASKED_WAIT_MS = 30_000;

/** What other people change of a pool. */
export type PoolChange = Partial<Pick<NodePool, 'count' | 'autoscaler' | 'isServing'>>;

/** A cluster under test with the pools of `SEEDED`, and other people's hands. */
export interface NodePoolsUnderTest {
  readonly pools: NodePools;
  readonly clock: VirtualClock;
  /** Another instance over the same service, as after a restart. */
  readonly reopen: () => NodePools;
  /** Writes that the service accepted so far; ids in lower case. */
  readonly accepted: () => readonly { readonly pool: string; readonly minCount: unknown }[];
  /** Somebody else changes a pool, at once. */
  readonly change: (pool: string, change: PoolChange) => void;
  /** Somebody else changes a pool between the reading and the writing of the next `begin`. */
  readonly race: (pool: string, change: PoolChange) => void;
  /** The service refuses the next call of a kind with an HTTP status. */
  readonly refuse: (on: 'read' | 'begin' | 'poll', status: number) => void;
  /** The connection breaks in the next write. */
  readonly lose: (as: 'applied' | 'not-applied') => void;
  /** The write that is asked after next ends in another way than by its time. */
  readonly end: (as: 'failed' | 'canceled' | 'forgotten') => void;
}

export interface NodePoolsBackend {
  readonly name: string;
  readonly create: (options?: { readonly durationMs?: number; readonly nodesMs?: number }) => NodePoolsUnderTest;
}

/** Ids as people write them, in mixed case. */
export const CLUSTER = '/subscriptions/S/resourceGroups/RG/providers/Microsoft.ContainerService/managedClusters/Shop';
const [APPS, BATCH, FIXED] = ['apps', 'batch', 'fixed'].map((name) => `${CLUSTER}/agentPools/${name}`) as [
  string,
  string,
  string,
];

/** By name of the pool; what is not said is a running pool for workloads. */
export const SEEDED = {
  apps: { count: 4, autoscaler: { min: 3, max: 10 } },
  batch: { count: 2, autoscaler: { min: 1, max: 5 } },
  fixed: { count: 2 },
  system: { count: 3, isKept: true },
  asleep: { count: 0, isStopped: true },
} as const;

const [DURATION_MS, NODES_MS] = [60_000, 240_000];

function stateOf(operation: Operation): string {
  expect(operation).toEqual({ status: 'running', state: expect.any(String) as string });
  return operation.status === 'running' ? operation.state : '';
}

/** Every NodePools must pass this. */
export function describeNodePools({ name, create }: NodePoolsBackend): void {
  let under: NodePoolsUnderTest;
  let pools: NodePools;

  function open(options: Parameters<NodePoolsBackend['create']>[0] = {}): void {
    under = create(options);
    pools = under.pools;
  }

  beforeEach(() => open());

  async function pool(id: string, from = pools): Promise<NodePool> {
    return (await from.read(CLUSTER)).find((one) => one.id === id.toLowerCase())!;
  }

  /** Writes, and asks until it has ended. */
  async function write(id: string, change: NodePoolChange): Promise<Operation> {
    const operation = await pools.begin(id, change);
    return operation.status === 'running' ? await pools.poll(id, operation.state) : operation;
  }

  describe(`NodePools contract: ${name}`, () => {
    it('reads every pool: what it has, what its autoscaler keeps to, and whether it serves', async () => {
      const id = (poolName: string): string => `${CLUSTER}/agentPools/${poolName}`.toLowerCase();
      const common = { isServing: true, isTerminal: true };
      expect(await pools.read(CLUSTER)).toEqual([
        { id: id('apps'), count: 4, autoscaler: { min: 3, max: 10 }, ...common },
        { id: id('batch'), count: 2, autoscaler: { min: 1, max: 5 }, ...common },
        { id: id('fixed'), count: 2, ...common },
        { id: id('system'), count: 3, ...common, isServing: false },
        { id: id('asleep'), count: 0, ...common, isServing: false },
      ]);
    });

    it('takes ids in any case', async () => {
      const expected = await pools.read(CLUSTER);
      expect(await pools.read(CLUSTER.toUpperCase())).toEqual(expected);
      expect(await pools.read(CLUSTER.toLowerCase())).toEqual(expected);
      await write(APPS.toUpperCase(), { minCount: 5 });
      await write(BATCH.toLowerCase(), { minCount: 2 });
      expect(under.accepted()).toEqual([
        { pool: APPS.toLowerCase(), minCount: 5 },
        { pool: BATCH.toLowerCase(), minCount: 2 },
      ]);
      expect((await pool(APPS)).autoscaler).toEqual({ min: 5, max: 10 });
    });

    it.each([
      ['fewer', 1, 4],
      ['as many as before', 3, 4],
      ['as many as there are', 4, 4],
      ['more', 7, 7],
      ['as many as may be', 10, 10],
      ['none', 0, 4],
    ])('keeps %s: the least number of one pool changes, and nodes are ordered up to it', async (_, minCount, count) => {
      const others = (await pools.read(CLUSTER)).slice(1);
      expect(await write(APPS, { minCount })).toEqual({ status: 'succeeded' });
      const [apps, ...rest] = await pools.read(CLUSTER);
      expect(apps).toEqual({
        id: APPS.toLowerCase(),
        count,
        autoscaler: { min: minCount, max: 10 },
        isServing: true,
        isTerminal: true,
      });
      expect(rest).toEqual(others);
      expect(under.accepted()).toEqual([{ pool: APPS.toLowerCase(), minCount }]);
    });

    it('leaves what somebody else changed before', async () => {
      await pools.read(CLUSTER);
      under.change(APPS, { autoscaler: { min: 2, max: 20 }, count: 9, isServing: false });
      await write(APPS, { minCount: 12 });
      expect(await pool(APPS)).toMatchObject({ autoscaler: { min: 12, max: 20 }, count: 12, isServing: false });
    });

    it.each([-1, 4.5, 11, Number.NaN])('refuses to keep %d nodes', async (minCount) => {
      const error = await pools.begin(APPS, { minCount }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UpstreamError);
      expect(error).toMatchObject({ status: 400, retryable: false });
      expect((await pool(APPS)).autoscaler).toEqual({ min: 3, max: 10 });
      expect(under.accepted()).toEqual([]);
    });

    it('refuses a least number of nodes where there is no autoscaler to keep it', async () => {
      const error = await pools.begin(FIXED, { minCount: 3 }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'REFLEX_UPSTREAM', status: 400, retryable: false });
      expect(await pool(FIXED)).toEqual({ id: FIXED.toLowerCase(), count: 2, isServing: true, isTerminal: true });
      expect(under.accepted()).toEqual([]);
    });

    it('says that a cluster or a pool does not exist', async () => {
      await expect(pools.read(`${CLUSTER}x`)).rejects.toThrow(NotFoundError);
      await expect(pools.begin(`${APPS}x`, { minCount: 4 })).rejects.toThrow(NotFoundError);
      await expect(pools.begin(APPS.replace('Shop', 'Other'), { minCount: 4 })).rejects.toThrow(NotFoundError);
    });

    it.each(['', 'apps', '/subscriptions/s', CLUSTER.replace('managedClusters', 'fleets')])(
      'knows no cluster and no pool %j',
      async (id) => {
        await expect(pools.read(id)).rejects.toThrow(NotFoundError);
        await expect(pools.begin(id, { minCount: 4 })).rejects.toThrow(NotFoundError);
        expect(under.accepted()).toEqual([]);
      },
    );

    it('takes no cluster for a pool, and no pool for a cluster', async () => {
      await expect(pools.begin(CLUSTER, { minCount: 4 })).rejects.toThrow(NotFoundError);
      await expect(pools.read(APPS)).rejects.toThrow(NotFoundError);
      expect(under.accepted()).toEqual([]);
    });

    describe('refused', () => {
      it.each(['read', 'begin'] as const)('%s: waits as long as it was asked to, and calls once', async (on) => {
        under.refuse(on, 429);
        const call = (): Promise<unknown> => (on === 'read' ? pools.read(CLUSTER) : pools.begin(APPS, { minCount: 5 }));
        const error = await call().catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(RateLimitedError);
        expect(error).toMatchObject({ retryAfterMs: ASKED_WAIT_MS });
        expect(under.accepted()).toEqual([]);
        await call();
      });

      it.each([409, 412])('begin with %d: busy, and nothing is written', async (status) => {
        under.refuse('begin', status);
        await expect(pools.begin(APPS, { minCount: 5 })).rejects.toThrow(ResourceBusyError);
        expect(await pool(APPS)).toMatchObject({ autoscaler: { min: 3 }, isTerminal: true });
        expect(under.accepted()).toEqual([]);
      });

      it('because somebody was faster: busy, nothing is written, and their change stands', async () => {
        under.race(APPS, { autoscaler: { min: 6, max: 9 } });
        await expect(pools.begin(APPS, { minCount: 5 })).rejects.toThrow(ResourceBusyError);
        expect((await pool(APPS)).autoscaler).toEqual({ min: 6, max: 9 });
        expect(under.accepted()).toEqual([]);
        expect(await write(APPS, { minCount: 7 })).toEqual({ status: 'succeeded' });
        expect((await pool(APPS)).autoscaler).toEqual({ min: 7, max: 9 });
      });

      it.each([400, 401, 403])('begin with %d: nothing is written, and again is no use', async (status) => {
        under.refuse('begin', status);
        const error = await pools.begin(APPS, { minCount: 5 }).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(UpstreamError);
        expect(error).toMatchObject({ status, retryable: false });
        expect(under.accepted()).toEqual([]);
      });

      it.each([
        [403, false],
        [500, true],
        [503, true],
      ])('read with %d', async (status, retryable) => {
        under.refuse('read', status);
        const error = await pools.read(CLUSTER).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(UpstreamError);
        expect(error).toMatchObject({ status, retryable });
      });
    });

    describe('answer lost', () => {
      it.each([
        ['applied', 5],
        ['not-applied', 3],
      ] as const)('%s: unknown, never thrown, and reading tells', async (as, min) => {
        under.lose(as);
        expect(await pools.begin(APPS, { minCount: 5 })).toMatchObject({ status: 'unknown' });
        expect(await pool(APPS, under.reopen())).toMatchObject({ autoscaler: { min }, isTerminal: true });
        expect(under.accepted()).toHaveLength(as === 'applied' ? 1 : 0);
      });
    });

    it.each(['', '{}', 'null', '"x"', 'x', '{"state":{}}', '{"operation":99}'])(
      'asks nothing after %j',
      async (state) => {
        expect(await pools.poll(APPS, state)).toMatchObject({ status: 'unknown' });
        expect(under.accepted()).toEqual([]);
      },
    );

    describe('while a write goes on', () => {
      beforeEach(() => open({ durationMs: DURATION_MS, nodesMs: NODES_MS }));

      it('says so until it has ended, and its nodes come later', async () => {
        const state = stateOf(await pools.begin(APPS, { minCount: 7 }));
        expect(await pool(APPS)).toMatchObject({
          autoscaler: { min: 7 },
          count: 4,
          isServing: true,
          isTerminal: false,
        });
        expect((await pool(BATCH)).isTerminal).toBe(true);
        await under.clock.advance(DURATION_MS - 1);
        const later = stateOf(await pools.poll(APPS, state));
        await under.clock.advance(1);
        expect(await pools.poll(APPS, later)).toEqual({ status: 'succeeded' });
        expect(await pool(APPS)).toMatchObject({ count: 4, isServing: true, isTerminal: true });
        await under.clock.advance(NODES_MS - 1);
        expect((await pool(APPS)).count).toBe(4);
        await under.clock.advance(1);
        expect((await pool(APPS)).count).toBe(7);
      });

      it('nodes that are no longer wanted do not come', async () => {
        const raised = stateOf(await pools.begin(APPS, { minCount: 7 }));
        await under.clock.advance(DURATION_MS);
        expect(await pools.poll(APPS, raised)).toEqual({ status: 'succeeded' });
        const restored = stateOf(await pools.begin(APPS, { minCount: 3 }));
        await under.clock.advance(DURATION_MS + NODES_MS);
        expect(await pools.poll(APPS, restored)).toEqual({ status: 'succeeded' });
        expect(await pool(APPS)).toMatchObject({ count: 4, autoscaler: { min: 3 } });
      });

      it('nodes that have come stay when fewer are kept', async () => {
        stateOf(await pools.begin(APPS, { minCount: 7 }));
        await under.clock.advance(DURATION_MS + NODES_MS);
        stateOf(await pools.begin(APPS, { minCount: 3 }));
        await under.clock.advance(DURATION_MS + NODES_MS);
        expect(await pool(APPS)).toMatchObject({ count: 7, autoscaler: { min: 3 }, isTerminal: true });
      });

      it('another process asks on from the text, and nobody sends it again', async () => {
        const state = stateOf(await pools.begin(APPS, { minCount: 7 }));
        const other = under.reopen();
        expect(stateOf(await other.poll(APPS, state))).toBeTypeOf('string');
        await under.clock.advance(DURATION_MS);
        expect(await under.reopen().poll(APPS, state)).toEqual({ status: 'succeeded' });
        expect(await other.poll(APPS, state)).toEqual({ status: 'succeeded' });
        expect(under.accepted()).toHaveLength(1);
      });

      it('a second write of the pool is refused; one of another pool is not', async () => {
        stateOf(await pools.begin(APPS, { minCount: 7 }));
        await expect(pools.begin(APPS, { minCount: 8 })).rejects.toThrow(ResourceBusyError);
        expect((await pool(APPS)).autoscaler).toEqual({ min: 7, max: 10 });
        const batch = stateOf(await pools.begin(BATCH, { minCount: 2 }));
        await under.clock.advance(DURATION_MS);
        expect(await pools.poll(BATCH, batch)).toEqual({ status: 'succeeded' });
        stateOf(await pools.begin(APPS, { minCount: 8 }));
        expect(under.accepted().map(({ minCount }) => minCount)).toEqual([7, 2, 8]);
      });

      it.each([
        [429, RateLimitedError, { retryAfterMs: ASKED_WAIT_MS }],
        [500, UpstreamError, { status: 500, retryable: true }],
        [403, UpstreamError, { status: 403, retryable: false }],
      ])('a question refused with %d is thrown, and the same text asks again', async (status, kind, expected) => {
        const state = stateOf(await pools.begin(APPS, { minCount: 7 }));
        await under.clock.advance(DURATION_MS);
        under.refuse('poll', status);
        const error = await pools.poll(APPS, state).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(kind);
        expect(error).toMatchObject(expected);
        expect(await pools.poll(APPS, state)).toEqual({ status: 'succeeded' });
        expect(under.accepted()).toHaveLength(1);
      });

      it.each(['failed', 'canceled'] as const)('a write that was %s has failed, and is undone', async (as) => {
        const state = stateOf(await pools.begin(APPS, { minCount: 7 }));
        under.end(as);
        expect(await pools.poll(APPS, state)).toMatchObject({ status: 'failed', detail: expect.any(String) as string });
        expect(await pool(APPS)).toMatchObject({ autoscaler: { min: 3 }, isTerminal: true });
        expect(await pools.poll(APPS, state)).toMatchObject({ status: 'failed' });
        await under.clock.advance(DURATION_MS + NODES_MS);
        expect((await pool(APPS)).count).toBe(4);
      });

      it('a write that the service forgot is unknown', async () => {
        const state = stateOf(await pools.begin(APPS, { minCount: 7 }));
        under.end('forgotten');
        expect(await pools.poll(APPS, state)).toMatchObject({ status: 'unknown' });
        expect(await pool(APPS)).toMatchObject({ autoscaler: { min: 3 }, isTerminal: true });
      });

      it('a lost answer of a write that goes on is seen as going on', async () => {
        under.lose('applied');
        expect(await pools.begin(APPS, { minCount: 7 })).toMatchObject({ status: 'unknown' });
        expect((await pool(APPS)).isTerminal).toBe(false);
        await under.clock.advance(DURATION_MS);
        expect(await pool(APPS)).toMatchObject({ autoscaler: { min: 7 }, isTerminal: true });
      });
    });
  });
}
