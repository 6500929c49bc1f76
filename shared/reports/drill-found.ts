import type { OutWish } from '../domain/traffic/wishes.ts';
import { BOUNDED } from '../fleet/ceiling.ts';
import { intentKey, type Intent } from '../intents/intent.ts';
import type { FieldChange, Plan } from '../reconcile/plan.ts';
import type { PlanEffect } from '../reconcile/plan-effect.ts';
import type { AuditRecord } from '../records/audit.ts';
import { shortName, wordOf } from './names.ts';
import { intentsIn, type Run } from './run.ts';

/** What the rows tell of one drill of one origin. Times are ISO 8601; one that is absent has not come. */
export interface Drill {
  readonly intent: Intent;
  /** The origin's own name. */
  readonly name: string;
  /** The plan that takes the origin out. */
  readonly there: Plan;
  /** The one that brings it back: mostly the same. */
  readonly back: Plan | undefined;
  /** When the control plane had it out. */
  readonly outAt: string | undefined;
  /** When the control plane had it back. */
  readonly backAt: string | undefined;
  /** What the edge showed while it was out. */
  readonly left: PlanEffect | undefined;
  readonly end: DrillEnd | undefined;
  /** What people were called for while it lasted, each once. */
  readonly pages: readonly string[];
}

/** The word that ended a drill: its time was over, or somebody would not wait for that. */
export interface DrillEnd {
  readonly at: string;
  /** Absent: nobody but the clock, or a reaction. */
  readonly person?: string;
  readonly reason: string;
}

/** The drills that a plan begins or ends. Pure. One that only stands while the plan moves something else is none of them. */
export function findDrills(run: Run): readonly Drill[] {
  const keys = intentsIn(run.plan);
  return run.intents
    .filter((intent) => isDrill(intent) && keys.includes(intentKey(intent)))
    .flatMap((intent) => findDrill(intent, run) ?? []);
}

/** True for a plan that was turned around. Pure. */
export function isTurned({ state }: Plan): boolean {
  return state === 'going-back' || state === 'gone-back';
}

function isDrill({ kind, value }: Intent): boolean {
  return kind === 'out' && (value as unknown as OutWish).urgency === 'drill';
}

function findDrill(intent: Intent, { plan, others, records }: Run): Drill | undefined {
  const key = intentKey(intent);
  const { subject, openedAt } = intent;
  const all = [...others, plan].toSorted((a, b) => (a.created < b.created ? -1 : 1));
  const there = all.find((one) => one.serves.some((served) => served.key === key) && hasSent(one, subject));
  const wayBack = all.findLast((one) => one.returns?.includes(key) === true);
  const back = wayBack ?? (there !== undefined && isTurned(there) ? there : undefined);
  if (there === undefined || (plan.id !== there.id && plan.id !== back?.id)) {
    return undefined;
  }
  const backAt = back === undefined ? undefined : writtenAt(back, subject, false);
  return {
    ...{ intent, name: shortName(subject), there, back, backAt },
    outAt: writtenAt(there, subject, true),
    // The effect of a plan that goes both ways is that of the way back.
    left: there.drilled ?? (there.id === back?.id ? undefined : there.effect),
    end: endOf(intent, there, records),
    pages: pagesBetween(records, openedAt, backAt),
  };
}

function hasSent({ journal }: Plan, subject: string): boolean {
  return journal.some(({ step }) => step.changes.some((one) => one.subject === subject && isOut(one)));
}

function isOut({ to: { enabled, isShut } }: FieldChange): boolean {
  return enabled === false || isShut === true;
}

/** When the last write was there that took an origin out, or brought it back. */
function writtenAt({ journal }: Plan, subject: string, out: boolean): string | undefined {
  const isIt = (one: FieldChange): boolean => one.subject === subject && one.group !== 'weight' && isOut(one) === out;
  return journal.findLast(({ state, step }) => state === 'written' && step.changes.some(isIt))?.endedAt;
}

/** Of a plan that was turned around its cancelling; else the release of the drill: a failback names no cause. */
function endOf(
  { subject, cause, openedAt }: Intent,
  there: Plan,
  records: readonly AuditRecord[],
): DrillEnd | undefined {
  const cancelled = records.find(({ kind, facts }) => kind === 'cancelled' && facts['plan'] === there.id);
  const released = records.find(
    ({ kind, at, facts }) =>
      kind === 'intent-released' &&
      at >= openedAt &&
      facts['subject'] === subject &&
      (facts['cause'] ?? cause) === cause,
  );
  // What has turned around by itself is released long after it was back.
  const found = isTurned(there) ? cancelled : released;
  if (found === undefined) {
    return undefined;
  }
  const by = wordOf(found.facts, 'by');
  const isPerson = by !== '' && !BOUNDED.some((reaction) => reaction === by);
  return { at: found.at, reason: wordOf(found.facts, 'reason'), ...(isPerson ? { person: by } : {}) };
}

function pagesBetween(records: readonly AuditRecord[], from: string, to: string | undefined): readonly string[] {
  const during = records.filter(({ kind, at }) => kind === 'paged' && at >= from && (to === undefined || at <= to));
  return [...new Set(during.map(({ facts }) => wordOf(facts, 'reason')))];
}
