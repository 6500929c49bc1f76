import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decideScaleUp, type ScaleUpFacts } from '../../../../shared/reactions/scale-up/index.ts';
import type {
  AskedFloor,
  PoolVerdict,
  ScalingCluster,
  ScalingEdge,
} from '../../../../shared/reactions/scale-up/schema.ts';

const POOL = '/clusters/here/agentpools/user';

/** An edge that wants to put 480 on `here`. */
function edgeOf(more: Partial<ScalingEdge> = {}): ScalingEdge {
  return {
    ...{ id: '/edge/a', priority: 1, headroom: 0.2, allowPartial: false, burden: {} },
    demand: { schema: 1, isDraining: true, byCluster: { here: { load: 480, busiest: 480, origins: 1 } } },
    ...{ clusters: ['here', 'gone'], mode: 'enforce', approvals: { needed: 0, withinMs: 60_000 } },
    ...more,
  };
}

type Pool = NonNullable<ScalingCluster['pool']>;
const STATE = { count: 3, max: 10, isServing: true };

function poolOf(more: Partial<Pool> = {}): Pool {
  return { id: POOL, mode: 'enforce', state: STATE, ...more };
}

/** Three nodes of 100 that may become ten. */
function clusterOf(more: Partial<ScalingCluster> = {}): ScalingCluster {
  return { name: 'here', perNode: 100, nodes: 3, pool: poolOf(), ...more };
}

function decide(facts: Partial<ScaleUpFacts> = {}): readonly PoolVerdict[] {
  return decideScaleUp({ edges: [edgeOf()], clusters: [clusterOf()], asked: [], ...facts });
}

/** The verdict in a word, with the number where there is one. */
function told(facts: Partial<ScaleUpFacts>): readonly string[] {
  return decide(facts).map((verdict) =>
    verdict.decision === 'raise' ? `raise to ${verdict.minCount}, ${verdict.mode}` : verdict.decision,
  );
}

const IDLE = edgeOf({ demand: { schema: 1, isDraining: false, byCluster: {} } });
const STILL = edgeOf({ demand: { schema: 1, isDraining: true, byCluster: {} } });

it('a pool is to keep as many nodes as the traffic of a lost region needs', () => {
  expect(decide()).toEqual([{ decision: 'raise', pool: POOL, minCount: 7, mode: 'enforce', edges: ['/edge/a'] }]);
});

describe('a pool', () => {
  it.each<[string, Partial<ScaleUpFacts>, readonly string[]]>([
    ['that the fleet does not name gets no word', { clusters: [{ name: 'here', perNode: 100, nodes: 3 }] }, []],
    ['of a cluster on which nothing is drained is let go', { edges: [IDLE] }, ['release']],
    ['of a cluster behind no edge is let go', { edges: [] }, ['release']],
    ['of a cluster that others drain on is let go', { edges: [edgeOf({ clusters: ['there'] })] }, ['release']],
    ['of an edge of which nothing is known is let go', { edges: [without(edgeOf())] }, ['release']],
    ['keeps what it has while anything is drained', { edges: [IDLE, STILL] }, ['keep']],
    ['of a cluster that cannot be read keeps what it has', { clusters: [unread()] }, ['keep']],
    [
      'that is not there keeps what it has',
      { clusters: [clusterOf({ pool: { id: POOL, mode: 'enforce' } })] },
      ['keep'],
    ],
    ['that does not run gets nothing', { clusters: [at({ state: { ...STATE, isServing: false } })] }, ['keep']],
    ['without an autoscaler gets nothing', { clusters: [at({ state: { count: 3, isServing: true } })] }, ['keep']],
    [
      'gets no more than its autoscaler may have',
      { clusters: [at({ state: { ...STATE, max: 6 } })] },
      ['raise to 6, enforce'],
    ],
    ['gets no more than the fleet says', { clusters: [at({ maxNodes: 6 })] }, ['raise to 6, enforce']],
    ['gets nothing where that would not do', { clusters: [at({ maxNodes: 5 })] }, ['keep']],
    [
      'that has more than that keeps them',
      { clusters: [at({ maxNodes: 1, state: { ...STATE, count: 3 } })] },
      ['keep'],
    ],
    ['is counted beside those of other pools', { clusters: [clusterOf({ nodes: 5 })] }, ['raise to 5, enforce']],
    ['that is asked for as many keeps them', { asked: [askedFor(7)] }, ['keep']],
    ['that is asked for more keeps them', { asked: [askedFor(9)] }, ['keep']],
    ['that is asked for fewer gets more', { asked: [askedFor(6)] }, ['raise to 7, enforce']],
    ['that could act now does, with no fewer', { asked: [askedFor(9, 'observe')] }, ['raise to 9, enforce']],
    [
      'that people agreed to needs no other word',
      { clusters: [at({ mode: 'propose' })], asked: [askedFor(7)] },
      ['keep'],
    ],
    [
      'that no cluster has any longer is let go',
      { asked: [{ pool: '/gone', minCount: 2, mode: 'enforce' }] },
      ['raise to 7, enforce', 'release'],
    ],
  ])('%s', (_, facts, verdicts) => {
    expect(told(facts)).toEqual(verdicts);
  });

  function without(edge: ScalingEdge): ScalingEdge {
    const known = { ...edge };
    Reflect.deleteProperty(known, 'demand');
    return known;
  }

  function unread(): ScalingCluster {
    return { name: 'here', perNode: 100, pool: { id: POOL, mode: 'enforce' } };
  }

  function at(more: Partial<Pool>): ScalingCluster {
    return clusterOf({ pool: poolOf(more) });
  }

  function askedFor(minCount: number, mode: AskedFloor['mode'] = 'enforce'): AskedFloor {
    return { pool: POOL, minCount, mode };
  }
});

