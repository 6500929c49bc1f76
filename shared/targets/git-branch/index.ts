import type { CommitSettings } from '../../domain/image/writing-settings.ts';
import type { Placement } from '../../domain/image/placement.ts';
import type { Intent } from '../../intents/intent.ts';
import type { BlobStore } from '../../ports/blob-store.ts';
import type { GitRepository } from '../../ports/git-repository.ts';
import type { Sending, TargetKind, TargetRef } from '../../reconcile/target-kind.ts';
import { isHold } from './fold.ts';
import type { BranchChange } from './change.ts';
import { lookAtBranch } from './next.ts';
import { observeBranch } from './observe.ts';
import type { ObservedBranch } from './observed.ts';
import { TreeIndex } from './tree-index.ts';
import { commitWindowMs } from './window.ts';
import { settleCommit, writeCommit } from './write.ts';

export type { ObservedBranch } from './observed.ts';
export { isHold } from './fold.ts';
export { ourWrites, type OurWrite } from './our-writes.ts';
export { standingAt } from './standing.ts';

type Place = Pick<Placement, 'image' | 'stage'>;

/** A branch that the fleet names, with what is needed to read and write it. */
export interface Branch {
  readonly repository: GitRepository;
  readonly branch: string;
  readonly fleetFiles: readonly string[];
  readonly commits?: CommitSettings;
  /** Why an image may not be written to a stage now: `outside-window`, `freeze`. Pure. */
  readonly closedTo?: (placement: Place, now: Date) => string | undefined;
}

export interface GitBranchDependencies {
  /** @throws NotFoundError if the fleet no longer names the branch. */
  readonly branch: (target: TargetRef) => Promise<Branch>;
  readonly recordLink: (planId: string) => string;
  /** Keeps an index of each branch. */
  readonly blobs: BlobStore;
}

/** The branch of a GitOps repository as a reconcilable target. */
export function gitBranchKind({
  branch,
  recordLink,
  blobs,
}: GitBranchDependencies): TargetKind<ObservedBranch, BranchChange> {
  const index = new TreeIndex(blobs);
  return {
    kind: 'git-branch',
    intents: 'once',
    concerns: (_target, { value }) => value['pullRequest'] === undefined,
    // Whoever goes back waits for nobody, and what writes nothing for nothing.
    windowMs: (recent, now, fresh) =>
      fresh.every(isHold) || fresh.some(({ kind }) => kind === 'rollback') ? 0 : commitWindowMs(recent, now),
    channel: ({ key }) => key,
    observe: async (target, { acting, now }) => {
      const { closedTo, ...found } = await branch(target);
      const bound = closedTo === undefined ? {} : { closedTo: (placement: Place) => closedTo(placement, now) };
      return await observeBranch({ ...found, ...bound, index, key: target.key }, acting);
    },
    look: (observed, { acting, over, now }) => lookAtBranch(observed, acting, { over: over ?? [], now }),
    precondition: ({ head }) => head,
    write: async (target: TargetRef, sending: Sending, change: BranchChange, serves: readonly Intent[]) => {
      const result = await writeCommit({ ...(await branch(target)), recordLink }, sending, { change, serves });
      if (result.outcome === 'written') {
        await index.keep(
          target.key,
          change.files.map(({ text }) => text),
        );
      }
      return result;
    },
    poll: () => Promise.resolve({ outcome: 'lost' }),
    settle: async (target, sending) => await settleCommit({ ...(await branch(target)), recordLink }, sending),
  };
}
