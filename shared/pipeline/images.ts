import type { CurrentImage } from '../domain/image/policy.ts';
import type { Placement } from '../domain/image/placement.ts';
import { parseImageReference } from '../domain/image/reference.ts';
import type { FleetImage, FleetStage } from '../fleet/model.ts';
import { intentKey, type Intent } from '../intents/intent.ts';
import { reactToPush, type PushedImage, type Rollout } from '../reactions/image-rollout/index.ts';
import { openIntents } from '../reconcile/open-intents.ts';
import type { TargetRef } from '../reconcile/target-kind.ts';
import { TargetRows } from '../reconcile/target-rows.ts';
import type { Outcome } from '../records/ledger.ts';
import type { RegistryData } from '../signals/event-grid/registry.ts';
import { standingAt } from '../targets/git-branch/index.ts';
import { reconcileAndWake, type ActorDependencies } from './actor.ts';
import { sealEnvelope } from './envelope.ts';
import { finishSignal } from './finish-signal.ts';
import { outcomeOf } from './outcome.ts';
import { branchTarget } from './targets.ts';

/** What became of a push; `retryInMs` where the registry does not show it yet. */
export interface PushOutcome {
  readonly outcome: Outcome;
  readonly explained: object;
  readonly retryInMs?: number;
}

/** Rolls a pushed image out: reads its registry, opens intents, lets the loop look at each branch. */
export async function handlePush(
  { repository, tag, digest, timestamp }: RegistryData,
  { loginServer, signal }: { readonly loginServer: string; readonly signal: string },
  actor: ActorDependencies,
): Promise<PushOutcome> {
  const pushed = {
    ...{ loginServer, repository, signal, raisedAt: timestamp.toISOString() },
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
  return await lookAtPush(pushed, 0, actor);
}

/** Looks once more at a push whose gate was waited for. A second delivery of the same look does nothing. */
export async function lookAgain(
  { pushed, look }: { readonly pushed: PushedImage; readonly look: number },
  actor: ActorDependencies,
): Promise<void> {
  const finish = { key: lookKey(pushed, look), type: 'gate-look', via: 'queue' };
  // Its row is written after the next look was sent: a second delivery would only double what waits.
  if ((await actor.ledger.find(finish.key)) === undefined) {
    await finishSignal(finish, await lookAtPush(pushed, look, actor), actor);
  }
}

/** @param look - how often this push has been looked at before, because a gate waited. */
async function lookAtPush(pushed: PushedImage, look: number, actor: ActorDependencies): Promise<PushOutcome> {
  const signal = lookKey(pushed, look);
  const startedAt = actor.clock.now();
  const dependencies = { ...actor, standing: standingBy(actor) };
  const rollout = await reactToPush({ ...pushed, signal }, await actor.fleet(), dependencies);
  const readMs = actor.clock.now().getTime() - startedAt.getTime();
  const intents = await applyRequests(rollout.requests, actor);
  const { retryInMs } = rollout;
  const timings = {
    raisedAt: pushed.raisedAt,
    startedAt: startedAt.toISOString(),
    readMs,
    totalMs: actor.clock.now().getTime() - startedAt.getTime(),
  };
  const next = await comeBack(pushed, look, rollout.lookAgainAt, actor);
  return {
    outcome: outcomeOf(rollout.held, intents),
    explained: { event: pushed, ...rollout, ...next, intents: intents.map(endOf), timings },
    ...(retryInMs === undefined ? {} : { retryInMs }),
  };
}

/** What a queue keeps a message invisible for at most: seven days. */
const MAX_DELAY_MS = 7 * 86_400_000;

/** The wait is a message, so that it outlives every process; its delivery twice leads to the same intents. */
async function comeBack(
  pushed: PushedImage,
  look: number,
  lookAgainAt: string | undefined,
  { queue, clock }: ActorDependencies,
): Promise<{ readonly nextLook?: string }> {
  if (lookAgainAt === undefined) {
    return {};
  }
  const delayMs = Math.max(0, Date.parse(lookAgainAt) - clock.now().getTime());
  await queue.send(sealEnvelope({ kind: 'image', pushed, look: look + 1 }), Math.min(delayMs, MAX_DELAY_MS));
  return { nextLook: lookKey(pushed, look + 1) };
}

/** Each look is an occasion of its own: what an earlier one of the same push brought about is no answer to it. */
function lookKey({ signal }: PushedImage, look: number): string {
  return look === 0 ? signal : `${signal}/look/${look}`;
}

function endOf({ subject, state, note, evidence }: Intent): object {
  return { subject, state, note, evidence };
}

/** Opens intents, branch by branch, and lets the loop look at each branch. */
export async function applyRequests(
  requests: Rollout['requests'],
  actor: ActorDependencies,
): Promise<readonly Intent[]> {
  const rows = new TargetRows(actor.rows);
  const byTarget = Map.groupBy(requests, ({ gitops }) => branchTarget(gitops).key);
  const intents: Intent[] = [];
  for (const [key, group] of byTarget) {
    const target: TargetRef = { kind: 'git-branch', key };
    const wanted = group.map(({ request }) => request);
    await openIntents(rows, target, { requests: wanted, now: () => actor.clock.now() });
    await reconcileAndWake(target, actor);
    const after = await rows.load(target);
    intents.push(...wanted.flatMap((request) => after.intents.get(intentKey(request)) ?? []));
  }
  return intents;
}

/** Reads what stands at a stage as the loop would read it, so that both see the same files; each stage's files once. */
export function standingBy({ branches, clock }: Pick<ActorDependencies, 'branches' | 'clock'>) {
  const seen = new Map<string, ReturnType<typeof branches.observe>>();
  return async (image: string, rule: FleetImage, stage: FleetStage): Promise<readonly CurrentImage[]> => {
    const name = parseImageReference(image);
    if (name === undefined) {
      return [];
    }
    const now = clock.now();
    const target = branchTarget(rule.gitops);
    const place = { paths: stage.paths, ...(rule.keys === undefined ? {} : { keys: rule.keys }) };
    const key = JSON.stringify([target.key, place]);
    const observing =
      seen.get(key) ??
      branches.observe(target, {
        acting: [lookingAt({ ...place, image, stage: stage.name }, now.toISOString())],
        leaving: [],
        fields: [],
        journal: [],
        others: { intents: [], fields: [] },
        isUndoing: false,
        now,
      });
    seen.set(key, observing);
    const observed = await observing;
    return standingAt(observed, name, place);
  };
}

/** An intent that is never stored: it only says which files are to be read. */
function lookingAt(place: Pick<Placement, 'image' | 'stage' | 'paths' | 'keys'>, at: string): Intent {
  return {
    ...{ schema: 1, subject: `${place.image}@${place.stage}`, by: { reaction: 'image-rollout' }, cause: 'look' },
    ...{ kind: 'image', mode: 'observe', reason: 'what stands there', signals: [], asOf: at, openedAt: at },
    state: 'open',
    value: place,
  };
}