describe('who lets it', () => {
  const agreed = (needed: number, withinMs = 60_000): Partial<ScalingEdge> => ({ approvals: { needed, withinMs } });

  it.each<[string, Pool['mode'], readonly Partial<ScalingEdge>[], object]>([
    ['both', 'enforce', [{}], { mode: 'enforce' }],
    ['the pool observes', 'observe', [{}], { mode: 'observe' }],
    ['the pool proposes', 'propose', [{}], { mode: 'propose', approvals: { needed: 1, withinMs: 60_000 } }],
    ['the edge observes', 'enforce', [{ mode: 'observe' }], { mode: 'observe' }],
    [
      'the edge proposes',
      'enforce',
      [{ mode: 'propose' }],
      { mode: 'propose', approvals: { needed: 1, withinMs: 60_000 } },
    ],
    ['the edge asks people', 'enforce', [agreed(2)], { mode: 'propose', approvals: { needed: 2, withinMs: 60_000 } }],
    ['the edge asks people, the pool observes', 'observe', [agreed(2)], { mode: 'observe' }],
    ['the freest of several edges', 'enforce', [{ mode: 'observe' }, {}], { mode: 'enforce' }],
    [
      'the freest of several that ask',
      'enforce',
      [agreed(3, 9), agreed(2, 20)],
      { mode: 'propose', approvals: { needed: 2, withinMs: 9 } },
    ],
  ])('%s', (_, mode, edges, expected) => {
    const demand = {
      schema: 1,
      isDraining: true,
      byCluster: { here: { load: 240, busiest: 240, origins: 1 } },
    } as const;
    const all = edges.map((more, index) =>
      edgeOf({ id: `/edge/${index}`, ...(edges.length > 1 ? { demand } : {}), ...more }),
    );
    const [verdict] = decide({ edges: all, clusters: [clusterOf({ pool: poolOf({ mode }) })] });
    expect(verdict).toEqual({
      decision: 'raise',
      pool: POOL,
      minCount: 7,
      edges: all.map(({ id }) => id),
      ...expected,
    });
  });

  it('those alone whose traffic comes there', () => {
    const [verdict] = decide({ edges: [edgeOf({ mode: 'observe' }), { ...STILL, id: '/edge/b' }] });
    expect(verdict).toMatchObject({ mode: 'observe', edges: ['/edge/a'] });
  });
});

const NAMES = ['here', 'there'];
const anyMode = fc.constantFrom('observe', 'propose', 'enforce' as const);
const anyEdge = fc
  .record({
    id: fc.constantFrom('/edge/a', '/edge/b', '/edge/c'),
    priority: fc.integer({ min: 1, max: 2 }),
    headroom: fc.constantFrom(0, 0.2, 1),
    allowPartial: fc.boolean(),
    isDraining: fc.boolean(),
    mode: anyMode,
    approvals: fc.record({ needed: fc.nat(2), withinMs: fc.integer({ min: 1, max: 9 }) }),
    loads: fc.dictionary(fc.constantFrom(...NAMES), fc.integer({ min: 0, max: 900 })),
    burden: fc.dictionary(fc.constantFrom(...NAMES), fc.integer({ min: 0, max: 900 })),
    clusters: fc.subarray(NAMES, { minLength: 1 }),
  })
  .map(({ loads, isDraining, ...edge }): ScalingEdge => {
    const byCluster = Object.entries(loads)
      .filter(([name]) => isDraining && edge.clusters.includes(name))
      .map(([name, load]) => [name, { load, busiest: load, origins: 1 }] as const);
    return { ...edge, demand: { schema: 1, isDraining, byCluster: Object.fromEntries(byCluster) } };
  });
const anyCluster = fc
  .record({
    name: fc.constantFrom(...NAMES),
    others: fc.nat(4),
    isRead: fc.boolean(),
    count: fc.nat(8),
    max: fc.option(fc.nat(20), { nil: undefined }),
    maxNodes: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
    isServing: fc.boolean(),
    mode: anyMode,
  })
  .map(({ name, others, isRead, count, max, maxNodes, isServing, mode }): ScalingCluster => {
    const state = { count, isServing, ...(max === undefined ? {} : { max }) };
    return {
      ...{ name, perNode: 80 },
      ...(isRead ? { nodes: others + (isServing ? count : 0) } : {}),
      pool: {
        ...{ id: `/clusters/${name}/agentpools/user`, mode },
        ...(maxNodes === undefined ? {} : { maxNodes }),
        ...(isRead ? { state } : {}),
      },
    };
  });
