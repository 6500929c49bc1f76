import type { FleetRepository } from '../../fleet/model.ts';
import type { TargetRef } from '../../reconcile/target-kind.ts';

/** The target of a repository's branch; hosts and names compare without case, branches with. */
export function branchTarget({ owner, repo, branch, apiUrl }: FleetRepository): TargetRef {
  const host = apiUrl === undefined ? 'github.com' : new URL(apiUrl).host;
  return { kind: 'git-branch', key: `${host}/${owner}/${repo}`.toLowerCase() + `#${branch}` };
}
