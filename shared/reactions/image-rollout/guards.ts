import type { ImageGuards, MaxJump } from '../../domain/image/guards.ts';
import type { CurrentImage } from '../../domain/image/policy.ts';
import { compareVersions, parseVersion, type Version } from '../../domain/image/version.ts';

/** Codes of what a guard says; docs/errors.md explains them. */
export type GuardReason = 'guard-jump' | 'guard-moved-tag' | 'guard-rate' | 'guard-loop';

/** What we wrote to the stage in one commit. */
export interface GuardWrite {
  readonly tag: string;
  readonly digests: readonly string[];
  readonly commit: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface GuardFacts {
  readonly tag: string;
  readonly digest: string;
  /** True where the policy follows the digest of a tag that stays: a moved tag is what it is for. */
  readonly isFollowed: boolean;
  /** What the stage's files show. */
  readonly standing: readonly CurrentImage[];
  /** Ours about this image and stage, newest first. */
  readonly written: readonly GuardWrite[];
  /** All commits of ours that the branch's newest history shows. */
  readonly ourCommits: readonly string[];
  /** `org.opencontainers.image.revision` of the image; undefined where it says nothing. */
  readonly revision: string | undefined;
  /** Tags that the policy ranks. */
  readonly candidates: readonly string[];
  readonly now: Date;
}

export type GuardVerdict =
  | { readonly outcome: 'pass' }
  /** It goes on, and people are called. */
  | { readonly outcome: 'alarm'; readonly reason: GuardReason; readonly detail: string }
  /** Not before a person says so, and people are called. */
  | { readonly outcome: 'hold'; readonly reason: GuardReason; readonly detail: string }
  /** Not now. */
  | { readonly outcome: 'wait'; readonly reason: GuardReason; readonly detail: string; readonly waitMs: number };

const HOUR_MS = 3_600_000;

/** Asks every guard about a push, the gravest first. Pure. */
export function guard(guards: ImageGuards, facts: GuardFacts): GuardVerdict {
  const { tag, digest, standing } = facts;
  if (standing.length > 0 && standing.every((one) => one.tag === tag && (one.digest ?? digest) === digest)) {
    // It stands there: nothing will be written.
    return facts.isFollowed || standing.every((one) => one.digest !== undefined)
      ? { outcome: 'pass' }
      : movedTag(guards, facts);
  }
  const verdicts = [loop(guards, facts), movedTag(guards, facts), jump(guards, facts), rate(guards, facts)];
  return (
    verdicts.find(({ outcome }) => outcome === 'hold') ??
    verdicts.find(({ outcome }) => outcome !== 'pass') ?? { outcome: 'pass' }
  );
}

/** An image that was built from a commit of ours would be answered by another commit of ours, for ever. */
function loop({ loops }: ImageGuards, { revision, ourCommits }: GuardFacts): GuardVerdict {
  return loops === 'hold' && revision !== undefined && ourCommits.includes(revision.toLowerCase())
    ? { outcome: 'hold', reason: 'guard-loop', detail: `built from our own commit ${revision}` }
    : { outcome: 'pass' };
}

function movedTag({ movedTag: how }: ImageGuards, facts: GuardFacts): GuardVerdict {
  const { tag, digest, isFollowed, standing, written } = facts;
  const stands = standing.flatMap((one) => (one.tag === tag && one.digest !== undefined ? [one.digest] : []));
  const wrote = written.find((one) => one.tag === tag)?.digests ?? [];
  // What stands there is the surer witness; where only tags stand, it is our commit.
  const before = stands.length > 0 ? stands : wrote;
  if (isFollowed || how === 'allow' || before.length === 0 || before.includes(digest)) {
    return { outcome: 'pass' };
  }
  return { outcome: how, reason: 'guard-moved-tag', detail: `${tag} was ${before.join(', ')} and is ${digest} now` };
}

function jump({ maxJump }: ImageGuards, { tag, standing, candidates }: GuardFacts): GuardVerdict {
  const to = parseVersion(tag, true);
  const from = standing
    .flatMap((one) => (one.tag === undefined ? [] : (parseVersion(one.tag, true) ?? [])))
    .toSorted(compareVersions)
    .at(-1);
  if (to === undefined || from === undefined || compareVersions(to, from) <= 0) {
    return { outcome: 'pass' };
  }
  const isTooFar = typeof maxJump === 'number' ? passedBy(candidates, from, to) > maxJump : isBeyond(maxJump, from, to);
  const detail = `to ${tag} from ${standing.flatMap((one) => one.tag ?? []).join(', ')}: at most ${maxJump}`;
  return isTooFar ? { outcome: 'hold', reason: 'guard-jump', detail } : { outcome: 'pass' };
}

/** How many versions further it goes, itself included. */
function passedBy(candidates: readonly string[], from: Version, to: Version): number {
  const beyond = candidates
    .flatMap((name) => parseVersion(name, true) ?? [])
    .filter((one) => compareVersions(one, from) > 0 && compareVersions(one, to) < 0);
  return beyond.length + 1;
}

function isBeyond(maxJump: Exclude<MaxJump, number>, from: Version, to: Version): boolean {
  switch (maxJump) {
    case 'any':
      return false;
    case 'major':
      return BigInt(to.major) > BigInt(from.major) + 1n;
    case 'minor':
      return to.major !== from.major;
    case 'patch':
      return to.major !== from.major || to.minor !== from.minor;
  }
}

function rate({ perHour }: ImageGuards, { written, now }: GuardFacts): GuardVerdict {
  const recent = written
    .map(({ at }) => Date.parse(at) + HOUR_MS - now.getTime())
    .filter((leftMs) => leftMs > 0)
    .toSorted((a, b) => a - b);
  const leaves = recent.at(-perHour);
  return recent.length < perHour || leaves === undefined
    ? { outcome: 'pass' }
    : { outcome: 'wait', reason: 'guard-rate', detail: `${recent.length} commits in an hour`, waitMs: leaves };
}
