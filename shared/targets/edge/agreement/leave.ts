import type { Origin } from '../../../domain/traffic/origin.ts';
import { isServing } from '../../../domain/traffic/serving.ts';
import type { Breach } from '../../../domain/traffic/walk.ts';
import type { Intent } from '../../../intents/intent.ts';
import type { Field, Situation } from '../../../reconcile/target-kind.ts';
import type { ObservedEdge } from '../observe.ts';
import { frozen, member, people, sharesOf } from './begin.ts';

/** Nobody wrote down what stood there before. */
export const NO_SNAPSHOT = 'no-snapshot';

/** Why what a released intent has changed may not go back yet; undefined if it may. Pure. */
export function mayLeave(intent: Intent, observed: ObservedEdge, situation: Situation): Breach | undefined {
  const { origins } = observed;
  const { fields, unapproved = [], isUndoing } = situation;
  const gone = intent.kind === 'hold' ? undefined : member(intent, observed);
  const held = gone ?? (isUndoing || intent.kind === 'hold' ? undefined : frozen(intent, observed, situation));
  const waits = held ?? people(intent, observed);
  if (waits !== undefined) {
    return waits;
  }
  if (lacksSnapshot(intent, origins, fields)) {
    return { reason: NO_SNAPSHOT, page: true };
  }
  const needed = Math.max(1, intent.approvals?.needed ?? 1);
  return unapproved.includes(intent) && (isInPlace(intent, origins) || standsInPart(intent, origins, fields))
    ? { reason: `approvals 0/${needed}`, page: false }
    : undefined;
}

/** Released although it was never written down what stood there before. */
function lacksSnapshot({ kind, subject }: Intent, origins: readonly Origin[], fields: readonly Field[]): boolean {
  const isMarked = fields.some((field) => field.subject === subject && field.group === 'enabled');
  return kind === 'out' && !isMarked && origins.some(({ id, enabled }) => id === subject && !enabled);
}

/** True at a step of the way there or back that we have written, or tried to. Pure. */
export function standsInPart({ kind, subject }: Intent, origins: readonly Origin[], fields: readonly Field[]): boolean {
  const weight = origins.find(({ id }) => id === subject)?.weight;
  return (
    kind === 'out' &&
    fields.some(
      ({ subject: id, group, isPart, baseline, written, attempted }) =>
        id === subject &&
        group === 'weight' &&
        isPart === true &&
        baseline['weight'] !== weight &&
        [written['weight'], attempted?.['weight']].includes(weight),
    )
  );
}

/** True while what an intent wanted still stands there. */
function isInPlace({ kind, subject, value }: Intent, origins: readonly Origin[]): boolean {
  if (kind === 'shares') {
    const { weights } = sharesOf({ value });
    return origins.some(({ id, weight }) => weights[id] === weight);
  }
  return origins.some((origin) => origin.id === subject && !isServing(origin));
}
