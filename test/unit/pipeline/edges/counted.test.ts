import { describe, expect, it } from 'vitest';

import { effectMeasures, effectNumbers, effectOfPlan, type Seen } from '../../../../shared/pipeline/edges/verify.ts';
import type { Plan } from '../../../../shared/reconcile/plan.ts';
import type { ObservedEdge } from '../../../../shared/targets/edge/index.ts';
import { edgeOf, originOf } from '../../targets/edge/observed.ts';

const WRITTEN = Date.parse('2026-01-05T08:00:30Z');
const MINUTE = 60_000;

/** A drain of weu that was written half a minute after eight; the edge may take a minute. */
const PLAN = {
  journal: [
    {
      state: 'written',
      at: '2026-01-05T08:00:29Z',
      endedAt: new Date(WRITTEN).toISOString(),
      step: { changes: [{ subject: originOf('weu').id, group: 'enabled', to: { enabled: false } }] },
    },
  ],
} as unknown as Plan;

type Measured = NonNullable<ObservedEdge['measured']>;

/** What is seen four minutes after the write, unless it is said otherwise. */
function seen(more: Partial<Measured>, afterMs = 4 * MINUTE): Seen {
  const edge = edgeOf([originOf('neu'), originOf('weu', { enabled: false })], { propagationSec: 60, metricLagSec: 60 });
  const observed = { ...edge, measured: { ...edge.measured!, ...more } };
  return { observed, regions: {}, now: new Date(WRITTEN + afterMs) };
}

/** DNS answers of whole minutes that begin half a minute after the write. */
const AFTER = { count: 100, since: WRITTEN + 0.5 * MINUTE };

describe('an edge that only answers names', () => {
  it.each<[string, Partial<Measured>, number, ReturnType<typeof effectOfPlan>]>([
    [
      'the others alone are named',
      { readings: { neu: { dnsAnswersPerMinute: 50 } }, dnsAnswers: AFTER },
      4,
      'effective',
    ],
    [
      'the others alone are named, and earlier answers may be kept',
      { readings: { neu: { dnsAnswersPerMinute: 50 } }, dnsAnswers: AFTER },
      1,
      'waiting',
    ],
    [
      'names are answered that belong to nobody whom we know',
      { readings: { 'profile-weu': { dnsAnswersPerMinute: 50 } }, dnsAnswers: { count: 100, since: WRITTEN + MINUTE } },
      4,
      'unknown',
    ],
    [
      'the drained one is named once in a hundred times',
      { readings: { neu: { dnsAnswersPerMinute: 99 }, weu: { dnsAnswersPerMinute: 1 } }, dnsAnswers: AFTER },
      4,
      'effective',
    ],
    [
      'the drained one is named more often, early',
      { readings: { neu: { dnsAnswersPerMinute: 48 }, weu: { dnsAnswersPerMinute: 2 } }, dnsAnswers: AFTER },
      4,
      'waiting',
    ],
    [
      'the drained one is named more often, and all who knew it have forgotten',
      {
        readings: { neu: { dnsAnswersPerMinute: 48 }, weu: { dnsAnswersPerMinute: 2 } },
        dnsAnswers: { count: 100, since: WRITTEN + MINUTE },
      },
      4,
      'not-effective',
    ],
    [
      'too few are named',
      { readings: { neu: { dnsAnswersPerMinute: 33 } }, dnsAnswers: { ...AFTER, count: 99 } },
      4,
      'unknown',
    ],
    ['nobody counts', { readings: {} }, 4, 'unknown'],
  ])('where %s', (_, measured, minutes, effect) => {
    expect(effectOfPlan(PLAN, seen(measured, minutes * MINUTE))).toBe(effect);
  });

  it('says that answers were counted, and no requests', () => {
    const readings = { neu: { dnsAnswersPerMinute: 99 }, weu: { dnsAnswersPerMinute: 1 } };
    expect(effectMeasures(seen({ readings, dnsAnswers: AFTER }))).toEqual(['dns-answers']);
    expect(effectNumbers(seen({ readings, dnsAnswers: AFTER }))).toEqual({ dnsShares: { neu: 0.99, weu: 0.01 } });
    const few = seen({ readings, dnsAnswers: { ...AFTER, count: 99 } });
    expect([effectMeasures(few), effectNumbers(few)]).toEqual([[], {}]);
  });
});

it('is judged by requests where the edge sees them, whatever it names', () => {
  const readings = { neu: { requestsPerMinute: 9, dnsAnswersPerMinute: 1 }, weu: { dnsAnswersPerMinute: 99 } };
  const both = seen({ readings, dnsAnswers: AFTER, since: AFTER.since, served: { requests: 9, errorRate: 0 } }, MINUTE);
  expect(effectMeasures(both)).toEqual(['requests']);
  expect(effectNumbers(both)).toEqual({ shares: { neu: 1, weu: 0 }, errorRate: 0 });
  expect(effectOfPlan(PLAN, both)).toBe('effective');
});
