import type { Json } from '../domain/json.ts';
import { RateLimitedError, ReflexError, RowConflictError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log, LogFields } from '../ports/log.ts';
import type { Page, Pager } from '../ports/pager.ts';
import type { Row, RowStore } from '../ports/row-store.ts';
import {
  acknowledged,
  dueAttempts,
  escalated,
  isOver,
  notTaken,
  raised,
  resolved,
  taken,
  type Attempt,
  type Chain,
  type PageRow,
} from './page-row.ts';
import { boundedKey, boundedPage } from './page-text.ts';

export interface PagingOptions {
  readonly rows: RowStore;
  readonly clock: Clock;
  readonly log: Log;
  /** In the order in which they are told; names are distinct and stay the same over restarts. */
  readonly pagers: readonly { readonly name: string; readonly pager: Pager }[];
  /** How long a page may go unacknowledged before the next pager is told. */
  readonly escalateAfterMs: number;
}

/** Calls to pagers in one `deliverDue`. */
export interface Deliveries {
  readonly taken: number;
  readonly failed: number;
  /** Due, but left for the next time: their pager was not reached for another, or had enough for one time. */
  readonly left: number;
}

interface Job {
  readonly rowKey: string;
  readonly row: PageRow;
  readonly attempt: Attempt;
}

type Outcome = 'taken' | 'refused' | 'unreached';

const PARTITION = 'pages';
const PREFIX = 'page|';
/** A row key has 200 characters (RowStore), and the prefix its own. */
const MAX_KEY = 190;
/** Calls to one pager in one `deliverDue`: a hundred alerts at once are one problem, and the tick has others to see to. */
const MAX_CALLS = 100;
const MAX_WRITE_ATTEMPTS = 8;
const URGENCY = { critical: 0, warning: 1, info: 2 } as const;

/**
 * The outbox of pages. A page is a row before it is sent, and stays one until the service has taken it, so a crash or a
 * service that is down delays a page and never loses it. What was sent when a crash came is sent again with the same key,
 * which the service takes for the same alert. Several instances may work on the same rows.
 */
export class Paging {
  readonly #options: PagingOptions;
  readonly #pagers: ReadonlyMap<string, Pager>;
  readonly #chain: Chain;

  constructor(options: PagingOptions) {
    this.#options = options;
    this.#pagers = new Map(options.pagers.map(({ name, pager }) => [name, pager]));
    this.#chain = { names: [...this.#pagers.keys()], escalateAfterMs: options.escalateAfterMs };
  }

  /**
   * Keeps a page to be sent by the next `deliverDue`. Raising it again changes nothing unless it is more severe than
   * before, or was seen (`at`) after the last one was resolved: then people are told again.
   * @throws StorageUnavailableError, RowConflictError when it was not kept: raise it again.
   */
  async raise(page: Page): Promise<void> {
    const kept = { ...boundedPage(page), key: boundedKey(page.key, MAX_KEY) };
    await this.#change(rowKeyOf(page.key), (row) => raised(row, kept, this.#chain, this.#options.clock.now()));
  }

