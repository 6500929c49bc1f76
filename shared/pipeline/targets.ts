import { NotFoundError } from '../errors.ts';
import type { Fleet, FleetRepository } from '../fleet/model.ts';
import type { GitRepository } from '../ports/git-repository.ts';
import type { TargetRef } from '../reconcile/target-kind.ts';
import type { Branch } from '../targets/git-branch/index.ts';

/** The target of a repository's branch; hosts and names compare without case, branches with. */
export function branchTarget({ owner, repo, branch, apiUrl }: FleetRepository): TargetRef {
  const host = apiUrl === undefined ? 'github.com' : new URL(apiUrl).host;
  return { kind: 'git-branch', key: `${host}/${owner}/${repo}`.toLowerCase() + `#${branch}` };
}

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
  return { repository: await open(found), branch: found.branch, fleetFiles };
}
