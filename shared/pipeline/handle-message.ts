import { ReflexError, UnreadableSignalError } from '../errors.ts';
import { decodeBody } from '../signals/decode.ts';
import { checkSender, checkWayIn } from '../signals/senders.ts';
import type { Decoded, Signal } from '../signals/signal.ts';
import { reconcileAndWake, type ActorDependencies } from './actor.ts';
import { openEnvelope, type Envelope } from './envelope.ts';
import { edgeOutcome } from './edges/outcome.ts';
import { finishSignal, isFinished } from './finish-signal.ts';
import { handleImageCommand } from './images/commands.ts';
import { handlePush, lookAgain, type PushOutcome } from './images/images.ts';

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
      await wake(envelope, actor);
      return;
    }
    if (envelope.kind === 'image') {
      await lookAgain(envelope, actor);
      return;
    }
    if (envelope.kind === 'command') {
      const { id } = envelope.given;
      const became = await actor.edges.command(envelope.given);
      await actor.clusters.follow();
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
  const waits: number[] = [];
  for (const one of decoded) {
    try {
      waits.push((await handleDecoded(one, { body, via }, actor)) ?? Infinity);
    } catch (error) {
      // The other events of the batch go on; the redelivery finds them in the ledger.
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    throw failures[0];
  }
  const waitMs = Math.min(...waits);
  if (waitMs < Infinity) {
    // The same message comes back once, whatever it holds: what is done by then is a duplicate.
    await actor.queue.send(typeof message === 'string' ? message : JSON.stringify(message), waitMs);
  }
}

async function wake({ target, why }: Extract<Envelope, { kind: 'wake' }>, actor: ActorDependencies): Promise<void> {
  if (target.kind === 'edge') {
    await actor.edges.look(target.key, why);
  } else if (target.kind === 'cluster') {
    await actor.clusters.look(target.key);
  } else {
    await reconcileAndWake(target, actor);
  }
}

interface Received {
  readonly body: string | Uint8Array;
  readonly via: string;
}

/** @returns when to come back to it, for what its source does not show yet. */
async function handleDecoded(
  decoded: Decoded,
  { body, via }: Received,
  actor: ActorDependencies,
): Promise<number | undefined> {
  if (decoded.outcome !== 'known') {
    const code = decoded.outcome === 'rejected' ? decoded.code : 'unknown-event';
    await park({ code, reason: decoded.reason, family: decoded.family }, { body, via }, actor);
    return undefined;
  }
  const { signal } = decoded;
  if (signal.family === 'alert' && !signal.data.isVersionKnown) {
    const reason = `essentialsVersion ${signal.data.essentialsVersion ?? ''} is newer than this version of reflex`;
    await park({ code: 'unsupported-version', reason, family: signal.family }, { body, via }, actor);
    return;
  }
  const sender = checkWayIn(signal, via) ?? checkSender(signal, await actor.fleet());
  if (!sender.counts) {
    await park({ ...sender, family: signal.family }, { body, via }, actor);
    return undefined;
  }
  const key = `${signal.source.toLowerCase()}#${signal.id}`;
  if (await isFinished(key, actor)) {
    return undefined;
  }
  const { retryInMs, ...ended } = await react(signal, key, actor);
  await finishSignal({ key, type: signal.type, via }, ended, actor);
  return retryInMs;
}

async function react(signal: Signal, key: string, actor: ActorDependencies): Promise<PushOutcome> {
  if (signal.family === 'alert') {
    const answers = await actor.edges.alert(signal, key);
    await actor.clusters.follow();
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
  return await handlePush(signal.data, { loginServer: registry.loginServer, signal: key }, actor);
}

async function park(
  { code, reason, family }: { readonly code: string; readonly reason: string; readonly family?: string | undefined },
  { body, via }: Received,
  { parking, log }: ActorDependencies,
): Promise<void> {
  const blob = await parking.park(bytesOf(body), { code, reason, via });
  log.warn('signal parked', { code, family, via, reason, blob });
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
