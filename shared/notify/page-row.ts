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
  /**
   * Somebody is calling the pager about this page, until then at most. Nobody else does meanwhile: a page that arrives
   * after its resolve opens an alert that nobody closes, a resolve that arrives late closes one that nobody has seen.
   */
  readonly callUntil?: string;
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

/** One call to a pager, and what it was owed when the call was made. */
export interface Attempt {
  readonly pager: string;
  readonly owes: 'page' | 'resolve';
  readonly occurrence: number;
  readonly callUntil: string;
}

const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** Longer than any call (the adapter ends it after 10 s), shorter than the wait for whoever crashed in one. */
const CALL_MS = 30_000;

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
export function raised(row: PageRow | undefined, page: Page, chain: Chain, now: Date): PageRow {
  const opened = (occurrence: number, deliveries: readonly Delivery[]): PageRow => {
    const [raisedAt, escalateAt] = [now.toISOString(), after(now, chain.escalateAfterMs)];
    return escalated({ schema: 1, page, state: 'due', occurrence, raisedAt, escalateAt, deliveries }, chain, now);
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
    deliveries.map((one) => owing(one, 'page', now)),
  );
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
  return { ...owedAgain(known, next, 'page', now), escalateAt: after(now, escalateAfterMs) };
}

/** What the pagers are to be called for now. */
export function dueDeliveries({ deliveries }: PageRow, now: Date): readonly Delivery[] {
  return deliveries.filter(
    ({ owes, nextAt, callUntil }) =>
      owes !== 'nothing' &&
      isPast(nextAt, now, LONGEST_WAIT_MS) &&
      (callUntil === undefined || isPast(callUntil, now, CALL_MS)),
  );
}

/** The row while its pager is called; the same row if it is not to be called now, or somebody does already. */
export function called(row: PageRow, pager: string, now: Date): PageRow {
  const delivery = dueDeliveries(row, now).find((one) => one.pager === pager);
  return delivery === undefined ? row : withDelivery(row, { ...delivery, callUntil: after(now, CALL_MS) });
}

/** The call that `called` began. */
export function attemptOf({ deliveries, occurrence }: PageRow, pager: string): Attempt | undefined {
  const { owes, callUntil } = deliveries.find((one) => one.pager === pager) ?? {};
  return callUntil === undefined || owes === undefined || owes === 'nothing'
    ? undefined
    : { pager, owes, occurrence, callUntil };
}

/** The row after a pager took what it was owed. */
export function taken(row: PageRow, attempt: Attempt): PageRow {
  const ended = afterCall(row, attempt);
  if (ended?.isOwed !== true) {
    return ended?.row ?? row;
  }
  const next = withDone(ended.row, ended.delivery);
  return attempt.owes === 'page' && row.state === 'due' ? { ...next, state: 'taken' } : next;
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
  const ended = afterCall(row, attempt);
  if (ended?.isOwed !== true) {
    return ended?.row ?? row;
  }
  const { delivery } = ended;
  if (isRefused && attempt.owes === 'resolve') {
    return withDone(ended.row, delivery);
  }
  const wait = Math.min(LONGEST_WAIT_MS, Math.max(asked, FIRST_WAIT_MS * 2 ** delivery.failures));
  const later = { ...delivery, failures: delivery.failures + 1, nextAt: after(now, wait) };
  const next = withDelivery(ended.row, later);
  return isRefused ? { ...next, escalateAt: now.toISOString() } : next;
}

/**
 * The row without the call, and whether the pager is still owed what the call was about. Undefined if the call took so
 * long that somebody else has called: then theirs counts.
 */
function afterCall(
  row: PageRow,
  { pager, owes, occurrence, callUntil }: Attempt,
): { readonly row: PageRow; readonly delivery: Delivery; readonly isOwed: boolean } | undefined {
  const current = row.deliveries.find((one) => one.pager === pager);
  if (current?.callUntil !== callUntil) {
    return undefined;
  }
  const { failures, nextAt } = current;
  const delivery = { pager, owes: current.owes, failures, nextAt };
  const isOwed = delivery.owes === owes && row.occurrence === occurrence;
  return { row: withDelivery(row, delivery), delivery, isOwed };
}

/** The row after `by` has seen the page; the same row if it is acknowledged or resolved already. */
export function acknowledged(row: PageRow, by: string, now: Date): PageRow {
  if (row.state === 'acknowledged' || row.state === 'resolved') {
    return row;
  }
  const deliveries = row.deliveries.map((one) => (one.owes === 'page' ? done(one) : one));
  return { ...row, state: 'acknowledged', deliveries, acknowledged: { by, at: now.toISOString() } };
}

/** The row after the problem went away: every pager that may have heard of it is to hear so. */
export function resolved(row: PageRow, now: Date): PageRow {
  if (row.state === 'resolved') {
    return row;
  }
  const deliveries = row.deliveries.map((one) => owing(one, 'resolve', now));
  return { ...row, state: 'resolved', deliveries, resolvedAt: now.toISOString() };
}

/** True if somebody was told of the page, or there is nobody to be told. Pure. */
export function isTold({ state, deliveries }: PageRow): boolean {
  return state !== 'due' || deliveries.length === 0;
}

/** True when the row may be forgotten. A page that a pager is still owed never is. */
export function isOver({ state, deliveries, resolvedAt, acknowledged: seen, raisedAt }: PageRow, now: Date): boolean {
  if (resolvedAt !== undefined) {
    return after(new Date(resolvedAt), KEEP_RESOLVED_MS) < now.toISOString();
  }
  const isIdle = state !== 'due' && deliveries.every(({ owes }) => owes === 'nothing');
  return isIdle && after(new Date(seen?.at ?? raisedAt), KEEP_OPEN_MS) < now.toISOString();
}

/** The row with `pager` owed something, whatever it was owed before. */
function owedAgain(row: PageRow, pager: string, owes: 'page' | 'resolve', now: Date): PageRow {
  const before = row.deliveries.find((one) => one.pager === pager);
  return withDelivery(row, owing(before ?? { pager }, owes, now));
}

/** A call that is under way goes on. */
function owing(before: Pick<Delivery, 'pager' | 'callUntil'>, owes: 'page' | 'resolve', now: Date): Delivery {
  return { ...before, owes, failures: 0, nextAt: now.toISOString() };
}

/** In a row that was opened again, a pager that has heard of the end of the last occurrence has not heard of this one. */
function withDone(row: PageRow, delivery: Delivery): PageRow {
  const isForgotten = delivery.owes === 'resolve' && row.state !== 'resolved';
  const others = row.deliveries.filter(({ pager }) => pager !== delivery.pager);
  return { ...row, deliveries: isForgotten ? others : [...others, done(delivery)] };
}

function done(delivery: Delivery): Delivery {
  return { ...delivery, owes: 'nothing', failures: 0 };
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
