import { ReflexError, UnreadableSignalError } from '../errors.ts';
import type { Fleet } from '../fleet/model.ts';
import { intentKey, type Intent } from '../intents/intent.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { SignalQueue } from '../ports/signal-queue.ts';
import {
  reactToPush,
  type ImageRolloutDependencies,
  type PushedImage,
  type Rollout,
} from '../reactions/image-rollout/index.ts';
import { openIntents } from '../reconcile/open-intents.ts';
import type { ReconcileDependencies } from '../reconcile/look-context.ts';
import { reconcile } from '../reconcile/reconcile.ts';
import type { TargetRef } from '../reconcile/target-kind.ts';
import { TargetRows } from '../reconcile/target-rows.ts';
import type { Ledger, Outcome } from '../records/ledger.ts';
import type { Parking } from '../records/parking.ts';
import { decodeBody } from '../signals/decode.ts';
import { checkSender } from '../signals/senders.ts';
import type { Decoded, Signal } from '../signals/signal.ts';
import type { gitBranchKind } from '../targets/git-branch/index.ts';
import { recordDecision } from './decision-records.ts';
import { openEnvelope, sealEnvelope } from './envelope.ts';
import type { Edges } from './edges/edges.ts';
import { edgeOutcome } from './edges/outcome.ts';
import { outcomeOf } from './outcome.ts';
import { branchTarget } from './targets.ts';

/** What a queue keeps a message invisible for at most: seven days. */
const MAX_DELAY_MS = 7 * 86_400_000;

/** Everything that the actor works with; composition.ts builds it. */
export interface ActorDependencies extends ReconcileDependencies, ImageRolloutDependencies {
  readonly blobs: BlobStore;
  readonly queue: SignalQueue;
  readonly parking: Parking;
  readonly ledger: Ledger;
  readonly fleet: () => Promise<Fleet>;
  readonly branches: ReturnType<typeof gitBranchKind>;
  readonly edges: Edges;
}

/**
 * Handles one message of the `signals` queue. Returning deletes the message; throwing redelivers it.
 * What cannot be read is parked with its bytes and never thrown.
 */
