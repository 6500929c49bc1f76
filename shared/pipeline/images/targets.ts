import type { Placement } from '../../domain/image/placement.ts';
import { USUAL_PULL_REQUESTS } from '../../domain/image/writing-settings.ts';
import { NotFoundError } from '../../errors.ts';
import type { Fleet, FleetRepository } from '../../fleet/model.ts';
import type { Intent } from '../../intents/intent.ts';
import type { GitRepository } from '../../ports/git-repository.ts';
import type { PullRequests } from '../../ports/pull-requests.ts';
import { partitionOf, type TargetRef } from '../../reconcile/target-kind.ts';
import type { TargetState } from '../../reconcile/target-rows.ts';
import type { Branch } from '../../targets/git-branch/index.ts';
import {
  groupOfTarget,
  isPullRequestOf,
  pullRequestTarget,
  type ProposalBranch,
} from '../../targets/git-branch/pull-requests/index.ts';
import { branchTarget } from './branch-target.ts';
import { whyClosed } from '../promotion/closed.ts';
import { stageOf } from '../promotion/staged-images.ts';

export { branchTarget } from './branch-target.ts';

/** The target that a placement is written through: the branch itself, or one of its pull requests. */
export function targetOf(repository: FleetRepository, { value }: Pick<Intent, 'value'>): TargetRef {
  const branch = branchTarget(repository);
  const { pullRequest } = value as Placement;
  return pullRequest === undefined ? branch : pullRequestTarget(branch, pullRequest);
}

/** The pull requests of a branch that anything is wanted of, or that are open still, as the branch's rows tell. */
export function pullRequestTargets(branch: TargetRef, { head, intents }: TargetState): readonly TargetRef[] {
  const wanted = [...intents.values()].flatMap(({ state, value }) =>
    state === 'closed' ? [] : ((value as Placement).pullRequest ?? []),
  );
  const lanes = Object.entries(head.lanes).flatMap(([key, { fields, activePlan }]) =>
    isPullRequestOf(branch, key) && (fields.length > 0 || activePlan !== undefined)
      ? [groupOfTarget({ ...branch, key, partition: branch.key })]
      : [],
  );
  return [...new Set([...wanted, ...lanes])].toSorted().map((group) => pullRequestTarget(branch, group));
}

/** Finds the fleet's repository behind a target. @throws NotFoundError if the fleet no longer names it. */
export async function branchOf(
  fleet: Fleet,
  target: TargetRef,
  open: (repository: FleetRepository) => Promise<GitRepository>,
): Promise<Branch> {
  const found = repositoryOf(fleet, target);
  const fleetFiles = fleet.fleetFiles[`${found.owner}/${found.repo}`.toLowerCase()] ?? [];
  const { branch, commits } = found;
  const closedTo: Branch['closedTo'] = (place, now) => {
    const stage = stageOf(fleet, partitionOf(target), place);
    return stage === undefined ? undefined : whyClosed(stage, now);
  };
  return { repository: await open(found), branch, fleetFiles, closedTo, ...(commits === undefined ? {} : { commits }) };
}

/** The same for a target that is a pull request. */
export async function proposalBranchOf(
  fleet: Fleet,
  target: TargetRef,
  open: {
    readonly git: (repository: FleetRepository) => Promise<GitRepository>;
    readonly pullRequests: (repository: FleetRepository) => Promise<PullRequests>;
  },
): Promise<ProposalBranch> {
  const found = repositoryOf(fleet, target);
  const settings = found.pullRequests ?? USUAL_PULL_REQUESTS;
  return { ...(await branchOf(fleet, target, open.git)), pulls: await open.pullRequests(found), settings };
}

function repositoryOf(fleet: Fleet, target: TargetRef): FleetRepository {
  const key = partitionOf(target);
  const found = fleet.repositories.find((repository) => branchTarget(repository).key === key);
  if (found === undefined) {
    throw new NotFoundError(`the fleet names no branch ${key}`);
  }
  return found;
}
