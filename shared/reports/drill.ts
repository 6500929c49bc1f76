import type { OutWish } from '../domain/traffic/wishes.ts';
import { intentKey, type Intent } from '../intents/intent.ts';
import type { FieldChange, Plan } from '../reconcile/plan.ts';
import type { PlanEffect } from '../reconcile/plan-effect.ts';
import { percent, shortName, spell } from './names.ts';
import { intentsIn, type Run } from './run.ts';

/** What a drill has shown: `passed` only where the edge showed both that the origin was left and that it is back. */
export interface DrillReport {
  readonly verdict: 'passed' | 'not proven' | 'failed' | 'under way';
  readonly why: string;
  /** What happened and how long it took, or what was measured then. */
  readonly rows: readonly (readonly [string, string])[];
}

interface Drill {
  readonly intent: Intent;
  /** The plan that took the origin out. */
  readonly there: Plan;
  /** The one that brings it back: mostly the same. */
  readonly back: Plan | undefined;
}

/** What came of the drill that a plan began or ended. Pure. @returns undefined for a plan of no drill. */
export function drillOf({ plan, others, intents }: Run): DrillReport | undefined {
  const keys = intentsIn(plan);
  const intent = intents.find((one) => isDrill(one) && keys.includes(intentKey(one)));
  if (intent === undefined) {
    return undefined;
  }
  const key = intentKey(intent);
  const all = [...others, plan].toSorted((a, b) => (a.created < b.created ? -1 : 1));
  const there = all.find(
    (one) => one.serves.some((served) => served.key === key) && outAt(one, intent.subject) !== undefined,
  );
  if (there === undefined) {
    return undefined;
  }
  const back = all.find((one) => one.returns?.includes(key) === true);
  const drill = { intent, there, back };
  return { ...verdictOn(drill), rows: rowsOf(drill) };
}

function isDrill({ kind, value }: Intent): boolean {
  return kind === 'out' && (value as unknown as OutWish).urgency === 'drill';
}

const ENDED_BADLY: readonly Plan['state'][] = ['gone-back', 'going-back', 'parked', 'refused', 'expired'];

function verdictOn({ intent, there, back }: Drill): Pick<DrillReport, 'verdict' | 'why'> {
  const name = shortName(intent.subject);
  const [left, returned] = [leftEffect({ there, back }), back?.effect];
  const isBack = back?.state === 'done';
  const isStopped = there.state === 'cancelled' || there.note?.startsWith('cancelled') === true;
  if (isStopped) {
    return { verdict: 'not proven', why: 'somebody stopped it' };
  }
  if (ENDED_BADLY.includes(there.state)) {
    return { verdict: 'failed', why: `${name} did not stay out: ${noteOf(there)}` };
  }
  if (left?.state === 'not-effective') {
    return { verdict: 'failed', why: `${name} was still served, or the others failed` };
  }
  if (back !== undefined && ENDED_BADLY.includes(back.state)) {
    return { verdict: 'failed', why: `${name} did not come back: ${noteOf(back)}` };
  }
  if (returned?.state === 'not-effective') {
    return { verdict: 'failed', why: `the edge failed when ${name} was back` };
  }
  if (!isBack) {
    return { verdict: 'under way', why: back === undefined ? `${name} is out` : `${name} is on its way back` };
  }
  if (left?.state !== 'effective') {
    return { verdict: 'not proven', why: `${name} was back before the edge showed that it was left: drill for longer` };
  }
  if (returned?.state === 'waiting') {
    return { verdict: 'under way', why: `${name} is back, and the edge has still to show it` };
  }
  return returned?.state === 'effective'
    ? { verdict: 'passed', why: `the edge left ${name} and came back to it` }
    : { verdict: 'not proven', why: `${name} is back, and nothing measured shows it` };
}

/** A plan that goes both ways is told apart: its effect is that of the way back. */
function leftEffect({ there, back }: Pick<Drill, 'there' | 'back'>): PlanEffect | undefined {
  return there.id === back?.id ? there.drilled : (there.drilled ?? there.effect);
}

function noteOf({ state, note }: Plan): string {
  return note ?? state;
}

function rowsOf({ intent, there, back }: Drill): DrillReport['rows'] {
  const { subject } = intent;
  const [asked, sent, out] = [intent.openedAt, there.journal[0]?.at, outAt(there, subject)];
  const returned = back === undefined ? undefined : inAt(back, subject);
  const [left, home] = [leftEffect({ there, back }), back?.effect];
  return [
    ...took('command to first write', asked, sent),
    ...took('command to out at the control plane', asked, out),
    ...took('command to left by the edge', asked, effectiveAt(left)),
    ...took('out, by the control plane', out, returned),
    ...took('back at the control plane to back at the edge', returned, effectiveAt(home)),
    ...numbersOf('while it was out', left),
    ...numbersOf('when it was back', home),
  ];
}

function outAt(plan: Plan, subject: string): string | undefined {
  return writtenAt(plan, subject, ({ enabled, isShut }) => enabled === false || isShut === true);
}

function inAt(plan: Plan, subject: string): string | undefined {
  return writtenAt(plan, subject, ({ enabled, isShut }) => enabled === true || isShut === false);
}

/** When the last write was there that made an origin so. */
function writtenAt({ journal }: Plan, subject: string, isSo: (to: FieldChange['to']) => boolean): string | undefined {
  return journal.findLast(
    ({ state, step }) => state === 'written' && step.changes.some((one) => one.subject === subject && isSo(one.to)),
  )?.endedAt;
}

function effectiveAt(effect: PlanEffect | undefined): string | undefined {
  return effect?.state === 'effective' ? effect.at : undefined;
}

function took(what: string, from: string | undefined, to: string | undefined): DrillReport['rows'] {
  return from === undefined || to === undefined ? [] : [[what, spell(Date.parse(to) - Date.parse(from))]];
}

function numbersOf(when: string, effect: PlanEffect | undefined): DrillReport['rows'] {
  const { shares = {}, errorRate, latencyMs } = effect?.numbers ?? {};
  const parts = Object.entries(shares).map(([name, share]) => `${name} ${percent(share)}`);
  return [
    ...(parts.length === 0 ? [] : [[`requests ${when}`, parts.join(', ')] as const]),
    ...(errorRate === undefined ? [] : [[`failed requests ${when}`, percent(errorRate)] as const]),
    ...(latencyMs === undefined ? [] : [[`slowest answers ${when}`, `${Math.round(latencyMs)} ms`] as const]),
  ];
}
