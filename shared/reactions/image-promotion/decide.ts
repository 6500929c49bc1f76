import { placementSubject, type FileKeys, type Placement, type Rollback } from '../../domain/image/placement.ts';
import { holdOn, type Running, type StageProgress, type Version } from '../../domain/image/progress.ts';
import { writtenBy } from '../../domain/image/writing-settings.ts';
import { revertSignal, type StageHold } from '../../domain/image/stage-hold.ts';
import { askedOf } from '../../fleet/asked-of.ts';
import type { FleetImage, FleetStage } from '../../fleet/model.ts';
import type { Intent } from '../../intents/intent.ts';
import type { IntentRequest } from '../../intents/lifecycle.ts';
import { isThrough } from './track.ts';

/** One stage with what is known of the image there, after this look. */
export interface TrackedStage {
  readonly stage: FleetStage;
  readonly row: StageProgress;
}

export interface PromotionFacts {
  readonly image: string;
  readonly rule: Pick<FleetImage, 'name' | 'mode' | 'keys' | 'gitops'>;
  readonly stages: readonly TrackedStage[];
  /** What is wanted of the image already, by anybody. */
  readonly open?: readonly Intent[];
  /** ISO 8601. */
  readonly now: string;
}

/** What an image's stages ask for now: intents that are wanted, and occasions of ours that are over. */
export interface Promotion {
  readonly wanted: readonly IntentRequest[];
  readonly over: readonly Pick<IntentRequest, 'subject' | 'by' | 'cause'>[];
}

const BY = { reaction: 'image-promotion' } as const;
const PROMOTION = 'promotion';
/** As many signals as an intent keeps. */
const MAX_REFUSED = 20;

/**
 * Turns what is known of an image's stages into intents. Pure: the same rows give the same intents at every tick, and
 * what was asked for once, and came true, is not asked for again.
 */
export function decidePromotion(facts: PromotionFacts): Promotion {
  const decided = facts.stages.map((tracked) => decideStage(tracked, facts));
  return { wanted: decided.flatMap(({ wanted }) => wanted), over: decided.flatMap(({ over }) => over) };
}

function decideStage(tracked: TrackedStage, facts: PromotionFacts): Promotion {
  const wanted: IntentRequest[] = [];
  const over: Promotion['over'][number][] = [];
  const subject = placementSubject({ image: facts.image, stage: tracked.stage.name });
  for (const [cause, wish] of [
    [PROMOTION, promotionTo(tracked, facts)],
    ['soak', soakHold(tracked, facts)],
    ['verification', verificationHold(tracked, facts)],
    ['revert', revertHold(tracked, facts)],
    ['rollback', rollbackOf(tracked, facts)],
  ] as const) {
    if (wish === 'over') {
      over.push({ subject, by: BY, cause });
    } else if (wish !== undefined) {
      wanted.push({ ...wish, subject, by: BY, cause, asOf: facts.now });
    }
  }
  return { wanted, over };
}

type Wish = Omit<IntentRequest, 'subject' | 'by' | 'cause' | 'asOf'>;

/** The version that the stage before has let through; `over` if what it let through is held by now. */
function promotionTo(
  { stage, row }: TrackedStage,
  { image, rule, stages, open = [], now }: PromotionFacts,
): Wish | 'over' | undefined {
  const asked = askedBefore(stage, image, open);
  const from = stages.find(({ stage: { name } }) => name === stage.after);
  const version = from?.row.current;
  if (from === undefined || version === undefined) {
    return undefined;
  }
  const held = [version.digest, ...(asked === undefined ? [] : [asked])];
  if (held.some((digest) => isKeptOut(digest, [row, from.row], open))) {
    return 'over';
  }
  if (!isThrough(from.row, from.stage, now)) {
    return undefined;
  }
  if (row.current?.digest === version.digest) {
    // What was asked for before may wait still, for people or a window: the stage before has left it.
    return asked === undefined || asked === version.digest ? undefined : 'over';
  }
  const { tag, digest } = version;
  const again = row.released.find((one) => one.digest === digest);
  // It came after them in the stage before, so it is newer whatever the tags look like; unless people, or a failure,
  // have brought it back there.
  const isOurs = !version.isForeign && !version.isRollback;
  const older = isOurs ? from.row.good.map((one) => one.tag).filter((one) => one !== tag) : [];
  const value: Placement = {
    ...{ image, stage: stage.name, tag, digest, paths: stage.paths, ...keysOf(rule) },
    ...(older.length === 0 ? {} : { above: older.toSorted() }),
    ...writtenBy(stage.write, rule.gitops.pullRequests, { image, stage: stage.name }),
  };
  return {
    kind: 'image',
    value,
    ...askedOf(rule, stage),
    reason: `passed in ${from.stage.name} and soaked there`,
    signals: [`promotion#${image}@${from.stage.name}:${tag}@${digest}${again === undefined ? '' : `@${again.at}`}`],
  };
}

/** Digest of the version that was asked for at a look before, and is not there yet. */
function askedBefore({ name }: FleetStage, image: string, open: readonly Intent[]): string | undefined {
  const subject = placementSubject({ image, stage: name });
  const asked = open.find(
    (intent) => intent.subject === subject && intent.cause === PROMOTION && 'reaction' in intent.by,
  );
  return (asked?.value as Placement | undefined)?.digest;
}

function isKeptOut(digest: string, rows: readonly StageProgress[], open: readonly Intent[]): boolean {
  const refused = (row: StageProgress): boolean =>
    open.some(({ subject, kind, value }) => {
      const { refuses = [] } = value as unknown as Partial<StageHold>;
      return kind === 'hold' && subject === placementSubject(row) && refuses.includes(digest);
    });
  return rows.some((row) => holdOn(row, digest) !== undefined || refused(row));
}

