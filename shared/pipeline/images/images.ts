import { intentKey, type Intent } from '../../intents/intent.ts';
import { reactToPush, type PushedImage, type Rollout } from '../../reactions/image-rollout/index.ts';
import { openIntents, type Alarm } from '../../reconcile/open-intents.ts';
import { TargetRows } from '../../reconcile/target-rows.ts';
import type { Outcome } from '../../records/ledger.ts';
import type { RegistryData } from '../../signals/event-grid/registry.ts';
import { reconcileAndWake, type ActorDependencies } from '../actor.ts';
import { sealEnvelope } from '../envelope.ts';
import { finishSignal } from '../finish-signal.ts';
import { guardRequests, type Guarded } from './guard-rollout.ts';
import { outcomeOf } from '../outcome.ts';
import { standingBy } from './standing-by.ts';
import { targetOf } from './targets.ts';

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
  const standing = standingBy(actor);
  const dependencies = { ...actor, standing: standing.at };
  const rollout = await reactToPush({ ...pushed, signal }, await actor.fleet(), dependencies);
  const readMs = actor.clock.now().getTime() - startedAt.getTime();
  const guarded = await guardRequests(rollout, await actor.fleet(), { ...actor, standing });
  const intents = await applyRequests(guarded.requests, actor, guarded.alarms);
  const retryInMs = Math.min(rollout.retryInMs ?? Infinity, guarded.retryInMs ?? Infinity);
  const timings = {
    raisedAt: pushed.raisedAt,
    startedAt: startedAt.toISOString(),
    readMs,
    totalMs: actor.clock.now().getTime() - startedAt.getTime(),
  };
  const next = await comeBack(pushed, look, rollout.lookAgainAt, actor);
  return {
    outcome: guardedOutcome(outcomeOf([...rollout.held, ...guarded.held], intents), guarded),
    explained: { event: pushed, ...rollout, ...next, guards: guarded.records, intents: intents.map(endOf), timings },
    ...(retryInMs < Infinity ? { retryInMs } : {}),
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

/** A hold that a guard has opened is told by the guard's code. */
export function guardedOutcome(outcome: Outcome, { held }: Pick<Guarded, 'held'>): Outcome {
  const [first] = held;
  return outcome.reason === 'shadowed-by:hold' && first !== undefined ? { ...outcome, reason: first.reason } : outcome;
}

/**
 * Opens intents, target by target, and lets the loop look at each.
 * @param alarms - subjects of requests for which people are called where they are news.
 * @returns those that ask for a version.
 */
export async function applyRequests(
  requests: Rollout['requests'],
  actor: ActorDependencies,
  alarms: ReadonlyMap<string, Alarm> = new Map(),
): Promise<readonly Intent[]> {
  const rows = new TargetRows(actor.rows);
  const found = requests.map(({ gitops, request }) => ({ target: targetOf(gitops, request), request }));
  const targets = new Map(found.map(({ target }) => [target.key, target]));
  const intents: Intent[] = [];
  for (const target of targets.values()) {
    const wanted = found.filter((one) => one.target.key === target.key).map(({ request }) => request);
    await openIntents(rows, target, { requests: wanted, now: () => actor.clock.now(), alarms });
    await reconcileAndWake(target, actor);
    const after = await rows.load(target);
    const versions = wanted.filter(({ kind }) => kind === 'image');
    intents.push(...versions.flatMap((request) => after.intents.get(intentKey(request)) ?? []));
  }
  return intents;
}
