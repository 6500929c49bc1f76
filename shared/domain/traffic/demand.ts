import type { Mode } from '../mode.ts';

/** What an edge puts on one cluster, or would put there. */
export interface Pressure {
  /** Requests a second at all of its origins there. */
  readonly load: number;
  /** Requests a second at the busiest of them. */
  readonly busiest: number;
  /** How many of its origins share the cluster, in equal parts. */
  readonly origins: number;
}

/** How something may be done: what nobody may do without others may not be made room for without them either. */
export interface Consent {
  readonly mode: Mode;
  /** Distinct people who must agree, and how long they have, in milliseconds. */
  readonly approvals: { readonly needed: number; readonly withinMs: number };
}

/** What an edge would put on its clusters if all were moved that capacity alone keeps back. */
export interface Demand {
  readonly schema: 1;
  /** True while anything is drained or is to be: until then nodes that were asked for stay. */
  readonly isDraining: boolean;
  /** What the freest of the wishes behind it may; absent where nothing is wanted of a cluster. */
  readonly consent?: Consent;
  /** By name of the cluster; rounded up. Empty where capacity keeps nothing back and nothing is out. */
  readonly byCluster: Readonly<Record<string, Pressure>>;
}

/** One edge with what is on its clusters now, and what it wants of them. */
export interface Pressing {
  /** ARM id. */
  readonly id: string;
  /** 1 is drained first. */
  readonly priority: number;
  /** Kept free, 0 to 1. */
  readonly headroom: number;
  /** True if part of its traffic may move when not all of it fits. */
  readonly allowPartial: boolean;
  /** Requests a second now, by name of the cluster. */
  readonly burden: Readonly<Record<string, number>>;
  /** Absent: nothing is moved. */
  readonly demand?: Demand;
}

/** A cluster by what it has and could have. */
export interface Growth {
  readonly name: string;
  /** Requests a second that one node serves. */
  readonly perNode: number;
  /** Nodes that serve now. */
  readonly nodes: number;
  /** Nodes that could, with what its autoscaler may add. */
  readonly most: number;
}

/** Room for what comes on top while nodes are started; what is measured of a moment is never the most. */
const SPARE = 0.1;
/** Binary fractions of whole numbers. */
const EPSILON = 1e-9;

/** How many nodes a cluster is to have, and for which edges. */
export interface Need {
  readonly name: string;
  /** Absent: as many as it has are enough. */
  readonly nodes?: number;
  /** Edges whose traffic comes there, by ARM id. */
  readonly edges: readonly string[];
}

/**
 * The nodes that each cluster needs so that edges can do what they want, the most important first. Pure.
 *
 * An edge whose traffic does not fit even at the most, and that may not move a part of it, is left out: nodes would be
 * started for nothing.
 */
export function neededNodes(edges: readonly Pressing[], clusters: readonly Growth[]): readonly Need[] {
  const served = edges
    .toSorted((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1))
    .reduce<readonly Pressing[]>((taken, edge) => {
      const next = [...taken, edge];
      return edge.demand !== undefined && (edge.allowPartial || isPossible(edge, next, { edges, clusters }))
        ? next
        : taken;
    }, []);
  return clusters.map((cluster) => {
    const pressing = served.filter(({ demand }) => demand?.byCluster[cluster.name] !== undefined);
    const needed = nodesFor(cluster, { served, edges });
    const nodes = Math.min(cluster.most, Math.ceil(needed * (1 + SPARE) - EPSILON));
    const isShort = Math.ceil(needed - EPSILON) > cluster.nodes && nodes > cluster.nodes;
    return { name: cluster.name, edges: pressing.map(({ id }) => id), ...(isShort ? { nodes } : {}) };
  });
}

/**
 * True if clusters could carry an edge's demand beside those of the edges before it that bring something as well, or if it
 * puts no more on them than now: what does not fit already is no reason to keep others out.
 */
function isPossible(
  edge: Pressing,
  served: readonly Pressing[],
  { edges, clusters }: { readonly edges: readonly Pressing[]; readonly clusters: readonly Growth[] },
): boolean {
  return Object.keys(edge.demand?.byCluster ?? {}).every((name) => {
    const cluster = clusters.find((one) => one.name === name);
    const bringing = served.filter((one) => isMore(one, name));
    return (
      !isMore(edge, name) ||
      (cluster !== undefined && nodesFor(cluster, { served, edges, fitting: bringing }) <= cluster.most + EPSILON)
    );
  });
}

/** True if an edge would put more on a cluster than now; what it would put there is rounded up, origin by origin. */
function isMore({ demand, burden }: Pressing, name: string): boolean {
  const { load = 0, origins = 0 } = demand?.byCluster[name] ?? {};
  return load > (burden[name] ?? 0) + origins;
}

/**
 * Nodes, in fractions, with which the demands of some of the edges that are served fit beside what all others put there:
 * each origin has its part of the cluster, less what is kept free, less what other edges take.
 */
function nodesFor(
  { name, perNode }: Growth,
  {
    served,
    edges,
    fitting = served,
  }: {
    readonly served: readonly Pressing[];
    readonly edges: readonly Pressing[];
    readonly fitting?: readonly Pressing[];
  },
): number {
  const loadOf = ({ id, burden }: Pressing): number => {
    const demand = served.find((one) => one.id === id)?.demand?.byCluster[name];
    return Math.max(demand?.load ?? 0, burden[name] ?? 0);
  };
  const all = edges.reduce((sum, edge) => sum + loadOf(edge), 0);
  return Math.max(
    0,
    ...fitting.flatMap((edge) => {
      const pressure = edge.demand?.byCluster[name];
      const others = all - loadOf(edge);
      // Nothing always fits, even where everything is kept free and no number of nodes would do for more.
      return pressure === undefined || pressure.busiest === 0
        ? []
        : [(pressure.origins * (pressure.busiest + others)) / (perNode * (1 - edge.headroom))];
    }),
  );
}
