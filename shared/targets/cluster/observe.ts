import { NotFoundError } from '../../errors.ts';
import type { NodePool, NodePools } from '../../ports/node-pools.ts';
import type { Switches } from '../../reconcile/guards/switches.ts';

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

/** @throws RateLimitedError, UpstreamError, StorageUnavailableError. */
export async function observeCluster({
  cluster,
  nodePools,
  switches,
  isWritable,
}: ClusterReader): Promise<ObservedCluster> {
  const [pools, { automation }] = await Promise.all([readPools(nodePools, cluster), switches()]);
  return { pools, isWritable, automation };
}

/**
 * Pools of a cluster; one that is deleted has none, so that what is open of it comes to its end.
 * @throws RateLimitedError, UpstreamError.
 */
export async function readPools(nodePools: NodePools, cluster: string): Promise<readonly NodePool[]> {
  try {
    return await nodePools.read(cluster);
  } catch (error) {
    if (error instanceof NotFoundError) {
      return [];
    }
    throw error;
  }
}
