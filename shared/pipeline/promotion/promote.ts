import { canonicalJson, jsonOf } from '../../domain/json.ts';
import { placementSubject, type Placement } from '../../domain/image/placement.ts';
import { progressKey, PROGRESS_ROWS, type StageProgress } from '../../domain/image/progress.ts';
import { parseImageReference } from '../../domain/image/reference.ts';
import { RowConflictError } from '../../errors.ts';
import type { Fleet, FleetRepository } from '../../fleet/model.ts';
import { intentKey, type Intent } from '../../intents/intent.ts';
import { openIntent, withState, type IntentRequest } from '../../intents/lifecycle.ts';
import type { GitRepository } from '../../ports/git-repository.ts';
import type { StageVerifier } from '../../ports/stage-verifier.ts';
import type { AuditEntry } from '../../records/audit.ts';
import {
  askAll,
  callFor,
  decidePromotion,
  isAsked,
  judged,
  seen,
  type TrackedStage,
} from '../../reactions/image-promotion/index.ts';
import type { TargetRef } from '../../reconcile/target-kind.ts';
import { TargetRows, type TargetState } from '../../reconcile/target-rows.ts';
import type { ActorDependencies } from '../actor.ts';
import { reconcileAndWake } from '../actor.ts';
import { noteReadable, noteUnreadable } from '../images/branch-trouble.ts';
import { observePlaces, placeOf } from '../images/observe-places.ts';
import { branchTarget, targetOf } from '../images/targets.ts';
import { readStage, type StageReading } from './read-stages.ts';
import { readersOf, stagedImages, type StagedImage } from './staged-images.ts';

export interface PromotionDependencies extends ActorDependencies {
  readonly git: (repository: FleetRepository) => Promise<GitRepository>;
  readonly verifiers: readonly StageVerifier[];
}

/**
 * Takes every image of the fleet from stage to stage: what stands there, whether it has passed and soaked, what follows
 * from that. One branch that fails does not keep the others from being looked at.
 */
export async function tickPromotions(actor: PromotionDependencies): Promise<void> {
  const fleet = await actor.fleet();
  for (const repository of fleet.repositories) {
    const target = branchTarget(repository);
    try {
      const news = await promoteIn(target, { fleet, repository }, actor);
      await noteReadable(target, actor);
      for (const wanted of news) {
        await reconcileAndWake(wanted, actor);
      }
    } catch (error) {
      actor.log.error('promotion failed for one branch', { target: target.key, reason: reasonOf(error) });
      await noteTrouble(target, error, actor);
    }
  }
}

/** Every image of every branch is looked at here each minute, so it shows here which branch cannot be read. */
async function noteTrouble(target: TargetRef, trouble: unknown, actor: PromotionDependencies): Promise<void> {
  try {
    await noteUnreadable(target, trouble, actor);
  } catch (error) {
    actor.log.error('trouble of a branch not written down', { target: target.key, reason: reasonOf(error) });
  }
}

interface Where {
  readonly fleet: Fleet;
  readonly repository: FleetRepository;
}

/** @returns the branch, or those of its pull requests, that have intents which nobody has looked at. */
async function promoteIn(
  target: TargetRef,
  { fleet, repository }: Where,
  actor: PromotionDependencies,
): Promise<readonly TargetRef[]> {
  const rows = new TargetRows(actor.rows);
  let state = await rows.load(target);
  const stored = await actor.rows.list(target.key, PROGRESS_ROWS);
  const progress = new Map(stored.map(({ rowKey, value }) => [rowKey, value as unknown as StageProgress]));
  const subjects = [
    ...[...state.intents.values()].map(({ subject }) => subject),
    ...[...progress.values()].map(placementSubject),
  ];
  const images = stagedImages(fleet, target.key, subjects);
  if (images.length === 0) {
    return [];
  }
  const observed = await observePlaces(
    target,
    images.flatMap(({ image, rule }) => rule.stages.map((stage) => placeOf(image, rule, stage))),
    actor,
  );
  const git = await actor.git(repository);
  const news: Intent[] = [];
  for (const staged of images) {
    try {
      const readings: StageReading[] = [];
      for (const stage of staged.rule.stages) {
        const sources = {
          ...{ observed, rows: progress, intents: [...state.intents.values()], registry: actor.registry },
          ...{ plan: async (id: string) => await rows.plan(target, id), now: actor.clock.now().toISOString() },
        };
        readings.push(await readStage(staged, stage, sources));
      }
      const asking = { ...actor, repository: git, host: repository, readers: readersOf(fleet, target.key) };
      const mayAct = staged.rule.mode !== 'observe';
      const tracked = await Promise.all(
        readings.map((reading) => track(reading, observed.head, { ...asking, mayAct })),
      );
      const next = await save(target, { staged, readings, tracked, state }, { rows, actor });
      news.push(...next.news);
      state = next.state;
    } catch (error) {
      // Somebody else has changed the branch's rows: the next tick looks again.
      actor.log.warn('promotion put off for one image', { image: staged.image, reason: reasonOf(error) });
      if (error instanceof RowConflictError) {
        state = await rows.load(target);
      }
    }
  }
  const targets = news.map((intent) => targetOf(repository, intent));
  return [...new Map(targets.map((one) => [one.key, one])).values()];
}

