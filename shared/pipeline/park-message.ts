import { openEnvelope } from './envelope.ts';
import type { ActorDependencies } from './actor.ts';

/** Parks a message that the host has given up on. Its target, if it was a wake message, is looked at by the tick. */
export async function parkMessage(message: unknown, { parking, log }: ActorDependencies): Promise<void> {
  const bytes = new TextEncoder().encode(typeof message === 'string' ? message : JSON.stringify(message));
  const reason = `failed more often than the queue allows: ${kindOf(message)}`;
  const blob = await parking.park(bytes, { code: 'REFLEX_RETRIES_EXHAUSTED', reason, via: 'signals-poison' });
  log.error('message parked after its last attempt', { blob, reason });
}

function kindOf(message: unknown): string {
  try {
    return openEnvelope(message).kind;
  } catch {
    return 'unreadable';
  }
}
