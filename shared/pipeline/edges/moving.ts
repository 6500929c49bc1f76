import type { Origin } from '../../domain/traffic/origin.ts';
import type { OutWish, SharesWish } from '../../domain/traffic/wishes.ts';
import { intentKey, type Intent } from '../../intents/intent.ts';
import { subjectsOf } from '../../intents/subjects.ts';
import type { FailoverFacts } from '../../reactions/region-failover/index.ts';
import type { Plan } from '../../reconcile/plan.ts';

/**
 * What a plan that is under way takes traffic from, and whether it can be turned around. Pure.
 *
 * A way back cannot: without the wish that has left already it only ends sooner. Nor can an emergency.
 */
export function movingOf(plan: Plan, intents: readonly Intent[], origins: readonly Origin[]): FailoverFacts['moving'] {
  const served = new Set(plan.serves.filter(({ stood }) => stood !== true).map(({ key }) => key));
  const ours = intents.filter((intent) => served.has(intentKey(intent)));
  const wanted = ours.filter(({ state }) => state !== 'leaving' && state !== 'closed');
  const outs = ours.filter(({ kind }) => kind === 'out');
  const isEmergency = outs.some(({ value }) => (value as unknown as OutWish).urgency === 'emergency');
  const shares = ours.filter(({ kind }) => kind === 'shares');
  // What sinks beside a drain may follow from the capacity of those that take its traffic.
  const named = new Set(shares.flatMap(subjectsOf));
  const sunk = sunkBy(plan).filter((subject) => outs.length === 0 || named.has(subject));
  const asked = toSink(
    shares.filter((intent) => wanted.includes(intent)),
    origins,
  );
  const sources = [...outs.map(({ subject }) => subject), ...sunk, ...asked];
  const from = origins.filter(({ id }) => sources.includes(id)).map(({ name }) => name);
  return { from, isPlanned: wanted.length > 0 && !isEmergency };
}

/** Shares take traffic from those whose weight is to sink, whatever has become of the steps that lower it. */
function toSink(shares: readonly Intent[], origins: readonly Origin[]): readonly string[] {
  const weights = shares.map(({ value }) => (value as unknown as SharesWish).weights);
  return origins
    .filter(({ id, weight }) => weights.some((wanted) => (wanted[id] ?? weight) < weight))
    .map(({ id }) => id);
}

/** And from those whose weight a step lowers, or has lowered. */
function sunkBy({ journal, steps }: Plan): readonly string[] {
  return [...journal.map(({ step }) => step), ...steps]
    .flatMap(({ changes }) => changes)
    .filter(({ group, from, to }) => group === 'weight' && Number(to['weight']) < Number(from['weight']))
    .map(({ subject }) => subject);
}
