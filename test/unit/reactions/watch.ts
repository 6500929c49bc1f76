import { NO_EVIDENCE, type EdgeEvidence } from '../../../shared/domain/traffic/evidence.ts';
import type { Origin } from '../../../shared/domain/traffic/origin.ts';
import type { EdgePolicy, EvidencePolicy } from '../../../shared/domain/traffic/policy.ts';
import {
  decideFailover,
  type Decision,
  type FailoverFacts,
  type FailoverVerdict,
  type Report,
} from '../../../shared/reactions/region-failover/index.ts';

export const MINUTE = 60_000;

export const EVIDENCE: EvidencePolicy = {
  quorum: 1,
  needsOutside: false,
  voteTtlMs: 60 * MINUTE,
  settleMs: 0,
  holdMs: 0,
  recoverHoldMs: 10 * MINUTE,
  isRelative: false,
  minRequests: 0,
};

export function policy(evidence: Partial<EvidencePolicy> = {}, more: Partial<EdgePolicy> = {}): EdgePolicy {
  return {
    evidence: { ...EVIDENCE, ...evidence },
    safety: { minEnabled: 1, maxDrainFraction: 0.5, headroom: 0, allowStandby: false, allowPartial: false },
    bake: { bakeMs: 0, propagationMs: 0, metricLagMs: 0 },
    data: { dataFirst: false },
    mode: { drain: 'enforce', restore: 'enforce' },
    approvals: { drain: 0, restore: 0, runbook: 0, override: 0, withinMs: 60 * MINUTE },
    blockedDates: [],
    isUndone: true,
    ...more,
  };
}

export function origin(name: string, more: Partial<Origin> = {}): Origin {
  const region = { weu: 'westeurope', neu: 'northeurope', eus: 'eastus' }[name] ?? name;
  return { id: `/${name}`, name, region, enabled: true, healthy: true, priority: 1, weight: 500, ...more };
}

export function facts(more: Partial<FailoverFacts> = {}): FailoverFacts {
  return {
    policy: policy(),
    origins: [origin('weu'), origin('neu')],
    measured: {},
    evidence: NO_EVIDENCE,
    heldOut: [],
    pinned: [],
    now: 0,
    ...more,
  };
}

export type Alert = Extract<Report, { kind: 'alert' }>;
export type Measurement = Extract<Report, { kind: 'measurement' }>;

export function fired(more: Partial<Alert> = {}): Alert {
  const said = { kind: 'alert', id: 'x', state: 'bad', regions: ['weu'], firedAt: 0, isByUser: false } as const;
  return { ...said, sees: 'edge-health', isOutside: true, ...more };
}

export function over(resolvedAt: number, more: Partial<Alert> = {}): Alert {
  return fired({ state: 'over', resolvedAt, ...more });
}

export function says(source: string, isBad: boolean, at: number, more: Partial<Measurement> = {}): Measurement {
  return { kind: 'measurement', source, region: 'weu', at, isBad, hasNoData: false, ...more };
}

/** An edge that is watched: reports one after another, and drains and releases as they are decided. */
export class Watch {
  evidence: EdgeEvidence = NO_EVIDENCE;
  readonly heldOut = new Set<string>();
  readonly #facts: Partial<FailoverFacts>;

  constructor(more: Partial<FailoverFacts> = {}) {
    this.#facts = more;
  }

  hear(report: Report, now: number, more: Partial<FailoverFacts> = {}): Decision {
    const heldOut = [...this.heldOut];
    const decision = decideFailover(report, facts({ ...this.#facts, evidence: this.evidence, heldOut, now, ...more }));
    ({ evidence: this.evidence } = decision);
    for (const { decision: done, origins } of decision.verdicts) {
      if (done === 'drain') {
        origins.forEach((name) => this.heldOut.add(name));
      }
      if (done === 'release') {
        origins.forEach((name) => this.heldOut.delete(name));
      }
    }
    return decision;
  }

  tick(now: number, more: Partial<FailoverFacts> = {}): Decision {
    return this.hear({ kind: 'tick' }, now, more);
  }

  status(name = 'weu'): string | undefined {
    return this.evidence.regions[name]?.health.status;
  }
}

/** `drain bad weu`, one word for each verdict; `!` where people are called. */
export function words({ verdicts }: { readonly verdicts: readonly FailoverVerdict[] }): readonly string[] {
  return verdicts.map(({ decision, reason, origins, page }) =>
    [decision, reason, ...origins, ...(page ? ['!'] : [])].join(' '),
  );
}
