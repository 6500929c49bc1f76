import { judgeEffect, type Effect } from '../../domain/traffic/effect.ts';
import { isServing } from '../../domain/traffic/serving.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import type { TargetState } from '../../reconcile/target-rows.ts';
import type { ObservedEdge } from '../../targets/edge/index.ts';
import { intentsOf } from './look.ts';

/**
 * Whether what our intents hold out is out at the edge as well, by what is measured there. Pure.
 * @returns undefined if nothing of ours is out.
 */
export function effectOf(edge: FleetEdge, state: TargetState, observed: ObservedEdge, now: Date): Effect | undefined {
  const held = intentsOf(edge, state, 'out').filter((intent) => intent.state === 'open' && intent.note === 'effective');
  const subjects = new Set(held.map(({ subject }) => subject));
  const out = observed.origins.filter((origin) => subjects.has(origin.id) && !isServing(origin));
  const writes = out.flatMap(({ id }) => state.lane.lastWrites?.[id] ?? []).map((at) => Date.parse(at));
  const { measured } = observed;
  if (writes.length === 0 || measured === undefined || state.lane.activePlan !== undefined) {
    return undefined;
  }
  const perMinute = ({ name }: { readonly name: string }): readonly number[] => {
    const requests = measured.readings[name]?.requestsPerMinute;
    return requests === undefined ? [] : [requests];
  };
  const { propagationMs, metricLagMs } = edge.policy.bake;
  const { errorRateMax } = edge.policy.evidence;
  const errorRate = measured.served?.errorRate;
  return judgeEffect(
    {
      drained: out.flatMap(perMinute),
      total: observed.origins.flatMap(perMinute).reduce((sum, requests) => sum + requests, 0),
      ...(errorRate === undefined ? {} : { errorRate }),
    },
    {
      ...(errorRateMax === undefined ? {} : { errorRateMax }),
      writtenAt: Math.max(...writes),
      settlesInMs: propagationMs + metricLagMs,
      now: now.getTime(),
    },
  );
}
