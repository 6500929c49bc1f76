import { judgeBake, type BakeVerdict } from '../../domain/traffic/bake.ts';
import { knownLatencies } from '../../domain/traffic/latency.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import { isServing } from '../../domain/traffic/serving.ts';
import { isManual, type FieldChange, type Step } from '../../reconcile/plan.ts';
import type { Situation } from '../../reconcile/target-kind.ts';
import type { ObservedEdge } from './observe.ts';

/** How the last step that needs one has baked; undefined if none does. Pure. */
export function bakeOf(
  observed: ObservedEdge,
  { journal, now, goesOnFrom }: Situation,
): BakeVerdict | { readonly outcome: 'baking'; readonly ms: number } | undefined {
  // Whoever is asked to do something after a write is asked when it has baked.
  const last = journal.findLast(({ state, step }) => state === 'written' || isManual(step));
  const { bakeMs } = last?.step ?? {};
  if (last === undefined || bakeMs === undefined) {
    return undefined;
  }
  const ended = Date.parse(last.endedAt ?? '');
  const ms = Math.max(ended, goesOnFrom?.getTime() ?? 0) + bakeMs - now.getTime();
  if (ms > 0) {
    return { outcome: 'baking', ms };
  }
  const verdict = servedVerdict(observed, last.step);
  const { measured, edge } = observed;
  // What was counted in part before the edge had the step is told of both.
  const mixedMs = ended + edge.policy.bake.propagationMs - (measured?.since ?? Infinity);
  return verdict !== undefined && mixedMs > 0 ? { outcome: 'baking', ms: mixedMs } : verdict;
}

/**
 * What is served now, held against the edge's limits; undefined if it has none. Pure. Errors are those of the whole edge;
 * latencies those of whoever gets more by the step, or of all that serve: what a slow region is drained for is no reason
 * to give it everything back.
 */
export function servedVerdict({ measured, edge, origins }: ObservedEdge, step?: Step): BakeVerdict | undefined {
  const { minRequests, errorRateMax, latencyMaxMs } = edge.policy.evidence;
  const limits = {
    minRequests,
    ...(errorRateMax === undefined ? {} : { errorRateMax }),
    ...(latencyMaxMs === undefined ? {} : { latencyMaxMs }),
  };
  if (errorRateMax === undefined && latencyMaxMs === undefined && minRequests === 0) {
    return undefined;
  }
  if (measured?.served === undefined) {
    return judgeBake(undefined, limits);
  }
  const { requests, errorRate } = measured.served;
  const receivers = receiversOf(origins, step?.changes ?? []).map(({ name }) => measured.readings[name] ?? {});
  const latencies = knownLatencies(receivers).map((latencyMs) => ({ latencyMs }));
  return judgeBake([{ requests, errorRate }, ...latencies], limits);
}

function receiversOf(origins: readonly Origin[], changes: readonly FieldChange[]): readonly Origin[] {
  const serving = origins.filter(isServing);
  const raised = serving.filter(({ id }) => changes.some((change) => change.subject === id && isMore(change)));
  const others = serving.filter(({ id }) => !changes.some((change) => change.subject === id));
  return raised.length > 0 ? raised : others;
}

function isMore({ from, to }: FieldChange): boolean {
  return to['enabled'] === true || to['isShut'] === false || Number(to['weight']) > Number(from['weight']);
}
