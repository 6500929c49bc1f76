import { imageCommandKey, type GivenImageCommand, type ImageCommandOutcome } from '../../commands/image-command.ts';
import { digestOf } from '../../domain/digest.ts';
import { newProgress, progressKey, withHold, withoutHold, type StageProgress } from '../../domain/image/progress.ts';
import { writtenBy } from '../../domain/image/writing-settings.ts';
import type { StageHold } from '../../domain/image/stage-hold.ts';
import { NotFoundError, RateLimitedError, RowConflictError, UpstreamError } from '../../errors.ts';
import type { Intent } from '../../intents/intent.ts';
import { intentKey } from '../../intents/intent.ts';
import { openIntent, withState } from '../../intents/lifecycle.ts';
import { commandSignal, decideImageCommand, type ImageRunbookDecision } from '../../reactions/image-runbook/index.ts';
import { openedEntry } from '../../reconcile/open-intents.ts';
import type { TargetRef } from '../../reconcile/target-kind.ts';
import { TargetRows, type TargetState, type Transition } from '../../reconcile/target-rows.ts';
import { reconcileAndWake, type ActorDependencies } from '../actor.ts';
import { readStage, stagedImage, type StagedImage } from './stage-versions.ts';
import { branchTarget, targetOf } from './targets.ts';

/** Attempts against other writers of the same branch before the command is put back on the queue. */
const MAX_ATTEMPTS = 20;

type Tools = ActorDependencies;
/** What was decided; `refusal` also where nothing could be read. */
type Decided = Omit<ImageRunbookDecision, 'refusal'> & { readonly refusal?: string };
type Word = Pick<ImageCommandOutcome, 'decision' | 'reason' | 'to' | 'commit'>;

/**
 * Takes one command about an image in a stage: intents of the person who gave it, then the loop. A second delivery finds
 * what the first one left.
 *
 * @returns undefined if the fleet no longer names the image or the stage.
 * @throws RowConflictError if the branch's rows stay contended; StorageUnavailableError.
 */
export async function handleImageCommand(
  given: GivenImageCommand,
  tools: Tools,
): Promise<ImageCommandOutcome | undefined> {
  const staged = stagedImage(await tools.fleet(), given.asked.image, given.asked.stage);
  if (staged === undefined) {
    return undefined;
  }
  const target = branchTarget(staged.rule.gitops);
  const known = await tools.rows.get(target.key, imageCommandKey(given.id));
  if (known !== undefined) {
    return known.value as unknown as ImageCommandOutcome;
  }
  const decided = await decideAndSave(given, staged, tools);
  if (decided.refusal !== undefined) {
    return await keep(given, staged, { word: { decision: 'refuse', reason: decided.refusal }, tools });
  }
  for (const one of new Map([target, writtenThrough(staged)].map((each) => [each.key, each])).values()) {
    await reconcileAndWake(one, tools);
  }
  const after = await new TargetRows(tools.rows).load(target);
  return await keep(given, staged, { word: wordOn(given, decided, after), tools });
}

async function decideAndSave(given: GivenImageCommand, staged: StagedImage, tools: Tools): Promise<Decided> {
  const target = branchTarget(staged.rule.gitops);
  const rows = new TargetRows(tools.rows);
  for (let attempt = 1; ; attempt += 1) {
    const state = await rows.load(target);
    if ([...state.intents.values()].some(({ signals }) => signals.includes(commandSignal(given)))) {
      // Delivered before: what it asked for is there already.
      return { requests: [], releases: [] };
    }
    let decision: ImageRunbookDecision;
    try {
      decision = decideImageCommand(given, await readStage(staged, state, tools));
    } catch (error) {
      if (error instanceof NotFoundError || error instanceof RateLimitedError || error instanceof UpstreamError) {
        // A person waits for the answer: they are told, and ask again.
        return { requests: [], releases: [], refusal: `cannot-read: ${error.message}` };
      }
      throw error;
    }
    const transition = await transitionOf(decision, given, { staged, state, tools });
    if ((transition.intents ?? []).length === 0) {
      return decision;
    }
    try {
      await rows.save(target, state, transition);
      return decision;
    } catch (error) {
      if (!(error instanceof RowConflictError) || attempt === MAX_ATTEMPTS) {
        throw error;
      }
    }
  }
}

interface Saving {
  readonly staged: StagedImage;
  readonly state: TargetState;
  readonly tools: Tools;
}

