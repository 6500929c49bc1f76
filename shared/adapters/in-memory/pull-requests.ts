import { NotFoundError, StaleHeadError, WriteRefusedError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CommitReceipt } from '../../ports/git-repository.ts';
import {
  treeTrailer,
  type BranchTip,
  type Dressing,
  type NewPullRequest,
  type PullRequest,
  type PullRequests,
  type TipRequest,
} from '../../ports/pull-requests.ts';
import type { InMemoryGitRepository } from './git-repository.ts';

interface Stored extends PullRequest {
  readonly head: string;
  readonly base: string;
  readonly labels: readonly string[];
  readonly reviewers: readonly string[];
  readonly autoMerge?: Dressing['autoMerge'];
}

/** PullRequests over a repository in memory, and the hands of other people on them. */
export class InMemoryPullRequests implements PullRequests {
  readonly #git: InMemoryGitRepository;
  readonly #clock: Clock;
  readonly #pulls: Stored[] = [];

  constructor(git: InMemoryGitRepository, clock: Clock) {
    this.#git = git;
    this.#clock = clock;
  }

  async list({ head, base }: { readonly head: string; readonly base: string }): Promise<readonly PullRequest[]> {
    await Promise.resolve();
    const found = this.#pulls.filter((pull) => pull.head === head && pull.base === base);
    return found.toReversed().slice(0, 100).map(shown);
  }

  async tip(branch: string): Promise<BranchTip | undefined> {
    await Promise.resolve();
    return this.#git.tipOf(branch);
  }

  async putTip({ branch, base, expected, headline, body, changes }: TipRequest): Promise<CommitReceipt> {
    await Promise.resolve();
    const commit = this.#git.commitOn(base, changes, (tree) =>
      [headline, '', ...(body === '' ? [] : [body]), treeTrailer(tree)].join('\n'),
    );
    if (this.#git.tipOf(branch)?.commit !== expected) {
      throw new StaleHeadError(branch);
    }
    this.#git.setBranch(branch, commit);
    return { commit };
  }

  async open({ head, base, title, body }: NewPullRequest): Promise<PullRequest> {
    await Promise.resolve();
    const there = this.#pulls.find((pull) => pull.head === head && pull.base === base && pull.state === 'open');
    if (there !== undefined) {
      return shown(there);
    }
    if (this.#git.tipOf(head) === undefined || this.#git.tipOf(base) === undefined) {
      throw new WriteRefusedError('open pull request: a branch is missing');
    }
    const number = this.#pulls.length + 1;
    const pull: Stored = { number, state: 'open', title, body, head, base, labels: [], reviewers: [] };
    this.#pulls.push(pull);
    return shown(pull);
  }

  async update(number: number, { title, body, state }: Parameters<PullRequests['update']>[1]): Promise<PullRequest> {
    await Promise.resolve();
    const before = this.#pull(number);
    const isClosing = state === 'closed' && before.state === 'open';
    return this.#store({
      ...before,
      ...(title === undefined ? {} : { title }),
      ...(body === undefined ? {} : { body }),
      ...(isClosing ? { state: 'closed' as const, closedAt: this.#now() } : {}),
    });
  }

  async dress(number: number, { labels, reviewers, teamReviewers, autoMerge }: Dressing): Promise<void> {
    await Promise.resolve();
    const before = this.#pull(number);
    const asked = [...reviewers, ...teamReviewers.map((team) => `team:${team}`)];
    this.#store({
      ...before,
      labels: [...new Set([...before.labels, ...labels])],
      reviewers: [...new Set([...before.reviewers, ...asked])],
      ...(autoMerge === undefined ? {} : { autoMerge }),
    });
  }

  /** What a person sees beside the text. */
  dressingOf(number: number): Pick<Stored, 'labels' | 'reviewers' | 'autoMerge'> {
    const { labels, reviewers, autoMerge } = this.#pull(number);
    return { labels, reviewers, ...(autoMerge === undefined ? {} : { autoMerge }) };
  }

  /** A person says no. */
  close(number: number): void {
    this.#store({ ...this.#pull(number), state: 'closed', closedAt: this.#now() });
  }

  /** A person thinks again. */
  reopen(number: number): void {
    const pull = this.#pull(number);
    const members = Object.entries(pull).filter(([name]) => name !== 'closedAt');
    this.#store({ ...(Object.fromEntries(members) as unknown as Stored), state: 'open' });
  }

  /** A person merges: the head's changes in one commit on the base. */
  merge(number: number): void {
    const pull = this.#pull(number);
    const [head, base] = [this.#git.tipOf(pull.head), this.#git.tipOf(pull.base)];
    if (head === undefined || base === undefined || pull.state !== 'open') {
      throw new WriteRefusedError(`pull request ${number} cannot be merged`);
    }
    const commit = this.#git.commitOn(
      base.commit,
      this.#git.changesOf(head.commit),
      () => `${pull.title} (#${number})`,
    );
    this.#git.setBranch(pull.base, commit);
    this.#store({ ...pull, state: 'merged', closedAt: this.#now(), mergedAs: commit });
  }

  #now(): string {
    return this.#clock.now().toISOString();
  }

  #pull(number: number): Stored {
    const pull = this.#pulls[number - 1];
    if (pull === undefined) {
      throw new NotFoundError(`pull request ${number} does not exist`);
    }
    return pull;
  }

  #store(pull: Stored): PullRequest {
    this.#pulls[pull.number - 1] = pull;
    return shown(pull);
  }
}

function shown({ number, state, title, body, closedAt, mergedAs }: Stored): PullRequest {
  const closing = closedAt === undefined ? {} : { closedAt };
  return { number, state, title, body, ...closing, ...(mergedAs === undefined ? {} : { mergedAs }) };
}
