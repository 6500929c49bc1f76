import { NotFoundError } from '../errors.ts';
import type { Fleet, FleetRepository } from '../fleet/model.ts';
import type { GitRepository } from '../ports/git-repository.ts';
import type { TargetRef } from '../reconcile/target-kind.ts';
import type { Branch } from '../targets/git-branch/index.ts';
import { branchTarget } from './branch-target.ts';
import { whyClosed } from './promotion/closed.ts';
import { stageOf } from './promotion/staged-images.ts';

export { branchTarget } from './branch-target.ts';

/** Finds the fleet's repository behind a target. @throws NotFoundError if the fleet no longer names it. */
export async function branchOf(
  fleet: Fleet,
  target: TargetRef,
  open: (repository: FleetRepository) => Promise<GitRepository>,
): Promise<Branch> {
  const found = fleet.repositories.find((repository) => branchTarget(repository).key === target.key);
  if (found === undefined) {
    throw new NotFoundError(`the fleet names no branch ${target.key}`);
  }
  const fleetFiles = fleet.fleetFiles[`${found.owner}/${found.repo}`.toLowerCase()] ?? [];
  const closedTo: Branch['closedTo'] = (place, now) => {
    const stage = stageOf(fleet, target.key, place);
    return stage === undefined ? undefined : whyClosed(stage, now);
  };
  return { repository: await open(found), branch: found.branch, fleetFiles, closedTo };
}
