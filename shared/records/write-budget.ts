import { sha256 } from '../domain/digest.ts';
import type { Json } from '../domain/json.ts';
import { RateLimitedError, RowConflictError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { RowStore } from '../ports/row-store.ts';
import type { WriteBudget } from '../ports/write-budget.ts';

/** Requests that may be sent within a time. */
export interface Allowance {
  readonly requests: number;
  readonly withinMs: number;
}

/**
 * Content-creating requests of one GitHub App installation.
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
 */
export const GITHUB_CREATIONS: readonly Allowance[] = [
  { requests: 80, withinMs: 60_000 },
  { requests: 500, withinMs: 3_600_000 },
];

const PARTITION = 'write-budget';
/** Attempts against other writers of the same row before the caller is told to come back. */
const MAX_ATTEMPTS = 20;
const CONTENDED_MS = 1_000;

/**
 * When there is room for more requests: 0 for now, else milliseconds from now. More at once than are ever allowed have
 * room when nothing else was sent. Pure.
 * @param sent - times of earlier requests, in milliseconds, oldest first.
 */
export function waitForRoom(
  sent: readonly number[],
  requests: number,
  now: number,
  limits: readonly Allowance[],
): number {
  const waits = limits.map((limit) => {
    const recent = sent.filter((at) => at > now - limit.withinMs);
    const tooMany = recent.length + Math.min(requests, limit.requests) - limit.requests;
    const last = tooMany > 0 ? recent[tooMany - 1] : undefined;
    return last === undefined ? 0 : last + limit.withinMs - now;
  });
  return Math.max(0, ...waits);
}

/** A write budget whose count stands in a row, so that all instances and cells share it. */
export class StoredWriteBudget implements WriteBudget {
  readonly #rows: RowStore;
  readonly #clock: Clock;
  readonly #rowKey: string;
  readonly #limits: readonly Allowance[];

  /** @param name - whose budget it is: a host and an installation. */
  constructor(
    { rows, clock }: { readonly rows: RowStore; readonly clock: Clock },
    name: string,
    limits: readonly Allowance[] = GITHUB_CREATIONS,
  ) {
    this.#rows = rows;
    this.#clock = clock;
    this.#rowKey = sha256(name);
    this.#limits = limits;
  }

  async take(requests: number): Promise<void> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      const row = await this.#rows.get(PARTITION, this.#rowKey);
      const now = this.#clock.now().getTime();
      const sent = sentIn(row?.value);
      const waitMs = waitForRoom(sent, requests, now, this.#limits);
      if (waitMs > 0) {
        throw new RateLimitedError('our own share of the requests that create content', waitMs);
      }
      const longest = Math.max(...this.#limits.map(({ withinMs }) => withinMs));
      const kept = sent.filter((at) => at > now - longest);
      const value = { sent: [...kept, ...Array.from({ length: requests }, () => now)] };
      try {
        await this.#rows.transact(PARTITION, [
          row === undefined
            ? { kind: 'insert', rowKey: this.#rowKey, value }
            : { kind: 'replace', rowKey: this.#rowKey, value, etag: row.etag },
        ]);
        return;
      } catch (error) {
        if (!(error instanceof RowConflictError)) {
          throw error;
        }
      }
    }
    throw new RateLimitedError('our own share of the requests that create content: too many ask at once', CONTENDED_MS);
  }
}

function sentIn(value: Json | undefined): readonly number[] {
  const { sent } = (value ?? {}) as { readonly sent?: unknown };
  return Array.isArray(sent) ? sent.filter((at): at is number => typeof at === 'number') : [];
}
