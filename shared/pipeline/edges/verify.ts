import { judgeEffect, type Effect } from '../../domain/traffic/effect.ts';
import type { EdgeEvidence } from '../../domain/traffic/evidence.ts';
import { knownLatencies } from '../../domain/traffic/latency.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import { isServing } from '../../domain/traffic/serving.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import type { Plan } from '../../reconcile/plan.ts';
import type { EffectMeasure, EffectNumbers } from '../../reconcile/plan-effect.ts';
import type { TargetState } from '../../reconcile/target-rows.ts';
import type { ObservedEdge } from '../../targets/edge/index.ts';
import { countedOf } from './counted.ts';
import { intentsOf } from './look.ts';

/** What the data plane shows, and when. */
export interface Seen {
  readonly observed: ObservedEdge;
  /** Votes, among them who answers the public host. */
  readonly regions: EdgeEvidence['regions'];
  readonly now: Date;
}

/**
 * Whether what our intents hold out is out at the edge as well, by what is measured there. Pure.
 * @returns undefined if nothing of ours is out.
 */
export function effectOf(edge: FleetEdge, state: TargetState, seen: Seen): Effect | undefined {
  const { observed } = seen;
  const held = intentsOf(edge, state, 'out').filter((intent) => intent.state === 'open' && intent.note === 'effective');
  const subjects = new Set(held.map(({ subject }) => subject));
  const drained = observed.origins.filter((origin) => subjects.has(origin.id) && !isServing(origin));
  const writes = drained.flatMap(({ id }) => state.lane.lastWrites?.[id] ?? []).map((at) => Date.parse(at));
  return writes.length === 0 || state.lane.activePlan !== undefined
    ? undefined
    : judged(seen, { drained, returned: [], writtenAt: Math.max(...writes) });
}

/**
 * Whether the edge has what a plan has written that is done. Pure.
 * @returns undefined while nothing is measured.
 */
export function effectOfPlan(plan: Plan, seen: Seen): Effect | undefined {
  const { observed } = seen;
  const written = plan.journal.filter(({ state }) => state === 'written');
  const moved = new Set(written.flatMap(({ step }) => step.changes).flatMap(subjectMoved));
  const about = observed.origins.filter(({ id }) => moved.has(id));
  return judged(seen, {
    drained: about.filter((origin) => !isServing(origin)),
    returned: about.filter(isServing),
    writtenAt: Math.max(...written.map(({ endedAt, at }) => Date.parse(endedAt ?? at))),
  });
}

/** What there is to judge a plan's effect by: what is measured, and what the edge's owner has set a limit for. Pure. */
export function effectMeasures({ observed: { edge, measured } }: Seen): readonly EffectMeasure[] {
  const { errorRateMax, latencyMaxMs } = edge.policy.evidence;
  const isAnswered = edge.evidence?.synthetic?.url !== undefined;
  const readings = Object.values(measured?.readings ?? {});
  const { by } = measured === undefined ? {} : countedOf(measured);
  return [
    ...(by === undefined ? [] : [by]),
    ...(errorRateMax !== undefined && measured?.served?.errorRate !== undefined ? ['errors' as const] : []),
    ...(latencyMaxMs !== undefined && knownLatencies(readings).length > 0 ? ['latency' as const] : []),
    ...(isAnswered ? ['public-host' as const] : []),
  ];
}

/** What is measured of an edge now, for whoever reads later what was found out by it. Pure. */
export function effectNumbers({ observed: { measured, origins } }: Seen): EffectNumbers {
  const counted = measured === undefined ? undefined : countedOf(measured);
  const parts = origins.map(({ name }) => [name, counted?.perMinute(name) ?? 0] as const);
  const total = parts.reduce((sum, [, one]) => sum + one, 0);
  const shares = Object.fromEntries(parts.map(([name, one]) => [name, one / total]));
  const errorRate = measured?.served?.errorRate;
  const latencies = knownLatencies(origins.filter(isServing).map(({ name }) => measured?.readings[name] ?? {}));
  return {
    ...(total === 0 ? {} : counted?.by === 'dns-answers' ? { dnsShares: shares } : { shares }),
    ...(errorRate === undefined ? {} : { errorRate }),
    ...(latencies.length === 0 ? {} : { latencyMs: Math.max(...latencies) }),
  };
}

/** Weights alone are no drain and no return: of those only errors and latency tell. */
function subjectMoved({ subject, group }: Plan['steps'][number]['changes'][number]): readonly string[] {
  return group === 'weight' ? [] : [subject];
}

interface Moved {
  readonly drained: readonly Origin[];
  readonly returned: readonly Origin[];
  readonly writtenAt: number;
}

function judged(
  { observed: { edge, measured, origins }, regions, now }: Seen,
  { drained, returned, writtenAt }: Moved,
): Effect | undefined {
  if (measured === undefined) {
    return undefined;
  }
  const counted = countedOf(measured);
  const perMinute = ({ name }: { readonly name: string }): readonly number[] => {
    const requests = counted.perMinute(name);
    return requests === undefined ? [] : [requests];
  };
  const answers = drained.flatMap(({ name }) =>
    (regions[name]?.votes ?? []).filter(({ isAnswering }) => isAnswering === true).map(({ at }) => at),
  );
  const { propagationMs, metricLagMs } = edge.policy.bake;
  const { errorRateMax, latencyMaxMs } = edge.policy.evidence;
  const errorRate = measured.served?.errorRate;
  const latencies = knownLatencies(origins.filter(isServing).map(({ name }) => measured.readings[name] ?? {}));
  return judgeEffect(
    {
      drained: drained.flatMap(perMinute),
      returned: returned.flatMap(perMinute),
      total: origins.flatMap(perMinute).reduce((sum, requests) => sum + requests, 0),
      ...(errorRate === undefined ? {} : { errorRate }),
      ...(latencies.length === 0 ? {} : { latencyMs: Math.max(...latencies) }),
      ...(counted.since === undefined ? {} : { since: counted.since }),
      isKept: counted.by === 'dns-answers',
      ...(answers.length === 0 ? {} : { answeredAt: Math.max(...answers) }),
    },
    {
      ...(errorRateMax === undefined ? {} : { errorRateMax }),
      ...(latencyMaxMs === undefined ? {} : { latencyMaxMs }),
      writtenAt,
      propagationMs,
      metricLagMs,
      now: now.getTime(),
    },
  );
}
