import type { PullRequestSettings } from '../../../domain/image/writing-settings.ts';
import type { PullRequests } from '../../../ports/pull-requests.ts';
import type { Branch } from '../index.ts';

/** A branch that takes pull requests, with what is needed to write them. */
export interface ProposalBranch extends Branch {
  readonly pulls: PullRequests;
  readonly settings: PullRequestSettings;
}
