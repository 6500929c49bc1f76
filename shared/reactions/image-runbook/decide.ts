import type { GivenImageCommand } from '../../commands/image-command.ts';
import { placementSubject, type Rollback } from '../../domain/image/placement.ts';
import type { CurrentImage } from '../../domain/image/ranking.ts';
import { writtenBy } from '../../domain/image/writing-settings.ts';
import { keepsOut, type StageHold } from '../../domain/image/stage-hold.ts';
import { askedOf } from '../../fleet/asked-of.ts';
import type { FleetImage, FleetStage } from '../../fleet/model.ts';
import { intentKey, type Intent } from '../../intents/intent.ts';
import type { IntentRequest } from '../../intents/lifecycle.ts';

/** A version that a stage had before. */
export interface StageVersion {
  readonly tag: string;
  /** Absent where only its tag is known: the registry is asked when it is gone back to. */
  readonly digest?: string;
  /** When it passed its verifications there, ISO 8601. */
  readonly goodAt?: string;
  /** The commit that put it there, where it is known. */
  readonly commit?: string;
}

export interface StageFacts {
  readonly image: string;
  readonly rule: FleetImage;
  readonly stage: FleetStage;
  /** What the stage's files show. */
  readonly standing: readonly CurrentImage[];
  /** Digests of what stands there, as far as anybody knows them. */
  readonly standingDigests: readonly string[];
  /** Newest first; each has been confirmed by the registry where it has a digest. */
  readonly versions: readonly (StageVersion & { readonly isGone?: true })[];
  /** Our newest commit about the stage, if it put there what stands there. */
  readonly written?: { readonly tag: string; readonly digest: string; readonly before: string };
  /** Holds of the stage that are open. */
  readonly holds: readonly Intent[];
  /** When it was read, ISO 8601. */
  readonly asOf: string;
}

/** Why a command is refused. */
export type ImageRefusal =
  'no-earlier-version' | 'unknown-version' | 'version-held' | 'held-by-a-person' | 'manifest-missing';

export interface ImageRunbookDecision {
  readonly requests: readonly IntentRequest[];
  /** Row keys of holds that end. */
  readonly releases: readonly string[];
  readonly refusal?: ImageRefusal;
  /** Nothing is to be done: it is so already. */
  readonly isNoop?: true;
  readonly to?: string;
}

const NOTHING: Pick<ImageRunbookDecision, 'requests' | 'releases'> = { requests: [], releases: [] };

/** Turns a person's command about an image in a stage into intents. Pure. */
export function decideImageCommand(given: GivenImageCommand, facts: StageFacts): ImageRunbookDecision {
  const { asked } = given;
  switch (asked.command) {
    case 'rollback':
      return decideRollback(given, asked.to, facts);
    case 'hold':
      return { ...NOTHING, requests: [holdRequest(given, asked.digest === undefined ? [] : [asked.digest], facts)] };
    case 'release': {
      const { digest } = asked;
      const ends = facts.holds.filter(({ value }) => digest === undefined || refusedBy(value).includes(digest));
      return ends.length === 0 ? { ...NOTHING, isNoop: true } : { ...NOTHING, releases: ends.map(intentKey) };
    }
  }
}

function decideRollback(given: GivenImageCommand, to: string | undefined, facts: StageFacts): ImageRunbookDecision {
  const { image, rule, stage, standing, standingDigests, versions, holds, written, asOf } = facts;
  const refuse = (refusal: ImageRefusal): ImageRunbookDecision => ({ ...NOTHING, refusal });
  if (holds.some(({ by, kind, value }) => kind === 'hold' && 'person' in by && refusedBy(value).length === 0)) {
    return refuse('held-by-a-person');
  }
  const isThere = ({ tag, digest }: StageVersion): boolean =>
    standing.length > 0 &&
    standing.every((one) => one.tag === tag && (one.digest === undefined || one.digest === digest));
  const isHeld = ({ digest }: StageVersion): boolean =>
    digest !== undefined && holds.some(({ value }) => keepsOut(value, digest));
  const earlier = versions.filter((version) => !isThere(version));
  const named = versions.filter(({ tag }) => tag === to);
  if (to !== undefined && named.some(isThere)) {
    return { ...NOTHING, isNoop: true, to };
  }
  const chosen =
    to === undefined
      ? earlier.find((version) => version.digest !== undefined && version.isGone !== true && !isHeld(version))
      : named[0];
  if (chosen === undefined) {
    return refuse(to === undefined ? 'no-earlier-version' : 'unknown-version');
  }
  const { tag, digest } = chosen;
  if (digest === undefined || chosen.isGone === true) {
    return refuse('manifest-missing');
  }
  if (isHeld(chosen)) {
    return refuse('version-held');
  }
  const value: Rollback = {
    ...{ image, stage: stage.name, tag, digest, paths: stage.paths },
    ...(rule.keys === undefined ? {} : { keys: rule.keys }),
    ...(written === undefined ? {} : { undoes: { tag: written.tag, digest: written.digest }, before: written.before }),
    ...writtenBy(stage.write, rule.gitops.pullRequests, { image, stage: stage.name }),
  };
  const rollback: IntentRequest = {
    subject: placementSubject(value),
    by: { person: given.by },
    cause: `rollback:${given.id}`,
    kind: 'rollback',
    value,
    ...askedOf(rule, stage),
    reason: reasonOf(given, `back to ${tag}`),
    signals: [commandSignal(given)],
    asOf,
  };
  const bad = standingDigests.filter((one) => one !== digest);
  return {
    ...NOTHING,
    to: tag,
    requests: bad.length === 0 ? [rollback] : [rollback, holdRequest(given, bad, facts)],
  };
}

function holdRequest(given: GivenImageCommand, refuses: readonly string[], facts: StageFacts): IntentRequest {
  const { image, stage, asOf } = facts;
  const value: StageHold = { image, stage: stage.name, ...(refuses.length === 0 ? {} : { refuses: [...refuses] }) };
  return {
    subject: placementSubject({ image, stage: stage.name }),
    by: { person: given.by },
    cause: `${given.asked.command}:${given.id}`.replace('rollback:', 'rolled-back:'),
    kind: 'hold',
    value,
    mode: 'enforce',
    reason: reasonOf(given, given.asked.command === 'rollback' ? 'rolled back' : 'held by hand'),
    signals: [commandSignal(given)],
    asOf,
  };
}

/** Marks the intents of a command, so that a second delivery finds them. */
export function commandSignal({ id }: Pick<GivenImageCommand, 'id'>): string {
  return `command#${id}`;
}

function reasonOf({ asked: { reason } }: GivenImageCommand, otherwise: string): string {
  return reason.trim() === '' ? otherwise : reason;
}

function refusedBy(hold: Intent['value']): readonly string[] {
  return (hold as unknown as Partial<StageHold>).refuses ?? [];
}
