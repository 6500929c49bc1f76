import { headBranch, type PullRequestSettings } from '../../../domain/image/writing-settings.ts';
import type { Intent } from '../../../intents/intent.ts';
import { treeTrailer, type BranchTip, type PullRequest, type PullRequests } from '../../../ports/pull-requests.ts';
import { observeBranch, type BranchReader } from '../observe.ts';
import type { ObservedBranch } from '../observed.ts';
import { readMarker, type Marker } from './marker.ts';

/** A pull request of the group's head branch, with what it says of itself. */
export interface KnownPullRequest extends PullRequest {
  readonly marker?: Marker;
}

/** The head branch as it was read. */
export interface KnownTip {
  readonly commit: string;
  /** True if nothing of anybody else is lost when it is moved. */
  readonly isOurs: boolean;
  /** Digest of what our commit there proposes. */
  readonly content?: string;
}

export interface ObservedProposal {
  readonly base: ObservedBranch;
  /** Name of the head branch. */
  readonly branch: string;
  readonly tip?: KnownTip;
  /** Newest first. */
  readonly pulls: readonly KnownPullRequest[];
}

export interface ProposalReader extends BranchReader {
  readonly pulls: PullRequests;
  readonly settings: PullRequestSettings;
  readonly group: string;
}

const CONTENT = /^Reflex-Content: ([0-9a-f]{64})$/m;

/** The trailer by which a commit of ours tells what it proposes. */
export function contentTrailer(content: string): string {
  return `Reflex-Content: ${content}`;
}

/** Reads the base as a commit to it would, the head branch, and every pull request between them. */
export async function observeProposal(reader: ProposalReader, intents: readonly Intent[]): Promise<ObservedProposal> {
  const { pulls, settings, group, branch: into } = reader;
  const branch = headBranch(settings.branch, { base: into, group });
  // In this order: what a pull request that is merged brought is on the base that is read after it.
  const found = await pulls.list({ head: branch, base: into });
  const [base, tip] = await Promise.all([observeBranch(reader, intents), pulls.tip(branch)]);
  const known = tip === undefined ? {} : { tip: await knownTip(reader, tip, base.head) };
  return { base, branch, ...known, pulls: found.map(toKnown) };
}

async function knownTip({ repository }: ProposalReader, tip: BranchTip, base: string): Promise<KnownTip> {
  const { commit, message, parents, tree } = tip;
  const [, content] = CONTENT.exec(message) ?? [];
  // An amended or rebased commit keeps its message, but not its tree.
  if (content !== undefined && parents.length === 1 && message.trimEnd().endsWith(treeTrailer(tree))) {
    return { commit, isOurs: true, content };
  }
  const { relation } = await repository.range(commit, base);
  return { commit, isOurs: relation === 'identical' || relation === 'ahead' };
}

function toKnown(pull: PullRequest): KnownPullRequest {
  const marker = readMarker(pull.body);
  return marker === undefined ? pull : { ...pull, marker };
}
