import type { Clock } from '../../shared/ports/clock.ts';
import { failure } from './answer.ts';

/** https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api */
const PER_HOUR = 5_000;
const HOUR_MS = 3_600_000;

/** The primary limit: so many requests an hour for each token. */
export class RateLimit {
  /** Lowered by tests. */
  perHour = PER_HOUR;
  readonly #clock: Clock;
  readonly #used = new Map<string, { hour: number; count: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts one request of a token. @returns the refusal if it was one too many. */
  take(token: string): Response | undefined {
    const hour = this.#hour();
    const used = this.#used.get(token);
    const count = used?.hour === hour ? used.count + 1 : 1;
    this.#used.set(token, { hour, count });
    return count > this.perHour ? failure(403, 'API rate limit exceeded for installation.') : undefined;
  }

  /** Takes one back: GitHub counts no request that it answers with 304. */
  giveBack(token: string): void {
    const used = this.#used.get(token);
    if (used?.hour === this.#hour()) {
      this.#used.set(token, { ...used, count: used.count - 1 });
    }
  }

  /** Adds GitHub's headers. */
  mark(answer: Response, token: string): void {
    const used = this.#used.get(token);
    const count = Math.min(used?.hour === this.#hour() ? used.count : 0, this.perHour);
    answer.headers.set('x-ratelimit-limit', String(this.perHour));
    answer.headers.set('x-ratelimit-used', String(count));
    answer.headers.set('x-ratelimit-remaining', String(this.perHour - count));
    answer.headers.set('x-ratelimit-reset', String(((this.#hour() + 1) * HOUR_MS) / 1000));
    answer.headers.set('x-ratelimit-resource', 'core');
  }

  #hour(): number {
    return Math.floor(this.#clock.now().getTime() / HOUR_MS);
  }
}
