import { LIVE_STATES, type Plan, type PlanState } from '../reconcile/plan.ts';
import { isTurned, type Drill } from './drill-found.ts';

/** `passed` only where the edge showed both that the origin was left and that it is back. */
export interface DrillVerdict {
  readonly verdict: 'passed' | 'not proven' | 'failed' | 'under way';
  readonly why: string;
}

/** What a drill has shown. Pure. What went wrong comes before how far it is, and that before what is proven. */
export function verdictOn(drill: Drill): DrillVerdict {
  return faultOf(drill) ?? standOf(drill) ?? proofOf(drill);
}

const ENDED_BADLY: readonly PlanState[] = ['going-back', 'gone-back', 'parked', 'cancelled', 'refused', 'expired'];

/** What went wrong, or who broke it off. */
function faultOf({ name, there, back, outAt, left, end }: Drill): DrillVerdict | undefined {
  const failed = (why: string): DrillVerdict => ({ verdict: 'failed', why });
  if (isTurned(there) && end?.person !== undefined) {
    return { verdict: 'not proven', why: `${end.person} stopped it` };
  }
  if (outAt === undefined && !LIVE_STATES.some((live) => live === there.state)) {
    return failed(`${name} was not taken out: ${noteOf(there)}`);
  }
  if (ENDED_BADLY.includes(there.state)) {
    return failed(`${name} did not stay out: ${turnedFor({ there, end }) ?? noteOf(there)}`);
  }
  if (left?.state === 'not-effective') {
    return failed(`${name} was still served, or the others failed`);
  }
  if (back !== undefined && ENDED_BADLY.includes(back.state)) {
    return failed(`${name} did not come back: ${noteOf(back)}`);
  }
  return back?.effect?.state === 'not-effective' ? failed(`the edge failed when ${name} was back`) : undefined;
}

/** Why a drill came back by itself before its time; undefined if it did not. Pure. */
export function turnedFor({ there, end }: Pick<Drill, 'there' | 'end'>): string | undefined {
  return isTurned(there) && end?.person === undefined ? (end?.reason ?? noteOf(there)) : undefined;
}

/** Why a plan ended, in its own words or in those of its last write. */
function noteOf({ state, note, journal }: Plan): string {
  return note ?? journal.at(-1)?.note ?? state;
}

/** How far it is, until the origin is back. */
function standOf({ intent, name, back, outAt, backAt }: Drill): DrillVerdict | undefined {
  if (outAt === undefined) {
    return { verdict: 'under way', why: `${name} is on its way out` };
  }
  if (backAt === undefined && intent.state === 'closed') {
    return { verdict: 'not proven', why: `something else keeps ${name} out: its way back was not tried` };
  }
  if (backAt === undefined || back?.state !== 'done') {
    return { verdict: 'under way', why: back === undefined ? `${name} is out` : `${name} is on its way back` };
  }
  return undefined;
}

/** What is proven of one whose origin is back. */
function proofOf({ name, back, left, end }: Drill): DrillVerdict {
  const effect = back?.effect?.state;
  if (left?.state !== 'effective') {
    const byItself = effect === 'unknown' ? 'nothing measured tells' : 'drill for longer';
    const why = end?.person === undefined ? byItself : `${end.person} ended it`;
    return { verdict: 'not proven', why: `${name} was back before the edge showed that it was left: ${why}` };
  }
  switch (effect) {
    case 'effective':
      return { verdict: 'passed', why: `the edge left ${name} and came back to it` };
    case 'waiting':
      return { verdict: 'under way', why: `${name} is back, and the edge has still to show it` };
    case 'overtaken':
      return { verdict: 'not proven', why: `${name} is back, and another plan came before the edge showed it` };
    default:
      return { verdict: 'not proven', why: `${name} is back, and nothing measured shows it` };
  }
}
