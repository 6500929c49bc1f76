import type { FleetRepository } from './model.ts';

/** One text for a branch: host and names compare without case, branches with. */
export function branchKey({ apiUrl, owner, repo, branch }: FleetRepository): string {
  return `${apiUrl ?? ''} ${owner}/${repo}`.toLowerCase() + `#${branch}`;
}
