import { describe, expect, it } from 'vitest';

import type { EdgeReading } from '../../../../shared/ports/edge-readings.ts';
import type { FieldChange } from '../../../../shared/reconcile/plan.ts';
import type { ObservedEdge } from '../../../../shared/targets/edge/index.ts';
import { bakeOf } from '../../../../shared/targets/edge/baking.ts';
import { written } from './look.ts';
import { edgeOf, originOf, situation } from './observed.ts';

const WRITTEN = Date.parse('2026-01-01T00:00:00.000Z');
const BAKE_MS = 240_000;
const PROPAGATION_MS = 60_000;

interface Measured {
  readonly served?: EdgeReading['served'];
  readonly since?: number;
  readonly readings?: EdgeReading['origins'];
}

function edgeWith(measured: Measured, limits: object = { latencyMaxMs: 800 }): ObservedEdge {
  const origins = [originOf('weu', { weight: 50 }), originOf('neu'), originOf('eus', { enabled: false })];
  const observed = edgeOf(origins, { propagationSec: PROPAGATION_MS / 1_000 });
  const { policy } = observed.edge;
  return {
    ...observed,
    edge: { ...observed.edge, policy: { ...policy, evidence: { ...policy.evidence, ...limits } } },
    measured: { ...observed.measured!, served: { requests: 900, errorRate: 0 }, ...measured },
  };
}

/** The bake of a step with these changes, looked at when its time is over. */
function bakeAfter(observed: ObservedEdge, changes: readonly FieldChange[]) {
  const journal = [written('weu', 'weight', {}, { bakeMs: BAKE_MS, changes })];
  return bakeOf(observed, situation({ journal, now: new Date(WRITTEN + BAKE_MS) }));
}

function weight(name: string, from: number, to: number): FieldChange {
  return { subject: originOf(name).id, group: 'weight', from: { weight: from }, to: { weight: to } };
}

const BUSY = { requestsPerMinute: 60 };
const SLOW = { averageMs: 2_000, ...BUSY };
const FAST = { averageMs: 50, ...BUSY };

describe('a bake', () => {
  it.each([
    ['in part before the edge had the step', -1, { outcome: 'baking', ms: 1 }],
    ['long before that', -240_000, { outcome: 'baking', ms: 240_000 }],
    ['after that', 0, { outcome: 'failed', reason: 'latency 2000 ms > 800 ms' }],
  ])('is not judged by what was counted %s', (_, early, expected) => {
    const since = WRITTEN + PROPAGATION_MS + early;
    const observed = edgeWith({ since, readings: { weu: FAST, neu: SLOW } });
    expect(bakeAfter(observed, [weight('weu', 100, 50)])).toMatchObject(expected);
  });

  it('waits for no measurement where nothing is compared', () => {
    const observed = edgeWith({ since: WRITTEN, readings: { neu: SLOW } }, {});
    expect(bakeAfter(observed, [weight('weu', 100, 50)])).toBeUndefined();
  });

  it.each<[string, FieldChange, EdgeReading['origins'], string]>([
    ['a slow origin that is given less', weight('weu', 100, 50), { weu: SLOW, neu: FAST }, 'passed'],
    ['a receiver that is slow', weight('weu', 100, 50), { weu: FAST, neu: SLOW }, 'failed'],
    ['one that is slow when it is given more', weight('weu', 25, 50), { weu: SLOW, neu: FAST }, 'failed'],
    ['one that is relieved', weight('weu', 25, 50), { weu: FAST, neu: SLOW }, 'passed'],
    [
      'one that is let in',
      { ...weight('weu', 1, 1), group: 'enabled', from: { enabled: false }, to: { enabled: true } },
      { weu: SLOW, neu: FAST },
      'failed',
    ],
    [
      'one whose gate is opened',
      { ...weight('weu', 1, 1), group: 'gate', from: { isShut: true }, to: { isShut: false } },
      { weu: SLOW, neu: FAST },
      'failed',
    ],
    ['one that is out', weight('weu', 100, 50), { weu: FAST, neu: FAST, eus: SLOW }, 'passed'],
    [
      'one that hardly anybody asks',
      weight('weu', 100, 50),
      { neu: { ...SLOW, requestsPerMinute: 9 } },
      'inconclusive',
    ],
    ['nobody whose latency is known', weight('weu', 100, 50), {}, 'inconclusive'],
  ])('holds to latency %s', (_, change, readings, outcome) => {
    expect(bakeAfter(edgeWith({ readings }), [change])).toMatchObject({ outcome });
  });

  it('is inconclusive where nothing was read', () => {
    const { measured, ...blind } = edgeWith({});
    expect(measured).toBeDefined();
    expect(bakeAfter(blind, [weight('weu', 100, 50)])).toEqual({ outcome: 'inconclusive', reason: 'no-data' });
  });
});
