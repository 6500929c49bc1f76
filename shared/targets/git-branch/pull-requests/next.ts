import { digestOf, sha256 } from '../../../domain/digest.ts';
import type { Intent } from '../../../intents/intent.ts';
import type { Step } from '../../../reconcile/plan.ts';
import type { Field, Look, Situation, Verdict } from '../../../reconcile/target-kind.ts';
import type { Placement } from '../../../domain/image/placement.ts';
import type { BranchChange } from '../change.ts';
import { lookAtBranch } from '../next.ts';
import { isHold } from '../fold.ts';
import type { ObservedBranch } from '../observed.ts';
import { imageMark } from './marker.ts';
import type { KnownPullRequest, KnownTip, ObservedProposal } from './observe.ts';

/** What one write does: bring the pull request to what is wanted, or take it back. */
export type ProposalChange =
  | {
      readonly kind: 'propose';
      readonly branch: string;
      readonly base: string;
      readonly change: BranchChange;
      /** Digest of the files as they are on the base and as they are to be. */
      readonly content: string;
      readonly images: readonly string[];
      readonly tip?: KnownTip;
      readonly open?: KnownPullRequest;
    }
  | { readonly kind: 'withdraw'; readonly open: KnownPullRequest; readonly reason: string };

/** Group of the mark by which the loop remembers that something of ours is open. */
const GROUP = 'pull-request';
const NOT_OPEN = { isOpen: false };
const OPEN = { isOpen: true };

/**
 * What to do so that the pull request of a group proposes what its intents want. Pure.
 *
 * An intent is `done` when its value is on the base, whoever brought it there. One whose digest people have turned down
 * (they closed a pull request that held it, or took back what it had brought) is `blocked` until it is another digest,
 * the pull request is reopened, or a person asks for it later. The others are proposed together, computed anew from the base: a base that has changed in one
 * of the files makes another content, and so another commit on top of it, never a merge of texts.
 */
export function lookAtProposal(
  observed: ObservedProposal,
  { acting, leaving, fields, others }: Pick<Situation, 'acting' | 'leaving' | 'fields' | 'others'>,
): Look<ProposalChange> {
  const { base, tip, branch: subject } = observed;
  const open = observed.pulls.find(({ state }) => state === 'open');
  const mark = markOf(fields, subject);
  const gone = leaving.map((intent): Verdict => ({ intent, outcome: 'gone' }));
  const turnedDown = acting.flatMap((intent) => turnedDownBy(intent, base, observed.pulls) ?? []);
  const wanted = acting.filter((intent) => !turnedDown.some((verdict) => verdict.intent === intent));
  // What is held in a stage is held whichever way the stage is written.
  const holds = others.intents.filter(isHold);
  const { verdicts: found, steps, change } = lookAtBranch(base, [...wanted, ...holds]);
  const verdicts = [...gone, ...turnedDown, ...found.map((verdict) => withMerge(verdict, observed.pulls))];
  if (change === undefined) {
    return withdrawal({ open, mark, verdicts, subject });
  }
  const content = contentOf(change, base);
  if (open?.marker?.content === content && open.marker.isComplete) {
    return { verdicts: verdicts.map((verdict) => waitingFor(open, verdict)), steps: [] };
  }
  if (tip?.isOurs === false) {
    const reason = `foreign-commits: ${observed.branch}`;
    const advice = wayOut(observed.branch, open);
    return { verdicts: verdicts.map((verdict) => heldBack(verdict, { reason, advice })), steps: [] };
  }
  const images = verdicts.flatMap(({ intent, outcome }) =>
    outcome === 'act' ? [imageMark(intent.value as Placement)] : [],
  );
  return {
    verdicts,
    steps: steps.map((step) => proposing(step, { content, subject, mark })),
    change: {
      kind: 'propose',
      branch: observed.branch,
      base: base.head,
      change,
      content,
      images: images.toSorted(),
      ...(tip === undefined ? {} : { tip }),
      ...(open === undefined ? {} : { open }),
    },
  };
}

/** The newest pull request that held an intent's digest and was closed by people, or merged and then undone by them. */
function turnedDownBy(intent: Intent, base: ObservedBranch, pulls: readonly KnownPullRequest[]): Verdict | undefined {
  const mark = imageMark(intent.value as Placement);
  const newest = pulls.find(({ marker }) => marker?.isWithdrawn === false && marker.images.includes(mark));
  const { state = 'open', closedAt = '', number = 0 } = newest ?? {};
  // Who asks after that knows of it, unless it is a machine that only repeats itself.
  const isLater = intent.openedAt > closedAt && (state === 'merged' || 'person' in intent.by);
  if (state === 'open' || isLater) {
    return undefined;
  }
  if (state === 'closed') {
    return { intent, outcome: 'blocked', reason: `closed-pull-request: #${number}` };
  }
  const isThere = lookAtBranch(base, [intent]).verdicts.every(({ outcome }) => outcome !== 'act');
  return isThere ? undefined : { intent, outcome: 'blocked', reason: `reverted: #${number}` };
}