const anyFacts: fc.Arbitrary<ScaleUpFacts> = fc.record({
  edges: fc.uniqueArray(anyEdge, { selector: ({ id }) => id }),
  clusters: fc.uniqueArray(anyCluster, { selector: ({ name }) => name }),
  asked: fc.uniqueArray(
    fc.record({
      pool: fc.constantFrom(...NAMES.map((name) => `/clusters/${name}/agentpools/user`), '/gone'),
      minCount: fc.nat(20),
      mode: anyMode,
    }),
    { selector: ({ pool }) => pool },
  ),
});

/** What is asked for afterwards. */
function after({ asked }: ScaleUpFacts, verdicts: readonly PoolVerdict[]): readonly AskedFloor[] {
  const raised = verdicts.filter((verdict) => verdict.decision === 'raise');
  const kept = asked.filter(({ pool }) => verdicts.some((one) => one.pool === pool && one.decision === 'keep'));
  return [...raised, ...kept].map(({ pool, minCount, mode }) => ({ pool, minCount, mode }));
}

describe('whatever is the case', () => {
  const check = (predicate: (facts: ScaleUpFacts, verdicts: readonly PoolVerdict[]) => void): void => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        predicate(facts, decideScaleUp(facts));
      }),
      { numRuns: 1_000 },
    );
  };

  it('each pool gets one word', () => {
    check(({ clusters, asked }, verdicts) => {
      const known = [
        ...clusters.flatMap(({ pool }) => (pool === undefined ? [] : [pool.id])),
        ...asked.map(({ pool }) => pool),
      ];
      expect(verdicts.map(({ pool }) => pool).toSorted()).toEqual([...new Set(known)].toSorted());
    });
  });

  it('who has asked for what was decided asks for nothing more', () => {
    check((facts, verdicts) => {
      const again = decideScaleUp({ ...facts, asked: after(facts, verdicts) });
      expect(again.filter(({ decision }) => decision === 'raise')).toEqual([]);
    });
  });

  it('nor when the nodes have come', () => {
    check((facts, verdicts) => {
      const asked = after(facts, verdicts);
      const clusters = facts.clusters.map((cluster): ScalingCluster => {
        const raised = verdicts.find((one) => one.decision === 'raise' && one.pool === cluster.pool?.id);
        if (raised?.decision !== 'raise' || cluster.pool?.state === undefined) {
          return cluster;
        }
        const more = Math.max(0, raised.minCount - cluster.pool.state.count);
        const state = { ...cluster.pool.state, count: cluster.pool.state.count + more };
        return { ...cluster, nodes: (cluster.nodes ?? 0) + more, pool: { ...cluster.pool, state } };
      });
      const again = decideScaleUp({ ...facts, clusters, asked });
      expect(again.filter(({ decision }) => decision === 'raise')).toEqual([]);
    });
  });

  it('a pool is let go exactly when nothing is drained on its cluster, or it has none', () => {
    check(({ edges, clusters }, verdicts) => {
      for (const { pool, decision } of verdicts) {
        const name = clusters.find((cluster) => cluster.pool?.id === pool)?.name ?? '';
        const isDrained = edges.some(({ demand, clusters: own }) => demand?.isDraining === true && own.includes(name));
        expect(decision === 'release').toBe(!isDrained);
      }
    });
  });

  it('no pool gets more nodes than it may have, nor fewer than were asked for, nor a stronger mode than its own', () => {
    check(({ clusters, asked }, verdicts) => {
      for (const verdict of verdicts.filter(({ decision }) => decision === 'raise')) {
        const { pool, minCount, mode } = verdict as Extract<PoolVerdict, { decision: 'raise' }>;
        const own = clusters.find((cluster) => cluster.pool?.id === pool)!.pool!;
        const before = asked.find((one) => one.pool === pool)?.minCount ?? 0;
        expect(minCount).toBeGreaterThanOrEqual(before);
        expect(minCount).toBeLessThanOrEqual(Math.max(before, Math.min(own.state!.max!, own.maxNodes ?? Infinity)));
        expect(['observe', 'propose', 'enforce'].indexOf(mode)).toBeLessThanOrEqual(
          ['observe', 'propose', 'enforce'].indexOf(own.mode),
        );
      }
    });
  });

  it('their order is nothing', () => {
    check(({ edges, clusters, asked }, verdicts) => {
      const other = decideScaleUp({
        edges: edges.toReversed(),
        clusters: clusters.toReversed(),
        asked: asked.toReversed(),
      });
      const byPool = (all: readonly PoolVerdict[]): unknown =>
        all
          .map((one) => ('edges' in one ? { ...one, edges: one.edges.toSorted() } : one))
          .toSorted((a, b) => (a.pool < b.pool ? -1 : 1));
      expect(byPool(other)).toEqual(byPool(verdicts));
    });
  });
});