async function transitionOf(
  { requests, releases }: ImageRunbookDecision,
  given: GivenImageCommand,
  { staged, state, tools }: Saving,
): Promise<Transition> {
  const at = tools.clock.now().toISOString();
  const opened = requests.map((request) => openIntent(state.intents.get(intentKey(request)), request, at).intent);
  const released = releases.flatMap((key): readonly Intent[] => {
    const intent = state.intents.get(key);
    return intent === undefined ? [] : [{ ...withState(intent, 'closed', 'released'), releasedBy: given.by }];
  });
  const { reason } = given.asked;
  const row = await progressAfter([...opened.filter(({ kind }) => kind === 'hold'), ...released], staged, tools);
  return {
    intents: [...opened, ...released],
    facts: row === undefined ? [] : [{ rowKey: progressKey(row), value: row }],
    audit: [
      ...opened.map((intent) => openedEntry(intent, at)),
      ...released.map(({ subject, cause, value }) => ({
        kind: 'intent-released' as const,
        at,
        facts: { subject, cause, value, by: given.by, command: given.id, reason },
      })),
    ],
  };
}

/** The stage's row of progress says as well which digests are held, so that they are not promoted from it either. */
async function progressAfter(
  holds: readonly Intent[],
  { image, rule, stage }: StagedImage,
  { rows, clock }: Tools,
): Promise<StageProgress | undefined> {
  const at = clock.now().toISOString();
  const place = { image, stage: stage.name };
  const stored = await rows.get(branchTarget(rule.gitops).key, progressKey(place));
  const before = (stored?.value as unknown as StageProgress | undefined) ?? newProgress(place, at);
  const after = holds.reduce((row, { value, state, reason }) => {
    const { refuses = [] } = value as unknown as Partial<StageHold>;
    return refuses.reduce(
      (one, digest) =>
        state === 'closed'
          ? withoutHold(one, digest, at)
          : withHold(one, { digest, tag: tagOf(one, digest), cause: 'person', at, reason }),
      row,
    );
  }, before);
  return after === before ? undefined : { ...after, at };
}

/** Empty where the row has never seen the version. */
function tagOf({ current, good }: StageProgress, digest: string): string {
  return [...(current === undefined ? [] : [current]), ...good].find((one) => one.digest === digest)?.tag ?? '';
}

function wordOn(given: GivenImageCommand, decision: Decided, { intents }: TargetState): Word {
  const { command } = given.asked;
  if (decision.isNoop === true) {
    return { decision: 'noop', reason: command === 'release' ? 'nothing-held' : 'already-there' };
  }
  if (command !== 'rollback') {
    return { decision: command === 'hold' ? 'holding' : 'released', reason: '' };
  }
  const rollback = [...intents.values()].find(
    ({ kind, signals }) => kind === 'rollback' && signals.includes(commandSignal(given)),
  );
  const { state, note = '', mode, evidence, value } = rollback ?? {};
  const { evidence: found } = (evidence ?? {}) as { readonly evidence?: { readonly commit?: string } };
  const { tag = decision.to ?? '' } = (value ?? {}) as { readonly tag?: string };
  const to = { to: tag };
  if (state === 'closed') {
    const commit = found?.commit;
    return {
      ...{ decision: commit === undefined ? 'noop' : 'rolled-back', reason: note, ...to },
      ...(commit === undefined ? {} : { commit }),
    };
  }
  if (state === 'blocked') {
    return { decision: 'blocked', reason: note, ...to };
  }
  const waiting = mode === 'propose' ? 'pending-approval' : mode === 'observe' ? 'recorded' : 'taken';
  return { decision: waiting, reason: note, ...to };
}

/** The target that the stage is written through: its branch, or a pull request. */
function writtenThrough({ image, rule, stage }: StagedImage): TargetRef {
  const value = writtenBy(stage.write, rule.gitops.pullRequests, { image, stage: stage.name });
  return targetOf(rule.gitops, { value });
}

async function keep(
  { id, by, at, asked }: GivenImageCommand,
  { image, rule, stage }: StagedImage,
  { word, tools }: { readonly word: Word; readonly tools: Tools },
): Promise<ImageCommandOutcome> {
  const target = writtenThrough({ image, rule, stage });
  const rows = new TargetRows(tools.rows);
  for (let attempt = 1; ; attempt += 1) {
    const state = await rows.load(target);
    const { previews } = state.lane;
    const preview = word.decision === 'pending-approval' ? previews['propose'] : undefined;
    const outcome: ImageCommandOutcome = {
      ...{
        schema: 1,
        id,
        by,
        at,
        command: asked.command,
        asked: digestOf({ ...asked, image, stage: stage.name }),
        image,
        stage: stage.name,
        ...word,
      },
      ...(preview === undefined ? {} : { plan: preview.plan, digest: preview.digest }),
    };
    try {
      await rows.save(target, state, { facts: [{ rowKey: imageCommandKey(id), value: outcome }] });
      return outcome;
    } catch (error) {
      if (!(error instanceof RowConflictError) || attempt === MAX_ATTEMPTS) {
        throw error;
      }
    }
  }
}
