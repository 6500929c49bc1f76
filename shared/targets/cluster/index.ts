import type { Clock } from '../../ports/clock.ts';
import type { NodePools } from '../../ports/node-pools.ts';
import type { Switches } from '../../reconcile/guards/switches.ts';
import type { TargetKind, TargetRef } from '../../reconcile/target-kind.ts';
import { FLOOR, type FloorWish } from './fold.ts';
import { lookAtCluster, type ClusterChange } from './next.ts';
import { observeCluster, type ObservedCluster } from './observe.ts';
import { pollPool, preconditionOf, settlePool, writePool, type ClusterWriter } from './write.ts';

/** Sends of one write before it is given up: about ten minutes of a control plane that refuses. */
const MAX_ATTEMPTS = 8;
/** A pool's settings are written in a minute or two; people are called when it takes much longer. */
const EXPECTED_MS = 15 * 60_000;
/** https://learn.microsoft.com/azure/aks/quotas-skus-regions: PUT of a node pool, 20 at once, then one a minute. */
const WRITES_PER_HOUR = 60;

export interface ClusterDependencies {
  readonly nodePools: NodePools;
  readonly switches: () => Promise<Switches>;
  /** True if the deployment lets a cluster be written, by its ARM id. */
  readonly isWritable: (cluster: string) => boolean;
  readonly clock: Clock;
}

/**
 * The target of a cluster.
 * @param id - ARM id, lower case.
 * @param partition - where the edges' rows are: the clusters that survive are theirs.
 */
export function clusterTarget(id: string, partition: string): TargetRef {
  return { kind: 'cluster', key: id, partition };
}

/** True for the key of a cluster: the partition is not theirs alone. Pure. */
export function isCluster(key: string): boolean {
  return /\/microsoft\.containerservice\/managedclusters\/[^/]+$/.test(key);
}

/** ARM id of the cluster of a node pool. Pure. */
export function clusterOf(pool: string): string {
  return pool.replace(/\/agentpools\/[^/]+$/, '');
}

/** The node pools of an AKS cluster as a reconcilable target. */
export function clusterKind({
  nodePools,
  switches,
  isWritable,
  clock,
}: ClusterDependencies): TargetKind<ObservedCluster, ClusterChange> {
  const writer = ({ key: cluster }: TargetRef): ClusterWriter => ({ cluster, nodePools, clock });
  return {
    kind: 'cluster',
    intents: 'standing',
    maxAttempts: MAX_ATTEMPTS,
    expectedMs: EXPECTED_MS,
    writesPerHour: WRITES_PER_HOUR,
    concerns: ({ key }, { subject }) => subject.startsWith(`${key}/agentpools/`),
    channel: ({ key }) => key,
    observe: async ({ key: cluster }) =>
      await observeCluster({ cluster, nodePools, switches, isWritable: isWritable(cluster) }),
    look: lookAtCluster,
    precondition: ({ pools }) => preconditionOf(pools),
    write: async (target, sending, change) => await writePool(writer(target), sending, change),
    poll: async (target, sending, operation) => await pollPool(writer(target), sending, operation),
    settle: async (target, sending) => await settlePool(writer(target), sending),
  };
}

export { FLOOR, type FloorWish };

/** The cluster as the loop knows it. */
export type ClusterKind = TargetKind<ObservedCluster, ClusterChange>;
