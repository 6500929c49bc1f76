import type { EdgePolicy } from '../../shared/domain/traffic/policy.ts';
import type { Scenario } from './scenario.ts';

/** Longest validity of a vote where a scenario is silent: until another one replaces it. */
const NO_TTL_MS = 365 * 86_400_000;
const APPROVAL_MS = 3_600_000;

/** A scenario's policy as the fleet would give it; what it does not say is off. */
export function policyOf({ policy }: Scenario): EdgePolicy {
  const ms = (seconds: number | undefined, otherwise: number): number =>
    seconds === undefined ? otherwise : seconds * 1000;
  const { damping } = policy;
  return {
    evidence: {
      // Scenarios list sources of signals; their alerts always count.
      ...given({ sources: policy.signals === undefined ? undefined : [...policy.signals, 'alerts'] }),
      quorum: policy.quorum ?? 1,
      needsOutside: policy.requireExternal ?? false,
      voteTtlMs: ms(policy.voteTtlSec, NO_TTL_MS),
      settleMs: ms(policy.settleSec, 0),
      holdMs: ms(policy.minHoldSec, 0),
      recoverHoldMs: ms(policy.recoverHoldSec, 0),
      ...(damping === undefined
        ? {}
        : {
            damping: {
              perFlap: damping.perFlap,
              halfLifeMs: damping.halfLifeSec * 1000,
              suppress: damping.suppress,
              reuse: damping.reuse,
              maxSuppressMs: damping.maxSuppressSec * 1000,
            },
          }),
      ...(policy.cooldownSec === undefined
        ? {}
        : {
            cooldown: {
              ms: policy.cooldownSec * 1000,
              scope: policy.cooldownScope ?? 'group',
              ...given({ bypassErrorRate: policy.cooldownBypassErrorRate }),
            },
          }),
      ...given({
        maxAlertAgeMs: policy.maxAlertAgeSec === undefined ? undefined : policy.maxAlertAgeSec * 1000,
        maxSkewMs: policy.maxSkewSec === undefined ? undefined : policy.maxSkewSec * 1000,
        severityAtMost: policy.actOnSeverityAtMost,
        errorRateMax: policy.errorRateMax,
        latencyFactor: policy.latencyFactor,
        latencyAction: policy.latencyAction,
      }),
      isRelative: policy.relative ?? false,
      minRequests: policy.minRequests ?? 0,
    },
    safety: {
      minEnabled: policy.minEnabled ?? 1,
      maxDrainFraction: policy.maxDrainFraction ?? 1,
      headroom: policy.headroom ?? 0,
      allowStandby: policy.allowEnableStandby ?? false,
      allowPartial: policy.partial ?? false,
    },
    bake: {
      bakeMs: ms(policy.bakeSec, 0),
      propagationMs: ms(policy.propagationSec, 0),
      metricLagMs: ms(policy.metricLagSec, 0),
    },
    data: {
      dataFirst: policy.dataFirst ?? false,
      ...given({ rpoMs: policy.rpoSec === undefined ? undefined : policy.rpoSec * 1000 }),
    },
    mode: { drain: 'enforce', restore: 'enforce' },
    approvals: {
      drain: 0,
      restore: 0,
      runbook: policy.approvals ?? 0,
      override: policy.approvals ?? 0,
      withinMs: ms(policy.approvalTtlSec, APPROVAL_MS),
    },
    ...given({ redistribute: policy.redistribute, weightTotal: policy.weightTotal }),
    blockedDates: policy.blockedDates ?? [],
    isUndone: true,
  };
}

/** A member that should be text; scenarios write numbers as well. */
export function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? `${value}` : otherwise;
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The members that have a value. */
export function given<T extends object>(members: T): Given<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Given<T>;
}
