import { policyOf } from '../../../../cli/simulate/policy.ts';
import type { Scenario } from '../../../../cli/simulate/scenario.ts';
import type { Origin } from '../../../../shared/domain/traffic/origin.ts';
import type { Intent } from '../../../../shared/intents/intent.ts';
import type { Field, Situation } from '../../../../shared/reconcile/target-kind.ts';
import type { ObservedEdge } from '../../../../shared/targets/edge/index.ts';

export const EDGE = '/profiles/p/origingroups/og';

/** An origin that is well, unless it is said otherwise. Its id ends with its name. */
export function originOf(name: string, more: Partial<Origin> = {}): Origin {
  const id = `${EDGE}/origins/${name}`;
  return { id, name, region: name, enabled: true, healthy: true, priority: 1, weight: 100, ...more };
}

/** An edge by weights, in which each origin can carry everything. */
export function edgeOf(origins: readonly Origin[], policies: Partial<Scenario['policy']> = {}): ObservedEdge {
  const policy = policyOf({ policy: policies } as Scenario);
  return {
    edge: {
      name: 'shop',
      id: EDGE,
      service: 'front-door',
      profile: '/profiles/p',
      priority: 1,
      origins: origins.map(({ id, name, region }) => ({ id, name, region, cluster: name })),
      policy,
    },
    origins,
    routing: { method: 'weight', hasAffinity: false },
    measured: {
      division: { by: 'weight', load: 100 },
      capacity: new Map(origins.map(({ name }) => [name, { safe: 1_000, taken: 0 }])),
      readings: {},
    },
    missing: [],
    isBlind: false,
    hasGates: false,
    isTerminal: true,
    switches: { automation: 'on', firing: [] },
  };
}

/** Somebody's wish that an origin is out. */
export function outOf(name: string, more: Partial<Intent> = {}): Intent {
  return {
    schema: 1,
    subject: `${EDGE}/origins/${name}`,
    by: { person: 'alice' },
    cause: 'command',
    kind: 'out',
    value: { enabled: false, urgency: 'planned' },
    mode: 'enforce',
    reason: 'because',
    signals: ['command'],
    asOf: '2026-01-01T00:00:00.000Z',
    openedAt: '2026-01-01T00:00:00.000Z',
    state: 'open',
    ...more,
  };
}

/** Nothing wanted, nothing written. */
export function situation(more: Partial<Situation> = {}): Situation {
  return {
    acting: [],
    leaving: [],
    fields: [],
    journal: [],
    others: { intents: [], fields: [] },
    isUndoing: false,
    now: new Date('2026-01-01T00:01:00Z'),
    ...more,
  };
}

/** Somebody's wish for weights, by name of the origin. */
export function sharesOf(weights: Readonly<Record<string, number>>, more: Partial<Intent> = {}): Intent {
  const byId = Object.fromEntries(Object.entries(weights).map(([name, weight]) => [originOf(name).id, weight]));
  const value = { weights: byId };
  return outOf('', { subject: EDGE, kind: 'shares', cause: 'shares', value, ...more });
}

/** A person's word that an origin serves, or does not. */
export function pinOf(name: string, pinned: 'in' | 'out', more: Partial<Intent> = {}): Intent {
  return outOf(name, { kind: 'pin', cause: 'pin', value: { pinned }, ...more });
}

/** A drain that waits for nothing. */
export function emergencyOf(name: string, more: Partial<Intent> = {}): Intent {
  const value = { enabled: false, urgency: 'emergency' };
  return outOf(name, { by: { reaction: 'region-failover' }, cause: 'region-bad', value, ...more });
}

/** What we have written to an origin, and what stood there before. */
export function markOf(name: string, baseline: Json, written: Json, more: Partial<Field> = {}): Field {
  const [group = ''] = Object.keys(baseline);
  return { subject: originOf(name).id, group: group === 'isShut' ? 'gate' : group, baseline, written, ...more };
}

type Json = Field['baseline'];

/** An edge of two that are well, in a freeze since before Christmas. */
export function frozenUntil(to: string, ...except: readonly string[]): ObservedEdge {
  const base = edgeOf([originOf('weu'), originOf('neu')]);
  const freezes = [{ from: '2025-12-18', to, except }] as unknown as NonNullable<ObservedEdge['edge']['freezes']>;
  return { ...base, edge: { ...base.edge, freezes } };
}