  /**
   * A person has seen the page: it goes to nobody else.
   * @returns false if there is no open page of this key.
   * @throws StorageUnavailableError, RowConflictError.
   */
  async acknowledge(key: string, by: string): Promise<boolean> {
    const row = await this.#change(rowKeyOf(key), (before) => {
      return before && acknowledged(before, by, this.#options.clock.now());
    });
    return row?.state === 'acknowledged';
  }

  /**
   * The problem is gone. Does nothing for a key that is not open; `deliverDue` tells the pagers.
   * @throws StorageUnavailableError, RowConflictError when that was not kept: resolve it again.
   */
  async resolve(key: string): Promise<void> {
    await this.#change(rowKeyOf(key), (row) => row && resolved(row, this.#options.clock.now()));
  }

  /** All pages that are kept, in the order of their keys; resolved ones for some days. */
  async pages(): Promise<readonly PageRow[]> {
    return (await this.#list()).map(({ value }) => pageRow(value));
  }

  /**
   * Tells the pagers what they are owed by now, the most urgent first, and the next pager of those pages that nobody has
   * acknowledged in time. A pager that is not reached is left alone until the next call.
   * @throws StorageUnavailableError, RowConflictError after every page was tried, when not all of it could be noted.
   */
  async deliverDue(): Promise<Deliveries> {
    const faults: unknown[] = [];
    const jobs: Job[] = [];
    for (const row of await this.#list()) {
      jobs.push(...(await this.#prepare(row, faults)));
    }
    const lanes = this.#chain.names.map((name) => this.#work(name, mostUrgent(jobs, name), faults));
    const done = (await Promise.all(lanes)).flat();
    if (faults.length > 0) {
      throw faults[0];
    }
    const sent = done.filter((outcome) => outcome === 'taken').length;
    return { taken: sent, failed: done.length - sent, left: jobs.length - done.length };
  }

  /** Storage that takes no writes keeps no page back: what was read is sent all the same. */
  async #prepare({ rowKey, etag, value }: Row, faults: unknown[]): Promise<readonly Job[]> {
    const { clock, log, rows } = this.#options;
    const before = pageRow(value);
    const now = clock.now();
    const row = escalated(before, this.#chain, now);
    const attempts = dueAttempts(row, now).map((attempt) => ({ rowKey, row, attempt }));
    try {
      if (isOver(before, now)) {
        await rows.transact(PARTITION, [{ kind: 'delete', rowKey, etag }]);
        return [];
      }
      if (row !== before) {
        await rows.transact(PARTITION, [{ kind: 'replace', rowKey, etag, value: toJson(row) }]);
        if (before.deliveries.length > 0 && row.escalateAt !== before.escalateAt) {
          log.warn('a page was not acknowledged: the next pager is told', logFields(row));
        }
      }
      return attempts;
    } catch (error) {
      if (error instanceof RowConflictError) {
        // Somebody else is at work on it; what is left is due the next time.
        return [];
      }
      faults.push(error);
      return attempts;
    }
  }

  async #work(name: string, jobs: readonly Job[], faults: unknown[]): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const job of jobs.slice(0, MAX_CALLS)) {
      const outcome = await this.#attempt(name, job, faults);
      outcomes.push(outcome);
      if (outcome === 'unreached') {
        break;
      }
    }
    return outcomes;
  }

  async #attempt(name: string, { rowKey, row, attempt }: Job, faults: unknown[]): Promise<Outcome> {
    const { clock, log } = this.#options;
    const { owes, failures } = attempt.delivery;
    const failure = await this.#call(name, owes, row.page);
    const isRefused = failure instanceof ReflexError && !failure.retryable;
    const asked = failure instanceof RateLimitedError ? failure.retryAfterMs : 0;
    if (failure !== undefined) {
      const why = failure instanceof ReflexError ? failure.message : 'the pager failed';
      log[isRefused ? 'error' : 'warn']('a pager did not take what it was owed', {
        ...logFields(row),
        ...{ pager: name, owes, why, failures: failures + 1 },
      });
    }
    try {
      await this.#change(rowKey, (fresh) => {
        const now = clock.now();
        return failure === undefined
          ? fresh && taken(fresh, attempt, now)
          : fresh && notTaken(fresh, attempt, now, { asked, isRefused });
      });
    } catch (error) {
      faults.push(error);
    }
    return failure === undefined ? 'taken' : isRefused ? 'refused' : 'unreached';
  }

  /** @returns what the pager threw, undefined if it took it. */
  async #call(name: string, owes: Attempt['delivery']['owes'], page: Page): Promise<unknown> {
    const pager = this.#pagers.get(name);
    try {
      await (owes === 'page' ? pager?.page(page) : pager?.resolve(page.key));
      return undefined;
    } catch (error) {
      return error ?? new Error('thrown without an error');
    }
  }

  async #list(): Promise<readonly Row[]> {
    return await this.#options.rows.list(PARTITION, PREFIX);
  }

  /** Compare and swap; writes nothing when `change` returns what it was given. @returns the row after it. */
  async #change(
    rowKey: string,
    change: (row: PageRow | undefined) => PageRow | undefined,
  ): Promise<PageRow | undefined> {
    const { rows } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const row = await rows.get(PARTITION, rowKey);
      const before = row && pageRow(row.value);
      const next = change(before);
      if (next === undefined || next === before) {
        return before;
      }
      const value = toJson(next);
      try {
        await rows.transact(PARTITION, [
          row === undefined ? { kind: 'insert', rowKey, value } : { kind: 'replace', rowKey, etag: row.etag, value },
        ]);
        return next;
      } catch (error) {
        if (!(error instanceof RowConflictError) || attempt === MAX_WRITE_ATTEMPTS) {
          throw error;
        }
      }
    }
  }
}

function rowKeyOf(key: string): string {
  return PREFIX + boundedKey(key, MAX_KEY);
}

/** Pages before resolves, then by severity, then whoever waits longest. */
function mostUrgent(jobs: readonly Job[], pager: string): readonly Job[] {
  const urgency = ({ row, attempt }: Job): string =>
    `${attempt.delivery.owes === 'page' ? 0 : 1}${URGENCY[row.page.severity]}${attempt.delivery.nextAt}`;
  return jobs
    .filter(({ attempt }) => attempt.delivery.pager === pager)
    .sort((a, b) => (urgency(a) < urgency(b) ? -1 : 1));
}

function logFields({ page, state, deliveries }: PageRow): LogFields {
  return { page: page.key, severity: page.severity, state, pagers: deliveries.length };
}

function pageRow(value: Json): PageRow {
  return value as unknown as PageRow;
}

function toJson(row: PageRow): Json {
  return row as unknown as Json;
}
