import type { Operation } from './operation.ts';

/** A node pool as its control plane shows it. */
export interface NodePool {
  /** ARM id in lower case. */
  readonly id: string;
  /** Nodes that it has, or is about to have while it scales. */
  readonly count: number;
  /** What its autoscaler keeps to; absent where it has none. */
  readonly autoscaler?: { readonly min: number; readonly max: number };
  /** True if its nodes take the requests of workloads: it runs, and is not kept for the cluster's own add-ons. */
  readonly isServing: boolean;
  /** Subnets that its nodes and pods are in, by ARM id in lower case; absent where it names none. */
  readonly subnets?: readonly string[];
  /** False while a write to it is running. */
  readonly isTerminal: boolean;
}

/** What one write sets: the least number of nodes that the autoscaler keeps. */
export interface NodePoolChange {
  readonly minCount: number;
}

/** The node pools of clusters, by their control plane; nothing is asked of the clusters themselves. */
export interface NodePools {
  /**
   * All pools of a cluster, by its ARM id, in lower case or as people write it.
   * @throws NotFoundError, RateLimitedError, UpstreamError.
   */
  read(cluster: string): Promise<readonly NodePool[]>;
  /**
   * Sends one write to a pool; whatever else is said of the pool stays as it is. An answer that was lost is `unknown`, never thrown.
   * @throws NotFoundError, RateLimitedError, ResourceBusyError (also when somebody was faster), UpstreamError when the
   *   write was refused and did not take effect.
   */
  begin(pool: string, change: NodePoolChange): Promise<Operation>;
  /**
   * Asks once after a write that `begin` left running; never sends it again.
   * @throws RateLimitedError, UpstreamError when the question was not answered: ask again with the same state.
   */
  poll(pool: string, state: string): Promise<Operation>;
}
