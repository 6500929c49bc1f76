import type { Page } from '../ports/pager.ts';

/** What one pager is still owed. */
export interface Delivery {
  /** Its name in the chain. */
  readonly pager: string;
  readonly owes: 'page' | 'resolve' | 'nothing';
  /** Times in a row that it was not taken. */
  readonly failures: number;
  /** Not tried before, ISO 8601. */
  readonly nextAt: string;
}

/**
 * A page as it is kept. Times are ISO 8601 as `Date.toISOString` writes them, so that text order is time order.
 *
 * - `due`: no service has taken it
 * - `taken`: a service took it, nobody has said that they saw it
 * - `acknowledged`: a person did; it goes to nobody else
 * - `resolved`: the problem is gone; the services that were told of it are told so
 */
export interface PageRow {
  readonly schema: 1;
  readonly page: Page;
  readonly state: 'due' | 'taken' | 'acknowledged' | 'resolved';
  /** Counts what people have to be told anew: the problem came back, or became more severe. */
  readonly occurrence: number;
  readonly raisedAt: string;
  /** When the next pager of the chain is told, if there is one. */
  readonly escalateAt: string;
  readonly deliveries: readonly Delivery[];
  readonly acknowledged?: { readonly by: string; readonly at: string };
  readonly resolvedAt?: string;
}

/** Names of the pagers, in the order in which they are told. */
export interface Chain {
  readonly names: readonly string[];
  readonly escalateAfterMs: number;
}

/** One call to a pager: what it was owed when the call was made. */
export interface Attempt {
  readonly delivery: Delivery;
  readonly occurrence: number;
}

export const FIRST_WAIT_MS = 30_000;
export const LONGEST_WAIT_MS = 15 * 60_000;

const DAY_MS = 86_400_000;
/** A queue message lives 7 days (SignalQueue): no older signal can raise the page again. */
const KEEP_RESOLVED_MS = 7 * DAY_MS;
/** Open, and nothing left to send. Somebody who raises it after that wants people to be told again. */
const KEEP_OPEN_MS = 90 * DAY_MS;
const RANK = { info: 0, warning: 1, critical: 2 } as const;

/**
 * The row after `page` was raised. The same row if that is no news: it is open and no less severe, or it was seen before
 * it was resolved (a signal that comes late).
 */
export function raised(row: PageRow | undefined, page: Page, { escalateAfterMs }: Chain, now: Date): PageRow {
  const opened = (occurrence: number, deliveries: readonly Delivery[]): PageRow => {
    const [raisedAt, escalateAt] = [now.toISOString(), after(now, escalateAfterMs)];
    return { schema: 1, page, state: 'due', occurrence, raisedAt, escalateAt, deliveries };
  };
  if (row === undefined) {
    return opened(1, []);
  }
  const { occurrence, deliveries, resolvedAt } = row;
  if (resolvedAt !== undefined) {
    const isLate = page.at !== '' && page.at < resolvedAt;
    const unresolved = deliveries.filter(({ owes }) => owes === 'resolve');
    return isLate ? row : opened(occurrence + 1, unresolved);
  }
  if (RANK[page.severity] <= RANK[row.page.severity]) {
    return row;
  }
  return opened(
    occurrence + 1,
    deliveries.map(({ pager }) => owing(pager, 'page', now)),
  );
}

function owing(pager: string, owes: 'page' | 'resolve', now: Date): Delivery {
  return { pager, owes, failures: 0, nextAt: now.toISOString() };
}

/**
 * The row after the next pager of the chain was put on it, or the same row if it is not time: the first at once, each
 * other when `escalateAfterMs` have gone by without an acknowledgement, or at the next look after one has refused.
 * Pagers that are no longer in the chain are forgotten.
 */
export function escalated(row: PageRow, { names, escalateAfterMs }: Chain, now: Date): PageRow {
  const deliveries = row.deliveries.filter(({ pager }) => names.includes(pager));
  const known = deliveries.length === row.deliveries.length ? row : { ...row, deliveries };
  const isWaiting = row.state === 'due' || row.state === 'taken';
  const told = deliveries.filter(({ owes }) => owes !== 'resolve').map(({ pager }) => pager);
  const next = names.find((name) => !told.includes(name));
  const isTime = told.length === 0 || isPast(row.escalateAt, now, escalateAfterMs);
  if (!isWaiting || next === undefined || !isTime) {
    return known;
  }
  const others = deliveries.filter(({ pager }) => pager !== next);
  const escalateAt = after(now, escalateAfterMs);
  return { ...row, deliveries: [...others, owing(next, 'page', now)], escalateAt };
}

