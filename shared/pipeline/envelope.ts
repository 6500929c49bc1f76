import * as z from 'zod';

import { EdgeCommand, type GivenCommand } from '../commands/edge-command.ts';
import { ImageCommand, type GivenImageCommand } from '../commands/image-command.ts';
import { isDigest, isRepository, isTag } from '../domain/image/reference.ts';
import { UnreadableSignalError } from '../errors.ts';
import type { PushedImage } from '../reactions/image-rollout/index.ts';
import type { TargetRef } from '../reconcile/target-kind.ts';

/** Bytes of a message that fit the queue as base64 with room for the envelope. */
export const MAX_INLINE_BYTES = 40 * 1024;

/** A message of the `signals` queue that we wrote ourselves. */
export type Envelope =
  | { readonly kind: 'events'; readonly via: string; readonly receivedAt: string; readonly body: string }
  | { readonly kind: 'events-in-blob'; readonly via: string; readonly receivedAt: string; readonly blob: string }
  | { readonly kind: 'wake'; readonly target: TargetRef; readonly why?: WakeReason }
  | { readonly kind: 'command'; readonly given: GivenCommand }
  | { readonly kind: 'image-command'; readonly given: GivenImageCommand }
  | { readonly kind: 'image'; readonly pushed: PushedImage; readonly look: number };

/** What a wake message was sent for: a plan that goes on, a set of bad regions that is waited for, a region's health. */
export type WakeReason = 'plan' | 'settle' | 'health';

const MARK = 'aks-reflex/1';
const Given = z.strictObject({ id: z.string().min(1), by: z.string().min(1), at: z.string(), asked: EdgeCommand });
const GivenForImage = Given.extend({ asked: ImageCommand });

/** A push whose gates wait: looked at again, for the `look`th time. */
const Pushed = z.object({
  loginServer: z.string().min(1),
  repository: z.string().refine(isRepository),
  tag: z.string().refine(isTag).exactOptional(),
  digest: z.string().refine(isDigest).exactOptional(),
  signal: z.string().min(1),
  raisedAt: z.iso.datetime(),
});
const Look = z.object({ kind: z.literal('image'), pushed: Pushed, look: z.int().min(1) });

/** Queue text of an envelope. */
export function sealEnvelope(envelope: Envelope): string {
  return JSON.stringify({ envelope: MARK, ...envelope });
}

/**
 * Reads a queue message: one of our envelopes, or an event that Event Grid put there itself.
 *
 * The queue takes writes from our own identity and from Event Grid's only, so the mark tells formats apart; it proves
 * nothing, and senders are checked after decoding either way.
 *
 * @param message - text, or what the host made of it (parsed JSON).
 * @throws UnreadableSignalError if the mark is there but the rest is not ours.
 */
export function openEnvelope(message: unknown): Envelope {
  if (typeof message !== 'object' || message === null || !Object.hasOwn(message, 'envelope')) {
    return { kind: 'events', via: 'queue', receivedAt: '', body: toText(message) };
  }
  const { envelope, kind, via, receivedAt, body, blob, target, why, given } = message as Record<string, unknown>;
  if (envelope === MARK) {
    if (kind === 'wake' && isTarget(target)) {
      return why === 'plan' || why === 'settle' || why === 'health' ? { kind, target, why } : { kind, target };
    }
    const again = Look.safeParse(message).data;
    if (again !== undefined) {
      return again;
    }
    const command = kind === 'command' ? Given.safeParse(given).data : undefined;
    if (command !== undefined) {
      return { kind: 'command', given: command };
    }
    const forImage = kind === 'image-command' ? GivenForImage.safeParse(given).data : undefined;
    if (forImage !== undefined) {
      return { kind: 'image-command', given: forImage };
    }
    if (typeof via === 'string' && typeof receivedAt === 'string') {
      if (kind === 'events' && typeof body === 'string') {
        return { kind, via, receivedAt, body };
      }
      if (kind === 'events-in-blob' && typeof blob === 'string' && blob.startsWith('signals/')) {
        return { kind, via, receivedAt, blob };
      }
    }
  }
  throw new UnreadableSignalError('the message is marked as an envelope of ours but is none');
}

function toText(message: unknown): string {
  // Deep nesting exhausts the stack of JSON.stringify; such a message is parked by what could be read of it.
  try {
    return typeof message === 'string' ? message : JSON.stringify(message);
  } catch (error) {
    throw new UnreadableSignalError('the message nests too deeply', { cause: error });
  }
}

function isTarget(value: unknown): value is TargetRef {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    'key' in value &&
    typeof value.kind === 'string' &&
    typeof value.key === 'string'
  );
}
