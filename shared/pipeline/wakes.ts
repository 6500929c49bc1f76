import type { Clock } from '../ports/clock.ts';
import type { SignalQueue } from '../ports/signal-queue.ts';
import type { TargetRef } from '../reconcile/target-kind.ts';
import { sealEnvelope, type WakeReason } from './envelope.ts';

/**
 * Sends wake messages, one at a time for each target and reason: whoever finds it looks for everybody, and asks for the
 * next one. Else each signal and tick would leave one of its own, each of those another, and a write that is at work for
 * 20 minutes would be asked after hundreds of times a minute.
 *
 * Only what this process has sent is known, so several processes leave as many. A message that is lost costs what is left
 * of the minute until the tick.
 */
export class Wakes {
  readonly #queue: SignalQueue;
  readonly #clock: Clock;
  /** When the last one arrives, in ms since the epoch, by target and reason. */
  readonly #due = new Map<string, number>();

  constructor({ queue, clock }: { readonly queue: SignalQueue; readonly clock: Clock }) {
    this.#queue = queue;
    this.#clock = clock;
  }

  /**
   * Has a target looked at by then, unless that is so already.
   * @throws StorageUnavailableError if the message may not have been stored.
   */
  async send(target: TargetRef, inMs: number, why?: WakeReason): Promise<void> {
    const now = this.#clock.now().getTime();
    const key = `${why ?? ''} ${target.kind} ${target.key}`;
    const due = this.#due.get(key) ?? -Infinity;
    if (due > now && due <= now + inMs) {
      return;
    }
    await this.#queue.send(sealEnvelope({ kind: 'wake', target, ...(why === undefined ? {} : { why }) }), inMs);
    // Clocks tell whole milliseconds: it must not seem to be still on its way when it has come.
    this.#due.set(key, now + Math.floor(inMs));
  }
}
