import type { Clock } from '../../ports/clock.ts';
import type { SignalQueue } from '../../ports/signal-queue.ts';
import { assertMessage } from '../message-limits.ts';

interface StoredMessage {
  readonly message: string;
  readonly visibleAt: number;
}

/** SignalQueue in memory, with the receiving side that a queue trigger would have. */
export class InMemorySignalQueue implements SignalQueue {
  readonly #clock: Clock;
  #messages: StoredMessage[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async send(message: string, delayMs = 0): Promise<void> {
    await Promise.resolve();
    assertMessage(message, delayMs);
    this.#messages.push({ message, visibleAt: this.#clock.now().getTime() + delayMs });
  }

  /** Takes the visible messages out, oldest first. */
  take(): readonly string[] {
    const now = this.#clock.now().getTime();
    const visible = this.#messages.filter(({ visibleAt }) => visibleAt <= now);
    this.#messages = this.#messages.filter(({ visibleAt }) => visibleAt > now);
    return visible.map(({ message }) => message);
  }
}