/** What soaks is left alone where newer versions wait. */
function soakHold({ stage, row }: TrackedStage, { image, now }: PromotionFacts): Wish | 'over' {
  const { current, verdict } = row;
  const isSoaking = verdict.outcome === 'pending' || (verdict.outcome === 'pass' && !isThrough(row, stage, now));
  if (stage.newer !== 'wait' || current === undefined || !isSoaking) {
    return 'over';
  }
  const value: StageHold = { image, stage: stage.name, keeps: current.digest };
  return {
    ...{ kind: 'soak-hold', value, mode: 'enforce', reason: `${current.tag} soaks, newer versions wait` },
    signals: [`soak#${image}@${stage.name}:${current.digest}@${current.at}`],
  };
}

/** What has failed stays out, and gives way to anything else. */
function verificationHold({ stage, row }: TrackedStage, { image }: PromotionFacts): Wish | 'over' {
  const failed = row.held.filter(({ cause }) => cause === 'verification');
  const newest = failed.at(-1);
  if (newest === undefined) {
    return 'over';
  }
  const value: StageHold = { image, stage: stage.name, refuses: failed.map(({ digest }) => digest) };
  return {
    ...{ kind: 'verification-hold', value, mode: 'enforce', reason: `${newest.tag} failed: ${newest.reason}` },
    signals: [`verification#${image}@${stage.name}:${newest.digest}@${newest.at}`],
  };
}

/** What somebody has taken out of the stage stays out until somebody lets go of it, or puts it back. */
function revertHold({ stage, row }: TrackedStage, { image }: PromotionFacts): Wish | 'over' {
  const reverted = row.held.filter(({ cause }) => cause === 'revert').slice(-MAX_REFUSED);
  const newest = reverted.at(-1);
  if (newest === undefined) {
    return 'over';
  }
  const value: StageHold = { image, stage: stage.name, refuses: reverted.map(({ digest }) => digest) };
  return {
    ...{ kind: 'hold', value, mode: 'enforce', reason: newest.reason },
    signals: reverted.flatMap(({ commit }) => (commit === undefined ? [] : [revertSignal(commit)])),
  };
}

/** Back to what ran before, where what runs has failed, is ours and is held for that. */
function rollbackOf(tracked: TrackedStage, { image, rule }: PromotionFacts): Wish | 'over' | undefined {
  const { stage, row } = tracked;
  const { current, verdict } = row;
  const hold = current === undefined ? undefined : holdOn(row, current.digest);
  if (current === undefined || hold?.cause !== 'verification' || verdict.outcome !== 'fail') {
    return 'over';
  }
  const back = wayBack(row);
  if (back === undefined) {
    return undefined;
  }
  const isBefore = back.digest === row.previous?.digest && current.before !== undefined;
  const value: Rollback = {
    ...{ image, stage: stage.name, tag: back.tag, digest: back.digest, paths: stage.paths, ...keysOf(rule) },
    undoes: { tag: current.tag, digest: current.digest },
    ...(isBefore ? { before: current.before } : {}),
    ...writtenBy(stage.write, rule.gitops.pullRequests, { image, stage: stage.name }),
  };
  return {
    ...{ kind: 'rollback', value, mode: rule.mode, reason: `${current.tag} failed: ${verdict.reason}` },
    signals: [`rollback#${image}@${stage.name}:${current.digest}@${current.at}`],
  };
}

/** What a stage goes back to: what ran before if it did not fail, else the newest that has passed. Pure. */
export function wayBack(row: Pick<StageProgress, 'current' | 'previous' | 'good' | 'held'>): Version | undefined {
  const isOpen = ({ digest }: Version): boolean => holdOn(row, digest) === undefined && digest !== row.current?.digest;
  const { previous } = row;
  return previous !== undefined && previous.outcome !== 'fail' && isOpen(previous) ? previous : row.good.find(isOpen);
}

/** Why people must hear of what a stage has come to; nothing if it goes on by itself. Pure. */
export function callFor(before: StageProgress, { stage, row }: TrackedStage): string | undefined {
  const { current, verdict } = row;
  if (current === undefined || (before.verdict.outcome === verdict.outcome && isSame(before.current, current))) {
    return undefined;
  }
  switch (verdict.outcome) {
    case 'fail':
      return `verification-failed: ${failure(row, stage)}`;
    case 'inconclusive':
      // What somebody else has put there, before we came or since, waits for nobody.
      return current.isForeign ? undefined : `verification-inconclusive: ${verdict.reason}`;
    case 'pending':
    case 'pass':
      return undefined;
  }
}

function failure(row: StageProgress, { write }: FleetStage): string {
  const { current, verdict } = row;
  if (current?.isForeign === true) {
    return `written by somebody else, left alone: ${verdict.reason}`;
  }
  if (current?.isRollback === true) {
    return `so has what was gone back to, left alone: ${verdict.reason}`;
  }
  const back = wayBack(row);
  const how = back === undefined ? 'there is nothing to go back to' : `back to ${back.tag}`;
  return `${how}${back !== undefined && write === 'pull-request' ? ' by pull request' : ''}: ${verdict.reason}`;
}

function isSame(a: Running | undefined, b: Running): boolean {
  return a?.digest === b.digest && a.at === b.at;
}

function keysOf({ keys }: Pick<FleetImage, 'keys'>): { readonly keys?: FileKeys } {
  return keys === undefined ? {} : { keys };
}
