import type { OutWish } from '../../domain/traffic/wishes.ts';
import { intentKey, type Intent } from '../../intents/intent.ts';
import type { FailoverFacts } from '../../reactions/region-failover/index.ts';
import type { Plan } from '../../reconcile/plan.ts';

/**
 * What a plan that is under way takes traffic from, and whether it can be turned around. Pure.
 *
 * A way back cannot: without the wish that has left already it only ends sooner. Nor can an emergency.
 */
export function movingOf(
  plan: Plan,
  intents: readonly Intent[],
  nameOf: (subject: string) => readonly string[],
): FailoverFacts['moving'] {
  const served = new Set(plan.serves.map(({ key }) => key));
  const ours = intents.filter((intent) => served.has(intentKey(intent)));
  const wanted = ours.filter(({ state }) => state !== 'leaving' && state !== 'closed');
  const outs = ours.filter(({ kind }) => kind === 'out');
  const isEmergency = outs.some(({ value }) => (value as unknown as OutWish).urgency === 'emergency');
  const sources = outs.length > 0 ? outs.map(({ subject }) => subject) : loweredBy(plan);
  return { from: [...new Set(sources.flatMap(nameOf))], isPlanned: wanted.length > 0 && !isEmergency };
}

/** Shares take traffic from those whose weight sinks. */
function loweredBy({ journal, steps }: Plan): readonly string[] {
  return [...journal.map(({ step }) => step), ...steps]
    .flatMap(({ changes }) => changes)
    .filter(({ group, from, to }) => group === 'weight' && Number(to['weight']) < Number(from['weight']))
    .map(({ subject }) => subject);
}