/** What came true says by which pull request, if it was one. */
function withMerge(verdict: Verdict, pulls: readonly KnownPullRequest[]): Verdict {
  const mark = imageMark(verdict.intent.value as Placement);
  const merged = pulls.find(({ state, marker }) => state === 'merged' && marker?.images.includes(mark) === true);
  if (verdict.outcome !== 'done' || merged === undefined) {
    return verdict;
  }
  const { number, mergedAs: commit, closedAt: at, marker } = merged;
  const isKnown = commit !== undefined && at !== undefined && marker?.base !== undefined && marker.base !== '';
  return {
    ...{ ...verdict, reason: `merged: #${number}` },
    evidence: { pullRequest: number, ...(isKnown ? { commit, at, before: marker.base } : {}) },
  };
}

function waitingFor({ number }: KnownPullRequest, verdict: Verdict): Verdict {
  return verdict.outcome === 'act' ? { ...verdict, reason: `waiting-for-merge: #${number}` } : verdict;
}

function heldBack(verdict: Verdict, why: Required<Pick<Verdict, 'reason' | 'advice'>>): Verdict {
  return verdict.outcome === 'act' ? { ...verdict, outcome: 'blocked', ...why, page: true } : verdict;
}

/** How people get out of commits of their own on our head branch. */
function wayOut(branch: string, open: KnownPullRequest | undefined): string {
  const move = `move the commits elsewhere and set ${branch} back to a commit of the base.`;
  return open === undefined ? `To go on, ${move}` : `To go on, merge or close pull request #${open.number}, or ${move}`;
}

/**
 * Digest of the changed files as they are and as they are to be: another base of these files is another content, also
 * where the same text comes of it, because Git sees a conflict in a line that both sides have changed.
 */
function contentOf({ files }: BranchChange, base: ObservedBranch): string {
  const before = new Map(base.files.map(({ path, text }) => [path, sha256(text)]));
  const texts = files.map(({ path, mode, text }) => [path, mode, before.get(path) ?? '', sha256(text)]);
  return digestOf(texts.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)));
}

interface Withdrawing {
  readonly open: KnownPullRequest | undefined;
  readonly mark: Field | undefined;
  readonly verdicts: readonly Verdict[];
  readonly subject: string;
}

/** Nothing is left to propose: what is open of ours is closed with the reason, what is not is forgotten. */
function withdrawal({ open, mark, verdicts, subject }: Withdrawing): Look<ProposalChange> {
  if (open?.marker === undefined) {
    return { verdicts, steps: [], ...(mark === undefined ? {} : { foreign: [mark] }) };
  }
  const reason = whyNothing(verdicts);
  const step: Step = {
    id: 'withdraw',
    title: `close pull request #${open.number}: ${reason}`,
    effect: 'withdraw',
    from: { number: open.number, state: 'open' },
    to: { number: open.number, state: 'closed', reason },
    changes: [{ subject, group: GROUP, from: mark?.written ?? NOT_OPEN, to: NOT_OPEN }],
    onFailure: 'stay',
  };
  return { verdicts, steps: [step], change: { kind: 'withdraw', open, reason } };
}

/** Whoever reads a pull request has no list of our codes at hand. */
const DOWNGRADE = 'downgrade: a newer version stands on the base branch';

function whyNothing(verdicts: readonly Verdict[]): string {
  const kept = ['blocked', 'shadowed'].flatMap((word) => verdicts.filter(({ outcome }) => outcome === word));
  const [first] = kept;
  if (first !== undefined) {
    const { outcome, reason = outcome } = first;
    return `nothing can be proposed any more (${reason === 'downgrade' ? DOWNGRADE : reason})`;
  }
  return verdicts.some(({ outcome }) => outcome === 'done')
    ? 'the base branch already holds these versions'
    : 'nobody wants these versions any more';
}

interface Proposing {
  readonly content: string;
  /** Name of the head branch: it marks the group as well. */
  readonly subject: string;
  readonly mark: Field | undefined;
}

function proposing(step: Step, { content, subject, mark }: Proposing): Step {
  return {
    ...step,
    id: 'propose',
    title: `propose ${step.title}`,
    effect: 'propose',
    to: { ...step.to, branch: subject, content },
    changes: [{ subject, group: GROUP, from: mark?.written ?? NOT_OPEN, to: OPEN }],
  };
}

function markOf(fields: readonly Field[], subject: string): Field | undefined {
  return fields.find((field) => field.subject === subject && field.group === GROUP);
}
