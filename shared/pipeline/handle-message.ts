import { ReflexError, UnreadableSignalError } from '../errors.ts';
import type { Fleet, FleetRepository } from '../fleet/model.ts';
import { intentKey, type Intent } from '../intents/intent.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { GitRepository } from '../ports/git-repository.ts';
import type { SignalQueue } from '../ports/signal-queue.ts';
import { reactToPush, type ImageRolloutDependencies, type Rollout } from '../reactions/image-rollout/index.ts';
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
import { handleImageCommand } from './image-commands.ts';
import { outcomeOf } from './outcome.ts';
import { branchTarget } from './targets.ts';

/** Everything that the actor works with; composition.ts builds it. */
export interface ActorDependencies extends ReconcileDependencies, ImageRolloutDependencies {
  readonly blobs: BlobStore;
  readonly queue: SignalQueue;
  readonly parking: Parking;
  readonly ledger: Ledger;
  readonly fleet: () => Promise<Fleet>;
  readonly branches: ReturnType<typeof gitBranchKind>;
  readonly git: (repository: FleetRepository) => Promise<GitRepository>;
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
    if (envelope.kind === 'command') {
      const { id } = envelope.given;
      const became = await actor.edges.command(envelope.given);
      actor.log.info('command handled', { id, decision: became?.decision ?? 'unknown-edge', reason: became?.reason });
      return;
    }
    if (envelope.kind === 'image-command') {
      const { id } = envelope.given;
      const became = await handleImageCommand(envelope.given, actor);
      actor.log.info('command handled', { id, decision: became?.decision ?? 'unknown-image', reason: became?.reason });
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
  const known = await actor.ledger.find(key);
  if (known !== undefined && known.outcome !== 'held') {
    actor.log.info('signal finished', { signal: key, outcome: 'unchanged', reason: 'duplicate', record: known.record });
    return;
  }
  const { outcome, explained } = await react(signal, key, actor);
  const at = actor.clock.now().toISOString();
  const record = await recordDecision({ signal: key, type: signal.type, at, via, outcome, explained }, actor.blobs);
  await actor.ledger.record({ schema: 1, signal: key, at, record, ...outcome });
  actor.log.info('signal finished', { signal: key, outcome: outcome.outcome, reason: outcome.reason, record });
}

async function react(
  signal: Signal,
  key: string,
  actor: ActorDependencies,
): Promise<{ readonly outcome: Outcome; readonly explained: object }> {
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
  const { repository, tag } = signal.data;
  const pushed = { loginServer: registry.loginServer, repository, signal: key, ...(tag === undefined ? {} : { tag }) };
  const rollout = await reactToPush(pushed, fleet, actor);
  return { outcome: outcomeOf(rollout.held, await applyRollout(rollout, actor)), explained: rollout };
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
