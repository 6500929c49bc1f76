import { ReflexError, RowConflictError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RowStore } from '../ports/row-store.ts';

/** Where a token was shown: `POST /api/alerts`, or people's API. */
export type Door = 'alerts' | 'people';

/** Tokens that let nobody in, by where and why. */
export type RefusedCounts = Readonly<Record<Door, Readonly<Record<string, number>>>>;

/** One row for each hour, `2026-01-05T08`. */
export const REFUSED_PARTITION = 'refused-tokens';

/** Anybody can send tokens: however many come, a process writes once in this time. */
const WRITE_EVERY_MS = 60_000;
/** Attempts against other processes at the same row; then it waits for the next time. */
const MAX_WRITE_ATTEMPTS = 3;

const NONE: RefusedCounts = { alerts: {}, people: {} };

/**
 * Counts tokens that let nobody in. Each process adds up its own and adds them to the hour's row: the first at once, then
 * once a minute at most. So of each process the refusals of a minute may be missing from the rows, and are lost if it ends
 * (two minutes where others write at the same moment, more while storage is down); a write whose outcome is not known may
 * be counted twice.
 */
export class RefusedTokens {
  readonly #rows: RowStore;
  readonly #clock: Clock;
  readonly #log: Log;
  #unwritten = NONE;
  #triedAt = Number.NEGATIVE_INFINITY;

  constructor({ rows, clock, log }: { readonly rows: RowStore; readonly clock: Clock; readonly log: Log }) {
    this.#rows = rows;
    this.#clock = clock;
    this.#log = log;
  }

  /** @param reason - one of few: each is a number in the row. */
  async count(door: Door, reason: string): Promise<void> {
    this.#unwritten = together(this.#unwritten, { ...NONE, [door]: { [reason]: 1 } });
    await this.write();
  }

  /** Writes what was not written yet, unless that was tried less than a minute ago. Storage that is down fails nobody. */
  async write(): Promise<void> {
    const now = this.#clock.now();
    if (this.#unwritten === NONE || now.getTime() - this.#triedAt < WRITE_EVERY_MS) {
      return;
    }
    this.#triedAt = now.getTime();
    const writing = this.#unwritten;
    this.#unwritten = NONE;
    try {
      await this.#add(now.toISOString().slice(0, 13), writing);
    } catch (error) {
      if (!(error instanceof ReflexError)) {
        throw error;
      }
      this.#unwritten = together(this.#unwritten, writing);
      this.#log.warn('refused tokens could not be counted yet', { code: error.code });
    }
  }

  /**
   * What was refused on one day, with what this process has not written yet.
   * @param day - in UTC, `2026-01-05`.
   * @throws StorageUnavailableError
   */
  async day(day: string): Promise<RefusedCounts> {
    const rows = await this.#rows.list(REFUSED_PARTITION, `${day}T`);
    const isToday = day === this.#clock.now().toISOString().slice(0, 10);
    return rows.map(({ value }) => countsIn(value)).reduce(together, isToday ? this.#unwritten : NONE);
  }

  async #add(rowKey: string, counts: RefusedCounts): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const row = await this.#rows.get(REFUSED_PARTITION, rowKey);
      const value = { schema: 1, ...together(countsIn(row?.value), counts) };
      try {
        await this.#rows.transact(REFUSED_PARTITION, [
          row === undefined ? { kind: 'insert', rowKey, value } : { kind: 'replace', rowKey, etag: row.etag, value },
        ]);
        return;
      } catch (error) {
        if (!(error instanceof RowConflictError) || attempt === MAX_WRITE_ATTEMPTS) {
          throw error;
        }
      }
    }
  }
}

function countsIn(value: unknown): RefusedCounts {
  return { ...NONE, ...(value as Partial<RefusedCounts> | undefined) };
}

function together(a: RefusedCounts, b: RefusedCounts): RefusedCounts {
  return { alerts: sums(a.alerts, b.alerts), people: sums(a.people, b.people) };
}

function sums(a: RefusedCounts[Door], b: RefusedCounts[Door]): RefusedCounts[Door] {
  const reasons = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(reasons.map((reason) => [reason, (a[reason] ?? 0) + (b[reason] ?? 0)]));
}
