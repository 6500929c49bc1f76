import { sha256 } from '../domain/digest.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { SignalQueue } from '../ports/signal-queue.ts';
import { MAX_INLINE_BYTES, sealEnvelope } from './envelope.ts';

export interface ReceiveDependencies {
  readonly queue: SignalQueue;
  readonly blobs: BlobStore;
  readonly clock: Clock;
}

/**
 * Intake: stores what arrived and nothing else. When this returns, the signal is safe; when it throws, the sender is
 * told to send again.
 *
 * A large body goes to a blob first, named by its bytes: a crash before the message leaves a blob that the
 * redelivery overwrites with itself.
 *
 * @param body - the event as JSON text, unread.
 * @param via - how it came and how its sender was authenticated.
 * @throws StorageUnavailableError
 */
export async function receive(body: string, via: string, { queue, blobs, clock }: ReceiveDependencies): Promise<void> {
  const receivedAt = clock.now().toISOString();
  const bytes = new TextEncoder().encode(body);
  if (JSON.stringify(body).length <= MAX_INLINE_BYTES && bytes.byteLength <= MAX_INLINE_BYTES) {
    await queue.send(sealEnvelope({ kind: 'events', via, receivedAt, body }));
    return;
  }
  const blob = `signals/${receivedAt.slice(0, 10)}/${sha256(bytes)}.json`;
  await blobs.put(blob, bytes, 'any');
  await queue.send(sealEnvelope({ kind: 'events-in-blob', via, receivedAt, blob }));
}
