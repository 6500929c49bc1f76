import { RateLimitedError, ReflexError, RowConflictError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log, LogFields } from '../ports/log.ts';
import type { Page, Pager } from '../ports/pager.ts';
import type { RowStore } from '../ports/row-store.ts';
import {
  acknowledged,
  attemptOf,
  called,
  dueDeliveries,
  escalated,
  isOver,
  notTaken,
  raised,
  resolved,
  taken,
  type Attempt,
  type Chain,
  type Delivery,
  type PageRow,
} from './page-row.ts';
import { pageKey, PageRows, type StoredPage } from './page-rows.ts';
import { boundedPage } from './page-text.ts';

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
  /** Due, but left: their pager was not reached for another, had enough for one time, or is called by somebody else. */
  readonly left: number;
}

interface Job {
  readonly key: string;
  readonly row: PageRow;
  readonly delivery: Delivery;
}

/** A call that may be made. Without an attempt there is nothing to note it in. */
interface Begun {
  readonly row: PageRow;
  readonly owes: Attempt['owes'];
  readonly attempt?: Attempt;
}

type Outcome = 'taken' | 'refused' | 'unreached' | 'left';

/** Calls to one pager in one `deliverDue`: a hundred alerts at once are one problem, and the tick has others to see to. */
const MAX_CALLS = 100;
const URGENCY = { critical: 0, warning: 1, info: 2 } as const;

/**
 * The outbox of pages. A page is a row before it is sent, and stays one until the service has taken it, so a crash or a
 * service that is down delays a page and never loses it. What was sent when a crash came is sent again with the same key,
 * which the service takes for the same alert. Several instances may work on the same rows: they take turns at a page.
 */
export class Paging {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #rows: PageRows;
  readonly #pagers: ReadonlyMap<string, Pager>;
  readonly #chain: Chain;

  constructor({ rows, clock, log, pagers, escalateAfterMs }: PagingOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#rows = new PageRows(rows);
    this.#pagers = new Map(pagers.map(({ name, pager }) => [name, pager]));
    this.#chain = { names: [...this.#pagers.keys()], escalateAfterMs };
  }

  /**
   * Keeps a page to be sent by the next `deliverDue`. Raising it again changes nothing unless it is more severe than
   * before, or was seen (`at`) after the last one was resolved: then people are told again.
   * @throws StorageUnavailableError, RowConflictError when it was not kept: raise it again.
   */
  async raise(page: Page): Promise<void> {
    const kept = { ...boundedPage(page), key: pageKey(page.key) };
    await this.#rows.change(kept.key, (row) => raised(row, kept, this.#chain, this.#clock.now()));
  }

  /**
   * A person has seen the page: it goes to nobody else.
   * @returns false if there is no open page of this key.
   * @throws StorageUnavailableError, RowConflictError.
   */
  async acknowledge(key: string, by: string): Promise<boolean> {
    const row = await this.#rows.change(
      pageKey(key),
      (before) => before && acknowledged(before, by, this.#clock.now()),
    );
    return row?.state === 'acknowledged';
  }

  /**
   * The problem is gone. Does nothing for a key that is not open; `deliverDue` tells the pagers.
   * @throws StorageUnavailableError, RowConflictError when that was not kept: resolve it again.
   */
  async resolve(key: string): Promise<void> {
    await this.#rows.change(pageKey(key), (row) => row && resolved(row, this.#clock.now()));
  }

