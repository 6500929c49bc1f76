import { DEFAULT_GUARDS, type ImageGuards } from '../../domain/image/guards.ts';
import type { Placement } from '../../domain/image/placement.ts';
import { parseImageReference } from '../../domain/image/reference.ts';
import type { StageHold } from '../../domain/image/stage-hold.ts';
import type { Fleet } from '../../fleet/model.ts';
import type { IntentRequest } from '../../intents/lifecycle.ts';
import type { HistoryCommit } from '../../ports/git-repository.ts';
import { guard, type GuardFacts, type GuardReason, type GuardVerdict } from '../../reactions/image-rollout/guards.ts';
import type { Rollout } from '../../reactions/image-rollout/index.ts';
import type { Alarm } from '../../reconcile/open-intents.ts';
import { ourWrites } from '../../targets/git-branch/index.ts';
import type { ActorDependencies } from '../actor.ts';
import type { Standing } from './standing-by.ts';
import { stagedImage, type StagedImage } from './stage-versions.ts';
import { branchTarget } from './targets.ts';

type Request = Rollout['requests'][number];

/** What a guard said of one request, for the decision record. */
export interface GuardRecord {
  readonly subject: string;
  readonly verdict: GuardVerdict;
}

export interface Guarded {
  /** What may be asked for; with it the holds on what may not. */
  readonly requests: readonly Request[];
  /** Subjects for which people are called when the request is news. */
  readonly alarms: ReadonlyMap<string, Alarm>;
  readonly held: readonly { readonly rule?: string; readonly reason: GuardReason; readonly detail: string }[];
  readonly records: readonly GuardRecord[];
  readonly retryInMs?: number;
}

interface Tools extends Pick<ActorDependencies, 'clock' | 'registry' | 'git'> {
  /** What the branches show, as the choice that is guarded saw it. */
  readonly standing: Standing;
}

/**
 * Asks the guards about what a push asks for. What a guard holds is asked for all the same, with a hold on its digest
 * beside it: a person can see both, and lets the digest in by letting go of the hold.
 *
 * @throws what the Git host and the registry throw: a guard that cannot see lets nothing through.
 */
export async function guardRequests(
  { requests, choices }: Pick<Rollout, 'requests' | 'choices'>,
  fleet: Fleet,
  tools: Tools,
): Promise<Guarded> {
  const { standing } = tools;
  const histories = new Map<string, Promise<readonly HistoryCommit[]>>();
  const through: Request[] = [];
  const alarms = new Map<string, Alarm>();
  const held: Guarded['held'][number][] = [];
  const records: GuardRecord[] = [];
  const waits: number[] = [];
  for (const one of requests) {
    const { image, stage } = one.request.value as Placement;
    const staged = stagedImage(fleet, image, stage);
    if (staged === undefined) {
      through.push(one);
      continue;
    }
    const key = branchTarget(one.gitops).key;
    const { rule, stage: found } = staged;
    const history = histories.get(key) ?? historyOf(one, async () => await standing.head(image, rule, found), tools);
    histories.set(key, history);
    const candidates = (choices.find((choice) => choice.rule === rule.name && choice.stage === stage)?.considered ?? [])
      .filter(({ verdict }) => verdict !== 'not-a-candidate')
      .map(({ tag }) => tag);
    // Both at once: a read that fails while nobody waits for it would end the process.
    const [shown, past] = await Promise.all([standing.at(image, rule, found), history]);
    const facts = { candidates, standing: shown, history: past };
    const verdict = guard(guardsOf(staged), await factsOf(one.request, staged, { ...facts, tools }));
    records.push({ subject: one.request.subject, verdict });
    if (verdict.outcome === 'pass') {
      through.push(one);
      continue;
    }
    const { reason, detail } = verdict;
    if (verdict.outcome === 'wait') {
      held.push({ rule: rule.name, reason, detail });
      waits.push(verdict.waitMs);
      continue;
    }
    alarms.set(one.request.subject, alarmOf(verdict, { image, stage }));
    through.push(one);
    if (verdict.outcome === 'hold') {
      held.push({ rule: rule.name, reason, detail });
      through.push({ gitops: one.gitops, request: holdOf(one.request, reason, detail) });
    }
  }
  const waitMs = Math.min(...waits);
  return { requests: through, alarms, held, records, ...(waitMs < Infinity ? { retryInMs: waitMs } : {}) };
}

async function historyOf(
  { gitops }: Request,
  head: () => Promise<string>,
  { git }: Tools,
): Promise<readonly HistoryCommit[]> {
  return await (await git(gitops)).history(await head());
}

/** Only versions can go too far: a build number or a date is no part of one. */
function guardsOf({ rule: { guards = DEFAULT_GUARDS, policy } }: StagedImage): ImageGuards {
  const hasVersions = policy.kind === 'semver' || policy.kind === 'bump' || policy.kind === 'variant';
  return hasVersions ? guards : { ...guards, maxJump: 'any' };
}

interface Seen extends Pick<GuardFacts, 'standing' | 'candidates'> {
  readonly history: readonly HistoryCommit[];
  readonly tools: Tools;
}

async function factsOf(
  { subject, value }: IntentRequest,
  { rule }: StagedImage,
  { standing, candidates, history, tools }: Seen,
): Promise<GuardFacts> {
  const { image, tag, digest } = value as Placement;
  const ours = ourWrites(history);
  const { repository = rule.repository } = parseImageReference(image) ?? {};
  // Nothing of ours, no loop: the registry is not asked.
  const manifest = ours.length === 0 ? undefined : await tools.registry(rule.registry).manifest(repository, digest);
  return {
    ...{ tag, digest, standing, candidates },
    isFollowed: rule.policy.kind === 'digest',
    written: ours.filter((write) => write.subject === subject),
    ourCommits: [...new Set(ours.map(({ commit }) => commit))],
    revision: manifest?.annotations['org.opencontainers.image.revision'],
    now: tools.clock.now(),
  };
}

/** Says all of it: whoever reads the page may have nothing else at hand. */
function alarmOf(
  { outcome, reason, detail }: Exclude<GuardVerdict, { readonly outcome: 'pass' }>,
  { image, stage }: Pick<Placement, 'image' | 'stage'>,
): Alarm {
  const next =
    outcome === 'hold' ? `To let it in: reflex images release ${image} ${stage}` : 'It goes on all the same.';
  return { reason, advice: `${detail}. ${next}` };
}

/** One for each guard and stage; its signals name the digest, so that one that was let go of does not come back. */
function holdOf({ subject, value, asOf }: IntentRequest, reason: GuardReason, detail: string): IntentRequest {
  const { image, stage, tag, digest } = value as Placement;
  const hold: StageHold = { image, stage, refuses: [digest] };
  return {
    ...{ subject, by: { reaction: 'image-rollout' }, cause: reason, kind: 'hold', value: hold, mode: 'enforce' },
    reason: detail,
    signals: [`${reason}#${tag}@${digest}`],
    asOf,
  };
}
