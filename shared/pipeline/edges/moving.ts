import type { OutWish } from '../../domain/traffic/wishes.ts';
import { intentKey, type Intent } from '../../intents/intent.ts';
import type { FailoverFacts } from '../../reactions/region-failover/index.ts';
import type { Plan } from '../../reconcile/plan.ts';

/** What a plan that is under way takes traffic from, and whether anybody is in a hurry. Pure. */
export function movingOf(
  plan: Plan,
  outs: readonly Intent[],
  nameOf: (subject: string) => readonly string[],
): FailoverFacts['moving'] {
  const served = new Set(plan.serves.map(({ key }) => key));
  const ours = outs.filter((intent) => served.has(intentKey(intent)));
  const isEmergency = ours.some(({ value }) => (value as unknown as OutWish).urgency === 'emergency');
  return { from: ours.flatMap(({ subject }) => nameOf(subject)), isPlanned: !isEmergency };
}
