import type { Mode } from '../../domain/mode.ts';
import type { Pressing } from '../../domain/traffic/demand.ts';

/** An edge with what it lets be done for it. */
export interface ScalingEdge extends Pressing {
  /** Names of those behind its origins. */
  readonly clusters: readonly string[];
  /** Of what it wants moved. */
  readonly mode: Mode;
  /** People who must agree to that. */
  readonly approvals: { readonly needed: number; readonly withinMs: number };
}

/** A cluster with the node pool that may grow. */
export interface ScalingCluster {
  readonly name: string;
  /** Declared requests a second of one node. */
  readonly perNode: number;
  /** Nodes that serve now, of all its pools; absent where that cannot be read. */
  readonly nodes?: number;
  /** Absent where the fleet names none. */
  readonly pool?: {
    /** ARM id. */
    readonly id: string;
    readonly mode: Mode;
    /** Nodes that it may be told to keep, by the fleet. */
    readonly maxNodes?: number;
    /** As it was read; absent where it is not there or cannot be read. */
    readonly state?: { readonly count: number; readonly max?: number; readonly isServing: boolean };
  };
}

/** A least number of nodes that is asked for already. */
export interface AskedFloor {
  /** ARM id of the pool. */
  readonly pool: string;
  readonly minCount: number;
  readonly mode: Mode;
}

export interface ScaleUpFacts {
  readonly edges: readonly ScalingEdge[];
  readonly clusters: readonly ScalingCluster[];
  readonly asked: readonly AskedFloor[];
}

/** What becomes of a pool. */
export type PoolVerdict =
  | {
      readonly decision: 'raise';
      readonly pool: string;
      /** Least number of nodes. */
      readonly minCount: number;
      readonly mode: Mode;
      readonly approvals?: { readonly needed: number; readonly withinMs: number };
      /** For whom, by ARM id. */
      readonly edges: readonly string[];
    }
  | { readonly decision: 'keep'; readonly pool: string }
  | { readonly decision: 'release'; readonly pool: string };
