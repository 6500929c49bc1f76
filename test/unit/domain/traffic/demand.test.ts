import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { findOverloads } from '../../../../shared/domain/traffic/capacity.ts';
import {
  neededNodes,
  type Growth,
  type Need,
  type Pressing,
  type Pressure,
} from '../../../../shared/domain/traffic/demand.ts';

/** One origin on `here` that is to carry 300; a fifth is kept free. */
function edgeOf(id: string, load: number, more: Partial<Pressing> = {}): Pressing {
  return {
    ...{ id, priority: 1, headroom: 0.2, allowPartial: false, burden: {} },
    demand: { schema: 1, isDraining: true, byCluster: { here: onOne(load) } },
    ...more,
  };
}

function onOne(load: number): Pressure {
  return { load, busiest: load, origins: 1 };
}

/** Three nodes of 100 that may become ten. */
function clusterOf(more: Partial<Growth> = {}): Growth {
  return { name: 'here', perNode: 100, nodes: 3, most: 10, ...more };
}

function wanting(byCluster: Readonly<Record<string, Pressure>>): Pick<Pressing, 'demand'> {
  return { demand: { schema: 1, isDraining: true, byCluster } };
}

describe('the nodes that a cluster needs', () => {
  it.each<[string, readonly Pressing[], Partial<Growth>, number | undefined]>([
    ['none on top where it fits', [edgeOf('a', 240)], {}, undefined],
    ['none on top where nothing is moved', [edgeOf('a', 0)], {}, undefined],
    ['as many as carry it, and a tenth', [edgeOf('a', 480)], {}, 7],
    ['no tenth where there is none to be had', [edgeOf('a', 480)], { most: 6 }, 6],
    ['none where not even the most would do', [edgeOf('a', 480)], { most: 5 }, undefined],
    ['the most where a part may move', [edgeOf('a', 480, { allowPartial: true })], { most: 5 }, 5],
    ['for its busiest origin, of as many as share it', [edgeOf('a', 0, wanting(shared(200, 130)))], {}, 4],
    [
      'beside what others put there',
      [edgeOf('a', 240), edgeOf('b', 0, { ...wanting({}), burden: { here: 80 } })],
      {},
      5,
    ],
    ['beside what others that wait put there', [edgeOf('a', 240), edgeOf('b', 9_000, { burden: { here: 80 } })], {}, 5],
    ['of several edges together', [edgeOf('a', 240), edgeOf('b', 160)], {}, 6],
    [
      'of what an edge wants or has there, the greater',
      [edgeOf('a', 300), edgeOf('b', 40, { burden: { here: 90 } })],
      {},
      6,
    ],
    ['none for an edge that keeps everything free', [edgeOf('a', 300, { headroom: 1 })], {}, undefined],
    [
      'the most for such an edge of which a part may move',
      [edgeOf('a', 1, { headroom: 1, allowPartial: true })],
      {},
      10,
    ],
    ['for others beside one that keeps everything free', [edgeOf('a', 0, { headroom: 1 }), edgeOf('b', 480)], {}, 7],
    ['none where a node carries next to nothing', [edgeOf('a', 300)], { perNode: 1e-9 }, undefined],
  ])('%s', (_, edges, cluster, nodes) => {
    expect(neededNodes(edges, [clusterOf(cluster)])[0]?.nodes).toBe(nodes);
  });

  function shared(load: number, busiest: number): Record<string, Pressure> {
    return { here: { load, busiest, origins: 2 } };
  }

  it('are for the most important edge where not all find room', () => {
    const [low, high] = [edgeOf('a', 480, { priority: 2 }), edgeOf('b', 480)];
    expect(neededNodes([low, high], [clusterOf({ most: 7 })])).toEqual([{ name: 'here', nodes: 7, edges: ['b'] }]);
  });

  it('are for the first by name of two that are as important', () => {
    const [need] = neededNodes([edgeOf('b', 480), edgeOf('a', 480)], [clusterOf({ most: 7 })]);
    expect(need?.edges).toEqual(['a']);
  });

  it('are not asked for an edge that lacks them elsewhere', () => {
    const edge = edgeOf('a', 0, wanting({ here: onOne(480), there: onOne(480) }));
    const there = clusterOf({ name: 'there', most: 5 });
    expect(neededNodes([edge], [clusterOf(), there])).toEqual([
      { name: 'here', edges: [] },
      { name: 'there', edges: [] },
    ]);
  });

  it('are not asked for an edge that moves to a cluster of which nothing is known', () => {
    expect(neededNodes([edgeOf('a', 0, wanting({ here: onOne(480), lost: onOne(9) }))], [clusterOf()])).toEqual([
      { name: 'here', edges: [] },
    ]);
  });

  it('are asked for beside an edge that has more there already than finds room', () => {
    const stays = edgeOf('a', 900, { burden: { here: 900 }, headroom: 0.9 });
    const [need] = neededNodes([stays, edgeOf('b', 100)], [clusterOf({ most: 13 })]);
    expect(need).toEqual({ name: 'here', nodes: 13, edges: ['a', 'b'] });
  });

  it('are asked for an edge that only stays as it is where they are lacking', () => {
    const edge = edgeOf('a', 0, { ...wanting({ here: onOne(480), there: onOne(481) }), burden: { there: 480 } });
    const needs = neededNodes([edge], [clusterOf(), clusterOf({ name: 'there', most: 5 })]);
    expect(needs.map(({ nodes }) => nodes)).toEqual([7, 5]);
  });
});