export async function handleMessage(message: unknown, actor: ActorDependencies): Promise<void> {
  let body: string | Uint8Array;
  let via: string;
  try {
    const envelope = openEnvelope(message);
    if (envelope.kind === 'wake') {
      await wake(envelope.target, actor);
      return;
    }
    if (envelope.kind === 'image') {
      await lookAgain(envelope, actor);
      return;
    }
    if (envelope.kind === 'command') {
      const { id } = envelope.given;
      const became = await actor.edges.command(envelope.given);
      actor.log.info('command handled', { id, decision: became?.decision ?? 'unknown-edge', reason: became?.reason });
      return;
    }
    via = envelope.via;
    body = envelope.kind === 'events' ? envelope.body : await fetchBody(envelope.blob, actor);
  } catch (error) {
    if (error instanceof UnreadableSignalError) {
      await actor.parking.park(bytesOf(message), { code: error.code, reason: error.message, via: 'queue' });
      return;
    }
    throw error;
  }
  const decoded = decodeBody(body);
  const failures: unknown[] = [];
  for (const one of decoded) {
    try {
      await handleDecoded(one, { body, via }, actor);
    } catch (error) {
      // The other events of the batch go on; the redelivery finds them in the ledger.
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    throw failures[0];
  }
}

async function wake(target: TargetRef, actor: ActorDependencies): Promise<void> {
  if (target.kind === 'edge') {
    await actor.edges.look(target.key);
  } else {
    await reconcileAndWake(target, actor);
  }
}

/** Looks at a target once and, if the loop asks for it, leaves a message that looks again. */
export async function reconcileAndWake(target: TargetRef, actor: ActorDependencies): Promise<void> {
  const { outcome, wakeInMs } = await reconcile(target, actor.branches, actor);
  actor.log.info('target reconciled', { target: target.key, outcome, wakeInMs });
  if (wakeInMs !== undefined) {
    await actor.queue.send(sealEnvelope({ kind: 'wake', target }), wakeInMs);
  }
}

interface Received {
  readonly body: string | Uint8Array;
  readonly via: string;
}

async function handleDecoded(decoded: Decoded, { body, via }: Received, actor: ActorDependencies): Promise<void> {
  if (decoded.outcome !== 'known') {
    const code = decoded.outcome === 'rejected' ? decoded.code : 'unknown-event';
    await park({ code, reason: decoded.reason, family: decoded.family }, { body, via }, actor);
    return;
  }
  const { signal } = decoded;
  if (signal.family === 'alert' && !signal.data.isVersionKnown) {
    const reason = `essentialsVersion ${signal.data.essentialsVersion ?? ''} is newer than this version of reflex`;
    await park({ code: 'unsupported-version', reason, family: signal.family }, { body, via }, actor);
    return;
  }
  const sender = checkSender(signal, await actor.fleet());
  if (!sender.counts) {
    await park({ ...sender, family: signal.family }, { body, via }, actor);
    return;
  }
  const key = `${signal.source.toLowerCase()}#${signal.id}`;
  if (!(await isFinished(key, actor))) {
    await finishSignal({ key, type: signal.type, via }, await react(signal, key, actor), actor);
  }
}

async function isFinished(key: string, { ledger, log }: ActorDependencies): Promise<boolean> {
  const known = await ledger.find(key);
  if (known === undefined || known.outcome === 'held') {
    return false;
  }
  log.info('signal finished', { signal: key, outcome: 'unchanged', reason: 'duplicate', record: known.record });
  return true;
}

interface Finishing {
  readonly key: string;
  readonly type: string;
  readonly via: string;
}

async function finishSignal(
  { key, type, via }: Finishing,
  { outcome, explained }: Explained,
  { clock, blobs, ledger, log }: ActorDependencies,
): Promise<void> {
  const at = clock.now().toISOString();
  const record = await recordDecision({ signal: key, type, at, via, outcome, explained }, blobs);
  await ledger.record({ schema: 1, signal: key, at, record, ...outcome });
  log.info('signal finished', { signal: key, outcome: outcome.outcome, reason: outcome.reason, record });
}

async function react(signal: Signal, key: string, actor: ActorDependencies): Promise<Explained> {
  if (signal.family === 'alert') {
    const answers = await actor.edges.alert(signal, key);
    return { outcome: edgeOutcome(answers), explained: { answers } };
  }
  if (signal.family !== 'registry' || signal.data.action !== 'push') {
    return { outcome: { outcome: 'held', reason: 'no-reaction' }, explained: {} };
  }
  const fleet = await actor.fleet();
  const registry = fleet.registries.find(({ resourceId }) => resourceId.key === signal.sourceId.key);
  if (registry === undefined) {
    return { outcome: { outcome: 'held', reason: 'not-watched' }, explained: {} };
  }
  const { repository, tag, digest } = signal.data;
  const names = { ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
  return await rollOut({ loginServer: registry.loginServer, repository, ...names, signal: key }, 0, actor);
}

interface Explained {
  readonly outcome: Outcome;
  readonly explained: object;
}

/** @param look - how often this push has been looked at before, because a gate waited. */
async function rollOut(pushed: PushedImage, look: number, actor: ActorDependencies): Promise<Explained> {
  const signal = lookKey(pushed, look);
  const rollout = await reactToPush({ ...pushed, signal }, await actor.fleet(), actor);
  const outcome = outcomeOf(rollout.held, await applyRollout(rollout, actor));
  if (rollout.lookAgainAt === undefined) {
    return { outcome, explained: rollout };
  }
  // The wait is a message, so that it outlives every process; its delivery twice leads to the same intents.
  const delayMs = Math.max(0, Date.parse(rollout.lookAgainAt) - actor.clock.now().getTime());
  await actor.queue.send(sealEnvelope({ kind: 'image', pushed, look: look + 1 }), Math.min(delayMs, MAX_DELAY_MS));
  return { outcome, explained: { ...rollout, nextLook: lookKey(pushed, look + 1) } };
}

async function lookAgain(
  { pushed, look }: { readonly pushed: PushedImage; readonly look: number },
  actor: ActorDependencies,
): Promise<void> {
  const finish: Finishing = { key: lookKey(pushed, look), type: 'gate-look', via: 'queue' };
  // Its row is written after the next look was sent: a second delivery would only double what waits.
  if ((await actor.ledger.find(finish.key)) === undefined) {
    await finishSignal(finish, await rollOut(pushed, look, actor), actor);
  }
}

/** Each look is an occasion of its own: what an earlier one of the same push brought about is no answer to it. */
function lookKey({ signal }: PushedImage, look: number): string {
  return look === 0 ? signal : `${signal}/look/${look}`;
}

/** Opens the intents of a rollout, branch by branch, and lets the loop look at each branch. */
async function applyRollout({ requests }: Rollout, actor: ActorDependencies): Promise<readonly Intent[]> {
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

async function park(
  { code, reason, family }: { readonly code: string; readonly reason: string; readonly family?: string | undefined },
  { body, via }: Received,
  { parking, log }: ActorDependencies,
): Promise<void> {
  const blob = await parking.park(bytesOf(body), { code, reason, via });
  log.warn('signal parked', { code, family, via, blob });
}

async function fetchBody(name: string, { blobs }: ActorDependencies): Promise<Uint8Array> {
  const blob = await blobs.get(name);
  if (blob === undefined) {
    throw new UnreadableSignalError(`the body ${name} is gone`);
  }
  return blob.bytes;
}

function bytesOf(content: unknown): Uint8Array {
  if (content instanceof Uint8Array) {
    return content;
  }
  return new TextEncoder().encode(typeof content === 'string' ? content : describe(content));
}

function describe(content: unknown): string {
  try {
    return JSON.stringify(content);
  } catch (error) {
    return error instanceof ReflexError ? error.code : 'content that cannot be written as JSON';
  }
}
