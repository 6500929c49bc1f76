import type { BlobStore } from '../../../ports/blob-store.ts';
import { partitionOf, type TargetKind, type TargetRef } from '../../../reconcile/target-kind.ts';
import type { ProposalBranch } from './branch.ts';
import { TreeIndex } from '../tree-index.ts';
import { commitWindowMs } from '../window.ts';
import { lookAtProposal, type ProposalChange } from './next.ts';
import { observeProposal, type ObservedProposal } from './observe.ts';
import { settleProposal, writeProposal, type ProposalWriter } from './write.ts';

export interface GitPullRequestDependencies {
  /** @throws NotFoundError if the fleet no longer names the branch. */
  readonly branch: (target: TargetRef) => Promise<ProposalBranch>;
  readonly recordLink: (planId: string) => string;
  readonly blobs: BlobStore;
}

export type { ProposalBranch } from './branch.ts';

const MARK = '!';
/** A write is up to ten calls, and GitHub asks for a second between two of them. */
const LEASE_MS = 30_000;

/** The target of one group of a branch's pull requests: `host/owner/repo#branch!group`, in the branch's partition. */
export function pullRequestTarget(branch: TargetRef, group: string): TargetRef {
  return { kind: 'git-pull-request', key: `${branch.key}${MARK}${group}`, partition: branch.key };
}

/** Tells whether a target key is a pull request of a branch. Pure. */
export function isPullRequestOf(branch: TargetRef, key: string): boolean {
  return key.startsWith(`${branch.key}${MARK}`);
}

/** The group of a target. Pure. */
export function groupOfTarget(target: TargetRef): string {
  return target.key.slice(partitionOf(target).length + MARK.length);
}

type Place = Parameters<NonNullable<ProposalBranch['closedTo']>>[0];

/** One pull request of a GitOps repository, and those that follow it, as a reconcilable target. */
export function gitPullRequestKind({
  branch,
  recordLink,
  blobs,
}: GitPullRequestDependencies): TargetKind<ObservedProposal, ProposalChange> {
  const index = new TreeIndex(blobs);
  const writerOf = async (target: TargetRef): Promise<ProposalWriter> => ({
    ...(await branch(target)),
    group: groupOfTarget(target),
    recordLink,
  });
  return {
    kind: 'git-pull-request',
    intents: 'until-true',
    concerns: (target, { value }) => value['pullRequest'] === groupOfTarget(target),
    windowMs: commitWindowMs,
    leaseMs: LEASE_MS,
    channel: ({ key }) => key,
    observe: async (target, { acting, now }) => {
      const { closedTo, ...found } = await writerOf(target);
      const bound = closedTo === undefined ? {} : { closedTo: (place: Place) => closedTo(place, now) };
      return await observeProposal({ ...found, ...bound, index, key: partitionOf(target) }, acting);
    },
    look: (observed, situation) => lookAtProposal(observed, situation),
    precondition: ({ base }) => base.head,
    write: async (target, sending, change, serves) =>
      await writeProposal(await writerOf(target), sending, { change, serves }),
    poll: () => Promise.resolve({ outcome: 'lost' }),
    settle: async (target, sending) => await settleProposal(await writerOf(target), sending),
  };
}