/** What is to be tried now. */
export function dueAttempts({ deliveries, occurrence }: PageRow, now: Date): readonly Attempt[] {
  return deliveries
    .filter(({ owes, nextAt }) => owes !== 'nothing' && isPast(nextAt, now, LONGEST_WAIT_MS))
    .map((delivery) => ({ delivery, occurrence }));
}

/** The row after a pager took what it was owed. */
export function taken(row: PageRow, attempt: Attempt, now: Date): PageRow {
  const { pager, owes } = attempt.delivery;
  if (owes === 'page' && row.state === 'resolved') {
    return resolvedAgain(row, pager, now);
  }
  if (!isOwed(row, attempt)) {
    return row;
  }
  const next = withDelivery(row, gone(attempt.delivery));
  return owes === 'page' && row.state === 'due' ? { ...next, state: 'taken' } : next;
}

/**
 * The row after a pager did not take it: tried again after 30 s, doubling to 15 minutes. A resolve that was refused is
 * given up, because somebody can close an alert that stays open; a page is not.
 * @param asked - how long the service wants to be left alone, in milliseconds. It gets 15 minutes at most: a service
 *   that is asked too often is better than a page that waits a day.
 * @param isRefused - it will not be taken until somebody changes something, so the next pager is told without a wait.
 */
export function notTaken(
  row: PageRow,
  attempt: Attempt,
  now: Date,
  { asked, isRefused }: { readonly asked: number; readonly isRefused: boolean },
): PageRow {
  const { pager, owes, failures } = attempt.delivery;
  if (owes === 'page' && row.state === 'resolved') {
    return resolvedAgain(row, pager, now);
  }
  if (!isOwed(row, attempt)) {
    return row;
  }
  const wait = Math.min(LONGEST_WAIT_MS, Math.max(asked, FIRST_WAIT_MS * 2 ** failures));
  const next = withDelivery(row, { pager, owes, failures: failures + 1, nextAt: after(now, wait) });
  if (!isRefused) {
    return next;
  }
  return owes === 'page' ? { ...next, escalateAt: now.toISOString() } : withDelivery(row, gone(attempt.delivery));
}

/** The row after `by` has seen the page; the same row if it is acknowledged or resolved already. */
export function acknowledged(row: PageRow, by: string, now: Date): PageRow {
  if (row.state === 'acknowledged' || row.state === 'resolved') {
    return row;
  }
  const deliveries = row.deliveries.map((one) => (one.owes === 'page' ? gone(one) : one));
  return { ...row, state: 'acknowledged', deliveries, acknowledged: { by, at: now.toISOString() } };
}

/** The row after the problem went away: every pager that may have heard of it is to hear so. */
export function resolved(row: PageRow, now: Date): PageRow {
  if (row.state === 'resolved') {
    return row;
  }
  const deliveries = row.deliveries.map(({ pager }) => owing(pager, 'resolve', now));
  return { ...row, state: 'resolved', deliveries, resolvedAt: now.toISOString() };
}

/** True when the row may be forgotten. A page that a pager is still owed never is. */
export function isOver({ state, deliveries, resolvedAt, acknowledged: seen, raisedAt }: PageRow, now: Date): boolean {
  if (resolvedAt !== undefined) {
    return after(new Date(resolvedAt), KEEP_RESOLVED_MS) < now.toISOString();
  }
  const isIdle = state !== 'due' && deliveries.every(({ owes }) => owes === 'nothing');
  return isIdle && after(new Date(seen?.at ?? raisedAt), KEEP_OPEN_MS) < now.toISOString();
}

/**
 * A page that was on its way when the problem was resolved may have arrived after the resolve and opened an alert that
 * nobody would close.
 */
function resolvedAgain(row: PageRow, pager: string, now: Date): PageRow {
  return withDelivery(row, owing(pager, 'resolve', now));
}

function gone({ pager, nextAt }: Delivery): Delivery {
  return { pager, owes: 'nothing', failures: 0, nextAt };
}

/** False if somebody else got there first, or the row has moved on to something else that the pager is owed. */
function isOwed(row: PageRow, { delivery, occurrence }: Attempt): boolean {
  const current = row.deliveries.find(({ pager }) => pager === delivery.pager);
  const isSame = delivery.owes === 'page' || current?.nextAt === delivery.nextAt;
  return current?.owes === delivery.owes && row.occurrence === occurrence && isSame;
}

function withDelivery(row: PageRow, delivery: Delivery): PageRow {
  const others = row.deliveries.filter(({ pager }) => pager !== delivery.pager);
  return { ...row, deliveries: [...others, delivery] };
}

/** A time that is further away than any wait was written by a clock that was wrong; it counts as past. */
function isPast(at: string, now: Date, longestMs: number): boolean {
  return at <= now.toISOString() || at > after(now, longestMs);
}

function after(now: Date, ms: number): string {
  return new Date(now.getTime() + ms).toISOString();
}
