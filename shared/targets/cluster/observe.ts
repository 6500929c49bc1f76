import type { NodePool, NodePools } from '../../ports/node-pools.ts';
import type { Switches } from '../../reconcile/switches.ts';

/** A cluster's node pools as they were read. */
export interface ObservedCluster {
  readonly pools: readonly NodePool[];
  /** False: the deployment's ceiling does not let the cluster be written. */
  readonly isWritable: boolean;
  readonly automation: Switches['automation'];
}

export interface ClusterReader {
  /** ARM id, lower case. */
  readonly cluster: string;
  readonly nodePools: NodePools;
  readonly switches: () => Promise<Switches>;
  readonly isWritable: boolean;
}

/** @throws NotFoundError, RateLimitedError, UpstreamError, StorageUnavailableError. */
export async function observeCluster({
  cluster,
  nodePools,
  switches,
  isWritable,
}: ClusterReader): Promise<ObservedCluster> {
  const [pools, { automation }] = await Promise.all([nodePools.read(cluster), switches()]);
  return { pools, isWritable, automation };
}