const NAMES = ['one', 'two', 'three'] as const;
const anyPressure = fc.record({
  origins: fc.integer({ min: 1, max: 3 }),
  busiest: fc.oneof(fc.constant(0), fc.integer({ min: 10, max: 900 })),
});

const anyEdge: fc.Arbitrary<Pressing> = fc
  .record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    priority: fc.integer({ min: 1, max: 3 }),
    headroom: fc.constantFrom(0, 0.1, 0.2, 0.25, 0.5, 0.9, 1),
    allowPartial: fc.boolean(),
    burden: fc.dictionary(fc.constantFrom(...NAMES), fc.integer({ min: 0, max: 600 })),
    wants: fc.option(fc.dictionary(fc.constantFrom(...NAMES, 'unknown'), anyPressure, { maxKeys: 3 })),
  })
  .map(({ wants, ...edge }) => ({
    ...edge,
    ...(wants === null
      ? {}
      : wanting(
          Object.fromEntries(
            Object.entries(wants).map(([name, { origins, busiest }]) => [
              name,
              { origins, busiest, load: busiest * origins },
            ]),
          ),
        )),
  }));
const anyEdges = fc.uniqueArray(anyEdge, { selector: ({ id }) => id, maxLength: 5 });
const anyClusters = fc.uniqueArray(
  fc
    .record({
      name: fc.constantFrom(...NAMES),
      perNode: fc.constantFrom(0.001, 1, 33, 80, 100, 1_000_000),
      nodes: fc.integer({ min: 0, max: 20 }),
      more: fc.integer({ min: 0, max: 40 }),
    })
    .map(({ more, ...cluster }): Growth => ({ ...cluster, most: cluster.nodes + more })),
  { selector: ({ name }) => name, maxLength: 3 },
);

function nodesOf({ name, nodes }: Growth, needs: readonly Need[]): number {
  return needs.find((one) => one.name === name)?.nodes ?? nodes;
}

/** Edges whose demand does not fit on a cluster with so many nodes, by the rule that they are drained by. */
function misfits(cluster: Growth, nodes: number, served: ReadonlySet<string>, edges: readonly Pressing[]): Pressing[] {
  const { name, perNode } = cluster;
  const onIt = ({ id, demand, burden }: Pressing): number =>
    Math.max(served.has(id) ? (demand?.byCluster[name]?.load ?? 0) : 0, burden[name] ?? 0);
  return edges.filter((edge) => {
    const pressure = edge.demand?.byCluster[name];
    if (pressure === undefined || !served.has(edge.id)) {
      return false;
    }
    const taken = edges.filter((one) => one !== edge).reduce((sum, one) => sum + onIt(one), 0);
    const origin = { name: 'origin', enabled: true, healthy: true, priority: 1, weight: 1 };
    const overloads = findOverloads([origin], {
      division: { by: 'weight', load: pressure.busiest },
      capacity: new Map([['origin', { safe: (nodes * perNode) / pressure.origins, taken }]]),
      headroom: edge.headroom,
    });
    return overloads.some(({ load, usable }) => load > usable + 1e-6);
  });
}