async function track(reading: StageReading, head: string, asking: Parameters<typeof askAll>[2]): Promise<TrackedStage> {
  const { stage } = reading;
  const now = asking.clock.now().toISOString();
  const row = seen(reading, { head, now });
  const isRecorded = row.current !== undefined && reading.row.current?.at === row.current.at;
  const results = isAsked(row, stage, now) ? await askAll(row, stage, asking, isRecorded) : undefined;
  return { stage, row: judged({ stage, row, ...(results === undefined ? {} : { results }) }, now) };
}

interface Looked {
  readonly staged: StagedImage;
  readonly readings: readonly StageReading[];
  readonly tracked: readonly TrackedStage[];
  readonly state: TargetState;
}

/** Writes what was found out about one image, and the intents that follow from it, in one transaction. */
async function save(
  target: TargetRef,
  { staged, readings, tracked, state }: Looked,
  { rows, actor }: { readonly rows: TargetRows; readonly actor: PromotionDependencies },
): Promise<{ readonly state: TargetState; readonly news: readonly Intent[] }> {
  const { image, rule } = staged;
  const now = actor.clock.now().toISOString();
  const { wanted, over } = decidePromotion({ image, rule, stages: tracked, open: openOf(image, state), now });
  const confirmed = await Promise.all(
    wanted.map(async (wish) => ({ wish, isTrue: await isStillTrue(wish, state, actor) })),
  );
  const moved = confirmed.filter(({ isTrue }) => !isTrue).map(({ wish }) => wish);
  const opened = confirmed
    .filter(({ isTrue }) => isTrue)
    .map(({ wish }) => openIntent(state.intents.get(intentKey(wish)), wish, now))
    .filter(({ change }) => change === 'write')
    .map(({ intent }) => intent);
  const closed = over
    .map((one) => state.intents.get(intentKey(one)))
    .filter((intent) => intent !== undefined)
    .filter((intent) => intent.state !== 'closed')
    .map((intent) => withState(intent, 'closed', 'over'));
  const changed = tracked.filter(({ row }, index) => isNews(readings[index]?.row, row));
  const audit = [
    ...tracked.flatMap((one, index) => told(readings[index]?.row ?? one.row, one, now)),
    ...opened.map((intent) => openedEntry(intent, now)),
    ...closed.map(({ subject, cause }): AuditEntry => ({
      kind: 'intent-released',
      at: now,
      facts: { subject, cause, reason: 'over' },
    })),
  ];
  for (const { subject, value } of moved) {
    actor.log.warn('a tag has moved since it was verified', { subject, tag: (value as Placement).tag });
  }
  if (changed.length + opened.length + closed.length === 0) {
    return { state, news: [] };
  }
  const facts = changed.map(({ row }) => ({ rowKey: progressKey(row), value: row }));
  const saved = await rows.save(target, state, { facts, intents: [...opened, ...closed], audit });
  return { state: saved, news: [...opened, ...closed] };
}

function openOf(image: string, { intents }: TargetState): readonly Intent[] {
  return [...intents.values()].filter(({ state, value }) => state !== 'closed' && value['image'] === image);
}

/** A file may hold no digest: what is promoted is what the tag still means. Asked when a wish is new. */
async function isStillTrue(
  wish: IntentRequest,
  { intents }: TargetState,
  { registry }: ActorDependencies,
): Promise<boolean> {
  const { image, tag, digest } = wish.value as Placement;
  const name = parseImageReference(image);
  const stored = intents.get(intentKey(wish));
  if (wish.kind !== 'image' || name === undefined || openIntent(stored, wish, wish.asOf).change === 'keep') {
    return true;
  }
  return (await registry(name.registry).manifest(name.repository, tag))?.digest === digest;
}

/** Times alone are no news: a row is not written at each tick for them. */
function isNews(before: StageProgress | undefined, after: StageProgress): boolean {
  return before === undefined || before === after ? before === undefined : textOf(before) !== textOf(after);
}

function textOf({ verdict, ...row }: StageProgress): string {
  const checks = verdict.checks.map((check) => ({ ...check, at: '' }));
  return canonicalJson(jsonOf({ ...row, at: '', verdict: { ...verdict, checks } }));
}

/** What has become of a version in a stage, for the records; people are called where it does not go on by itself. */
function told(before: StageProgress, tracked: TrackedStage, at: string): readonly AuditEntry[] {
  const { row } = tracked;
  const { current, verdict } = row;
  const started = startedSince(before, row).map((reason): AuditEntry => {
    const about = { subject: placementSubject(row), tag: current?.tag ?? '', digest: current?.digest ?? '' };
    return { kind: 'acted', at, facts: { ...about, reason } };
  });
  const why = callFor(before, tracked);
  const isPassed = verdict.outcome === 'pass' && row.since !== before.since && row.since !== undefined;
  if (current === undefined || (why === undefined && !isPassed)) {
    return started;
  }
  const { tag, digest, commit } = current;
  const facts = { subject: placementSubject(row), tag, digest, commit, reason: why ?? `verified: ${verdict.reason}` };
  return [...started, { kind: why === undefined ? 'unchanged' : 'paged', at, facts }];
}

/** What verifications have started outside since then. */
function startedSince(before: StageProgress, { verdict }: StageProgress): readonly string[] {
  const known = before.verdict.checks.map((check) => check.started);
  return verdict.checks.flatMap(({ started }) => (started === undefined || known.includes(started) ? [] : [started]));
}

function openedEntry({ subject, cause, value, mode, reason, signals }: Intent, at: string): AuditEntry {
  return { kind: 'intent-opened', at, facts: { subject, cause, value, mode, reason, signals } };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
