import { NO_EVIDENCE, type EdgeEvidence } from '../../../../shared/domain/traffic/evidence.ts';
import { UNKNOWN_HEALTH } from '../../../../shared/domain/traffic/health.ts';
import type { Origin } from '../../../../shared/domain/traffic/origin.ts';
import type { Vote } from '../../../../shared/domain/traffic/votes.ts';
import type { Intent } from '../../../../shared/intents/intent.ts';
import { policyOf } from '../../../../cli/simulate/policy.ts';
import type { Scenario } from '../../../../cli/simulate/scenario.ts';
import type { ReadinessFacts } from '../../../../shared/reactions/readiness/index.ts';

export const NOW = Date.parse('2026-03-02T08:00:00Z');
export const DAY = 86_400_000;

export function origin(name: string, more: Partial<Origin> = {}): Origin {
  return {
    id: `/og/origins/${name}`,
    name,
    region: name,
    enabled: true,
    healthy: true,
    priority: 1,
    weight: 500,
    ...more,
  };
}

/** A policy as a scenario writes it; what it does not say is off. */
export function policy(written: object = {}): ReadinessFacts['policy'] {
  // Whatever is written, also what no scenario may say.
  return policyOf({ policy: { quorum: 2, requireExternal: true, ...written } } as Scenario);
}

export function vote(source: string, more: Partial<Vote> = {}): Vote {
  return { source, isBad: false, at: NOW - 1000, expires: NOW + 60_000, isOutside: true, ...more };
}

export function evidence(votes: Readonly<Record<string, readonly Vote[]>>): EdgeEvidence {
  const regions = Object.entries(votes).map(([name, of]) => [name, { votes: of, health: UNKNOWN_HEALTH }] as const);
  return { ...NO_EVIDENCE, regions: Object.fromEntries(regions) };
}

export function intent(more: Partial<Intent> = {}): Intent {
  const at = new Date(NOW - DAY / 2).toISOString();
  return {
    schema: 1,
    subject: '/og/origins/east',
    by: { person: 'alice' },
    cause: 'c',
    kind: 'pin',
    value: { pinned: 'in' },
    mode: 'enforce',
    reason: 'r',
    signals: [],
    asOf: at,
    openedAt: at,
    state: 'open',
    ...more,
  };
}

type Seen = Exclude<ReadinessFacts['seen'], string>;

export function seen(more: Partial<Seen> = {}): Seen {
  return {
    origins: [origin('east'), origin('west')],
    routing: { method: 'latency-then-weight', latencySensitivityMs: 50, hasAffinity: false },
    missing: [],
    isTerminal: true,
    measured: {
      division: { by: 'weight', load: 120 },
      capacity: new Map(['east', 'west'].map((name) => [name, { safe: 120, taken: 0 }])),
    },
    ...more,
  };
}

/** A set that gives everything. */
export const GIVEN = { actions: ['*'], notActions: [], dataActions: ['*'], notDataActions: [] };

/** An edge of which everything is well. */
export function facts(more: Partial<ReadinessFacts> = {}): ReadinessFacts {
  const two = [vote('edge-health'), vote('synthetic')];
  return {
    now: NOW,
    policy: policy(),
    seen: seen(),
    probe: { path: '/healthz', method: 'GET' },
    growth: [],
    access: [
      {
        scope: '/subscriptions/s/resourcegroups/g/providers/microsoft.cdn/profiles/p/origingroups/apps',
        needed: { actions: ['a/read'] },
        lack: 'fail',
        answer: [GIVEN],
      },
    ],
    isStopped: false,
    switches: { automation: 'on', firing: [] },
    intents: [],
    fields: [],
    evidence: evidence({ east: two, west: two }),
    lastDrillAt: NOW - 30 * DAY,
    lastWriteAt: NOW - 30 * DAY,
    ...more,
  };
}