function servedBy(needs: readonly Need[]): ReadonlySet<string> {
  return new Set(needs.flatMap(({ edges }) => edges));
}

const RUNS = { numRuns: 1_000 };

describe('whatever edges want, and clusters have', () => {
  it('every edge that nodes are asked for fits with them, where nothing is moved by halves', () => {
    const whole = anyEdges.map((edges) => edges.map((edge) => ({ ...edge, burden: {}, allowPartial: false })));
    fc.assert(
      fc.property(whole, anyClusters, (edges, clusters) => {
        const needs = neededNodes(edges, clusters);
        for (const cluster of clusters) {
          expect(misfits(cluster, nodesOf(cluster, needs), servedBy(needs), edges)).toEqual([]);
        }
      }),
      RUNS,
    );
  });

  it('every such edge fits, or there are as many nodes as there may be', () => {
    fc.assert(
      fc.property(anyEdges, anyClusters, (edges, clusters) => {
        const needs = neededNodes(edges, clusters);
        for (const cluster of clusters) {
          const nodes = nodesOf(cluster, needs);
          expect(nodes === cluster.most || misfits(cluster, nodes, servedBy(needs), edges).length === 0).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('whole nodes are asked for, more than there are, and never more than there may be', () => {
    fc.assert(
      fc.property(anyEdges, anyClusters, (edges, clusters) => {
        for (const { name, nodes } of neededNodes(edges, clusters)) {
          const cluster = clusters.find((one) => one.name === name)!;
          expect(nodes === undefined || (Number.isInteger(nodes) && nodes > cluster.nodes)).toBe(true);
          expect(nodes ?? 0).toBeLessThanOrEqual(cluster.most);
        }
      }),
      RUNS,
    );
  });

  it('nothing more is asked for once they are there', () => {
    fc.assert(
      fc.property(anyEdges, anyClusters, (edges, clusters) => {
        const needs = neededNodes(edges, clusters);
        const grown = clusters.map((cluster) => ({ ...cluster, nodes: nodesOf(cluster, needs) }));
        expect(neededNodes(edges, grown).filter(({ nodes }) => nodes !== undefined)).toEqual([]);
      }),
      RUNS,
    );
  });

  it('their order is nothing', () => {
    fc.assert(
      fc.property(anyEdges, anyClusters, (edges, clusters) => {
        const byName = (needs: readonly Need[]): unknown =>
          needs.map(({ edges: ids, ...need }) => ({ ...need, edges: ids.toSorted() })).toSorted(compareNames);
        expect(byName(neededNodes(edges.toReversed(), clusters.toReversed()))).toEqual(
          byName(neededNodes(edges, clusters)),
        );
      }),
      RUNS,
    );
  });

  it('more to carry never takes fewer nodes, while there may be as many as it takes', () => {
    fc.assert(
      fc.property(anyEdges, anyClusters, fc.nat(4), fc.integer({ min: 1, max: 500 }), (edges, few, at, more) => {
        const clusters = few.map((cluster) => ({ ...cluster, most: Number.MAX_SAFE_INTEGER }));
        const known = edges.map((edge) => ({ ...edge, headroom: Math.min(edge.headroom, 0.9), allowPartial: true }));
        const heavier = known.map((edge, index) => (index === at ? withMore(edge, more) : edge));
        const [less, greater] = [neededNodes(known, clusters), neededNodes(heavier, clusters)];
        for (const cluster of clusters) {
          expect(nodesOf(cluster, greater)).toBeGreaterThanOrEqual(nodesOf(cluster, less));
        }
      }),
      RUNS,
    );
  });

  function withMore(edge: Pressing, more: number): Pressing {
    const byCluster = Object.entries(edge.demand?.byCluster ?? {}).map(([name, { load, busiest, origins }]) => [
      name,
      { load: load + more, busiest: busiest + more, origins },
    ]);
    return { ...edge, ...wanting(Object.fromEntries(byCluster) as Record<string, Pressure>) };
  }
});

function compareNames(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