  /** All pages that are kept, in the order of their keys; resolved ones for some days. */
  async pages(): Promise<readonly PageRow[]> {
    return (await this.#rows.list()).map(({ row }) => row);
  }

  /**
   * Tells the pagers what they are owed by now, the most urgent first, and the next pager of those pages that nobody has
   * acknowledged in time. A pager that is not reached is left alone until the next call.
   * @throws StorageUnavailableError, RowConflictError after every page was tried, when not all of it could be noted.
   */
  async deliverDue(): Promise<Deliveries> {
    const faults: unknown[] = [];
    const jobs: Job[] = [];
    for (const stored of await this.#rows.list()) {
      jobs.push(...(await this.#prepare(stored, faults)));
    }
    const lanes = this.#chain.names.map((name) => this.#work(name, mostUrgent(jobs, name), faults));
    const outcomes = (await Promise.all(lanes)).flat();
    if (faults.length > 0) {
      throw faults[0];
    }
    const sent = outcomes.filter((outcome) => outcome === 'taken').length;
    const failed = outcomes.filter((outcome) => outcome === 'refused' || outcome === 'unreached').length;
    return { taken: sent, failed, left: jobs.length - sent - failed };
  }

  async #prepare(stored: StoredPage, faults: unknown[]): Promise<readonly Job[]> {
    const { key, row: before } = stored;
    const now = this.#clock.now();
    const row = escalated(before, this.#chain, now);
    const jobs = dueDeliveries(row, now).map((delivery) => ({ key, row, delivery }));
    try {
      if (isOver(before, now)) {
        await this.#rows.remove(stored);
      } else if (row !== before) {
        await this.#rows.replace(stored, row);
        if (before.deliveries.length > 0 && row.escalateAt !== before.escalateAt) {
          this.#log.warn('a page was not acknowledged: the next pager is told', logFields(row));
        }
      }
      return jobs;
    } catch (error) {
      if (error instanceof RowConflictError) {
        // Somebody else is at work on it; what is left is due the next time.
        return [];
      }
      faults.push(error);
      return jobs;
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

  async #attempt(name: string, job: Job, faults: unknown[]): Promise<Outcome> {
    const begun = await this.#begin(name, job, faults);
    if (begun === undefined) {
      return 'left';
    }
    const failure = await this.#call(name, begun);
    try {
      await this.#note(job.key, begun.attempt, failure);
    } catch (error) {
      faults.push(error);
    }
    return failure === undefined ? 'taken' : isRefusal(failure) ? 'refused' : 'unreached';
  }

  /** Takes the turn at one delivery. @returns undefined if there is nothing to call for any more. */
  async #begin(name: string, { key, row, delivery }: Job, faults: unknown[]): Promise<Begun | undefined> {
    try {
      const turn = { isOurs: false };
      const fresh = await this.#rows.change(key, (before) => {
        const next = before && called(before, name, this.#clock.now());
        turn.isOurs = next !== before;
        return next;
      });
      const attempt = fresh && turn.isOurs ? attemptOf(fresh, name) : undefined;
      return fresh && attempt && { row: fresh, owes: attempt.owes, attempt };
    } catch (error) {
      faults.push(error);
      // Storage that takes no writes keeps back no page that was due before; an escalation or a resolve can wait.
      const isLost = !(error instanceof RowConflictError) && delivery.owes === 'page';
      return isLost ? { row, owes: 'page' } : undefined;
    }
  }

  /** @returns what the pager threw, undefined if it took it. */
  async #call(name: string, { row, owes }: Begun): Promise<unknown> {
    const pager = this.#pagers.get(name);
    try {
      await (owes === 'page' ? pager?.page(row.page) : pager?.resolve(row.page.key));
      return undefined;
    } catch (error) {
      const why = error instanceof ReflexError ? error.message : 'the pager failed';
      const level = isRefusal(error) ? 'error' : 'warn';
      this.#log[level]('a pager did not take what it was owed', { ...logFields(row), pager: name, owes, why });
      return error ?? new Error('thrown without an error');
    }
  }

  async #note(key: string, attempt: Attempt | undefined, failure: unknown): Promise<void> {
    if (attempt === undefined) {
      return;
    }
    const asked = failure instanceof RateLimitedError ? failure.retryAfterMs : 0;
    const isRefused = isRefusal(failure);
    await this.#rows.change(key, (row) => {
      const now = this.#clock.now();
      return row && (failure === undefined ? taken(row, attempt) : notTaken(row, attempt, now, { asked, isRefused }));
    });
  }
}

/** True if nothing but a change of settings, here or there, would help. */
function isRefusal(failure: unknown): boolean {
  return failure instanceof ReflexError && !failure.retryable;
}

/** Pages before resolves, then by severity, then whoever waits longest. */
function mostUrgent(jobs: readonly Job[], pager: string): readonly Job[] {
  const urgency = ({ row, delivery }: Job): string =>
    `${delivery.owes === 'page' ? 0 : 1}${URGENCY[row.page.severity]}${delivery.nextAt}`;
  return jobs.filter(({ delivery }) => delivery.pager === pager).sort((a, b) => (urgency(a) < urgency(b) ? -1 : 1));
}

function logFields({ page, state, deliveries }: PageRow): LogFields {
  return { page: page.key, severity: page.severity, state, pagers: deliveries.length };
}
