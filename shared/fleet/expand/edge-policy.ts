import type { Mode } from '../../domain/mode.ts';
import type { EdgePolicy, EvidencePolicy, SafetyPolicy } from '../../domain/traffic/policy.ts';
import { compareText } from '../findings.ts';
import type { FleetEdge } from '../model.ts';
import { daysOf, durationMs, percentNumber } from '../schema/scalars.ts';
import type { Edge } from '../schema.ts';

type Signals = Edge['signals'];

/**
 * Until a write shows at the edge, where the file does not say: what Front Door promises at most, and a usual TTL.
 * https://learn.microsoft.com/azure/frontdoor/front-door-faq
 */
const PROPAGATION = { 'front-door': '20m', 'traffic-manager': '1m' } as const;

/**
 * An edge section as the reactions read it: times in milliseconds, shares from 0 to 1.
 *
 * @param defaults - for a direction that has no mode of its own, and for windows without a zone.
 */
export function edgePolicyOf(
  edge: Edge,
  service: FleetEdge['service'],
  defaults: { readonly mode: Mode; readonly timeZone: string },
): EdgePolicy {
  const { rules, signals, planned, data, mode, approvals } = edge;
  const { drain, restore, runbook, override, within } = approvals;
  return {
    evidence: evidenceOf(signals),
    safety: safetyOf(rules),
    bake: {
      bakeMs: durationMs(planned.bake),
      propagationMs: durationMs(planned.propagation ?? PROPAGATION[service]),
      metricLagMs: durationMs(planned.metricLag),
    },
    data: { dataFirst: data.first, ...given('rpoMs', data.rpo, durationMs) },
    mode: { drain: mode.drain ?? defaults.mode, restore: mode.restore ?? defaults.mode },
    approvals: { drain, restore, runbook, override, withinMs: durationMs(within) },
    ...given('redistribute', rules.redistribute, same),
    ...given('weightTotal', rules.weightTotal, same),
    blockedDates: [...new Set(planned.blockedDates.flatMap(daysOf))].sort(compareText),
    ...given('windows', planned.windows, (open) => ({ open, timeZone: planned.timeZone ?? defaults.timeZone })),
    isUndone: rules.undo,
  };
}

function safetyOf({ minServing, maxDrained, headroom, allowStandby, allowPartial }: Edge['rules']): SafetyPolicy {
  return {
    minEnabled: minServing,
    maxDrainFraction: fraction(maxDrained),
    headroom: fraction(headroom),
    allowStandby,
    allowPartial,
  };
}

function evidenceOf(signals: Signals): EvidencePolicy {
  const { quorum, external, relative, minRequests, cooldown, damping } = signals;
  return {
    ...given('sources', signals.sources, (sources) => sources.toSorted(compareText)),
    quorum,
    needsOutside: external,
    voteTtlMs: durationMs(signals.voteTtl),
    settleMs: durationMs(signals.settle),
    holdMs: durationMs(signals.hold),
    recoverHoldMs: durationMs(signals.recoverHold),
    ...given('damping', damping, dampingOf),
    ...given('cooldown', cooldown, cooldownOf),
    maxAlertAgeMs: durationMs(signals.maxAlertAge),
    alertTtlMs: durationMs(signals.alertTtl),
    maxSkewMs: durationMs(signals.maxSkew),
    ...given('severityAtMost', signals.severityAtMost, same),
    isRelative: relative,
    minRequests,
    ...given('errorRateMax', signals.errorRateMax, fraction),
    ...given('latencyMaxMs', signals.latencyMaxMs, same),
    ...given('latencyFactor', signals.latencyFactor, same),
    ...given('latencyAction', signals.latencyAction, same),
  };
}

function dampingOf({
  perFlap,
  halfLife,
  suppress,
  reuse,
  maxSuppress,
}: NonNullable<Signals['damping']>): NonNullable<EvidencePolicy['damping']> {
  return { perFlap, halfLifeMs: durationMs(halfLife), suppress, reuse, maxSuppressMs: durationMs(maxSuppress) };
}

function cooldownOf({
  for: time,
  scope,
  bypassErrorRate,
}: NonNullable<Signals['cooldown']>): NonNullable<EvidencePolicy['cooldown']> {
  return { ms: durationMs(time), scope, ...given('bypassErrorRate', bypassErrorRate, fraction) };
}

/** One property, or none where the file does not say. */
function given<K extends string, T, R>(
  key: K,
  value: T | undefined,
  read: (value: T) => R,
): Readonly<Partial<Record<K, R>>> {
  return (value === undefined ? {} : { [key]: read(value) }) as Partial<Record<K, R>>;
}

function same<T>(value: T): T {
  return value;
}

function fraction(percent: string): number {
  return percentNumber(percent) / 100;
}
