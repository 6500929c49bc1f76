import type { Origin } from '../../../domain/traffic/origin.ts';
import { isServing } from '../../../domain/traffic/serving.ts';
import { intentKey, type Intent } from '../../../intents/intent.ts';
import type { Situation } from '../../../reconcile/target-kind.ts';
import { REMOVED } from '../removal/removal.ts';

/**
 * Weakest first, and of those what is not there yet, then the newest: restores, the ways back of what has left, shares, planned drains, emergencies.
 * Pins yield last: to what keeps somebody served, and to nothing that anybody else wants. Pure.
 */
export function byWeakness(
  { acting, leaving }: Pick<Situation, 'acting' | 'leaving'>,
  origins: readonly Origin[],
): readonly Intent[] {
  const inPlace = ({ kind, subject }: Intent): number =>
    kind === 'out' && origins.some((origin) => origin.id === subject && !isServing(origin)) ? 1 : 0;
  const rank = ({ kind, value }: Intent): number =>
    kind === REMOVED ? 0 : kind === 'pin' ? 4 : kind === 'shares' ? 1 : isEmergency({ kind, value }) ? 3 : 2;
  const newest = (a: Intent, b: Intent): number =>
    descending(a.openedAt, b.openedAt) || descending(a.subject, b.subject) || descending(intentKey(a), intentKey(b));
  // A pin that holds what is so already moves nothing: it can be to blame for nothing, and whoever it keeps out stays so.
  const isIdle = ({ kind, subject, value }: Intent): boolean =>
    kind === 'pin' &&
    origins.some((origin) => origin.id === subject && isServing(origin) === (value['pinned'] === 'in'));
  const able = acting
    .filter((intent) => !isIdle(intent))
    .toSorted((a, b) => rank(a) - rank(b) || inPlace(a) - inPlace(b) || newest(a, b));
  return [...leaving.toSorted(newest), ...able];
}

/** True for a wish to take an origin out at once. Pure. */
export function isEmergency({ kind, value }: Pick<Intent, 'kind' | 'value'>): boolean {
  return kind === 'out' && value['urgency'] === 'emergency';
}

function descending(a: string, b: string): number {
  return a > b ? -1 : Number(a < b);
}
