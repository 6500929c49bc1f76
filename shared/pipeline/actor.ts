import type { Fleet, FleetRepository } from '../fleet/model.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { GitRepository } from '../ports/git-repository.ts';
import type { SignalQueue } from '../ports/signal-queue.ts';
import type { ImageRolloutDependencies } from '../reactions/image-rollout/index.ts';
import type { ReconcileDependencies } from '../reconcile/look-context.ts';
import { reconcile } from '../reconcile/reconcile.ts';
import type { TargetRef } from '../reconcile/target-kind.ts';
import type { Ledger } from '../records/ledger.ts';
import type { Parking } from '../records/parking.ts';
import type { gitBranchKind } from '../targets/git-branch/index.ts';
import type { gitPullRequestKind } from '../targets/git-branch/pull-requests/index.ts';
import type { Clusters } from './clusters/clusters.ts';
import type { Edges } from './edges/edges.ts';
import type { Wakes } from './wakes.ts';

/** Everything that the actor works with; composition.ts builds it. */
export interface ActorDependencies extends ReconcileDependencies, Omit<ImageRolloutDependencies, 'standing'> {
  readonly blobs: BlobStore;
  readonly queue: SignalQueue;
  readonly wakes: Wakes;
  readonly parking: Parking;
  readonly ledger: Ledger;
  readonly fleet: () => Promise<Fleet>;
  readonly branches: ReturnType<typeof gitBranchKind>;
  readonly pullRequests: ReturnType<typeof gitPullRequestKind>;
  readonly git: (repository: FleetRepository) => Promise<GitRepository>;
  readonly edges: Edges;
  readonly clusters: Pick<Clusters, 'follow' | 'look'>;
}

/** Looks at a target once and, if the loop asks for it, leaves a message that looks again. */
export async function reconcileAndWake(target: TargetRef, actor: ActorDependencies): Promise<void> {
  const { outcome, wakeInMs } = await (target.kind === 'git-pull-request'
    ? reconcile(target, actor.pullRequests, actor)
    : reconcile(target, actor.branches, actor));
  actor.log.info('target reconciled', { target: target.key, outcome, wakeInMs });
  if (wakeInMs !== undefined) {
    await actor.wakes.send(target, wakeInMs);
  }
}
