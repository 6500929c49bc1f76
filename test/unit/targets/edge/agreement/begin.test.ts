import { describe, expect, it } from 'vitest';

import { intentKey, type Intent } from '../../../../../shared/intents/intent.ts';
import type { Situation } from '../../../../../shared/reconcile/target-kind.ts';
import { mayBegin } from '../../../../../shared/targets/edge/agreement/begin.ts';
import type { ObservedEdge } from '../../../../../shared/targets/edge/index.ts';
import { edgeOf, emergencyOf, frozenUntil, originOf, outOf, pinOf, sharesOf, situation } from '../observed.ts';

type Policies = Parameters<typeof edgeOf>[1];

const TWO = [originOf('weu'), originOf('neu')];

function observed(policies: Policies = {}, more: Partial<ObservedEdge> = {}): ObservedEdge {
  return { ...edgeOf(TWO, policies), ...more };
}

function tiers(...priorities: readonly number[]): ObservedEdge {
  const names = ['weu', 'neu', 'eus'];
  return edgeOf(priorities.map((priority, index) => originOf(names[index] ?? '', { priority })));
}

const PLANNED = outOf('weu');
const DRILL = outOf('weu', { value: { enabled: false, urgency: 'drill' } });
const URGENT = emergencyOf('weu');
const RAMP = outOf('weu', { value: { enabled: false, urgency: 'planned', via: [50] } });
const BY_GATE = outOf('weu', { value: { enabled: false, urgency: 'planned', through: 'gate' } });
const SHARES = sharesOf({ weu: 5 });
const FIRING = { switches: { automation: 'on', firing: ['change freeze'] } } as const;
const LATENCY = { routing: { method: 'latency-then-weight', latencySensitivityMs: 0, hasAffinity: false } } as const;
const BEGUN = situation({
  journal: [{ state: 'written', step: { changes: [] } }] as unknown as Situation['journal'],
  underWay: [intentKey(PLANNED)],
});
const OTHER_BEGUN = { ...BEGUN, underWay: [intentKey(outOf('neu'))] };
const MOVED_BY_OTHER = situation({
  journal: [{ state: 'written', step: { changes: [{ subject: PLANNED.subject }] } }] as unknown as Situation['journal'],
});
const LIGHTER = situation({
  journal: [
    { state: 'written', step: { changes: [{ subject: PLANNED.subject, group: 'weight', to: { weight: 50 } }] } },
  ] as unknown as Situation['journal'],
});

function drained(more: Partial<ObservedEdge>): ObservedEdge {
  return { ...edgeOf([originOf('weu', { enabled: false }), originOf('neu')], { dataFirst: true }), ...more };
}

/** An edge whose planned moves begin in these hours of Berlin; now it is Thursday 01:01 there. */
function within(...open: readonly string[]): ObservedEdge {
  const base = observed();
  const windows = { open, timeZone: 'Europe/Berlin' };
  return { ...base, edge: { ...base.edge, policy: { ...base.edge.policy, windows } } };
}

function overriding(intent: Intent, ...overrides: readonly string[]): Intent {
  return { ...intent, value: { ...intent.value, overrides } };
}

/** What is known of the data where that origin alone would be drained. */
function leaving(name: string, data: object): Partial<ObservedEdge> {
  const { measured } = observed();
  return { measured: { ...measured!, readings: { [name]: data } } };
}

function promoted(promotion: 'done' | 'failed' | 'waiting', replicationLagMs?: number): Partial<ObservedEdge> {
  const { measured } = observed();
  return { measured: { ...measured!, promotion, ...(replicationLagMs === undefined ? {} : { replicationLagMs }) } };
}

describe('an intent', () => {
  it.each<[string, Intent, ObservedEdge, Situation, string | undefined]>([
    ['that nothing speaks against', PLANNED, observed(), situation(), undefined],
    ['by a gate that there is not', BY_GATE, observed(), situation(), 'config-error:no-gate'],
    ['by a gate that there is', BY_GATE, observed({}, { hasGates: true }), situation(), undefined],
    ['while an alarm fires', PLANNED, observed({}, FIRING), situation(), 'blocking-alarm'],
    ['of weights while an alarm fires', SHARES, observed({}, FIRING), situation(), 'blocking-alarm'],
    ['of a drill while an alarm fires', DRILL, observed({}, FIRING), situation(), 'blocking-alarm'],
    ['of an emergency while an alarm fires', URGENT, observed({}, FIRING), situation(), undefined],
    [
      'whose origin has lost weight for others while an alarm fires',
      PLANNED,
      observed({}, FIRING),
      LIGHTER,
      'blocking-alarm',
    ],
    ['at a step of its own while an alarm fires', RAMP, observed({}, FIRING), LIGHTER, undefined],
    ['that has begun while an alarm fires', PLANNED, observed({}, FIRING), BEGUN, undefined],
    ['of what has moved already while an alarm fires', PLANNED, observed({}, FIRING), MOVED_BY_OTHER, undefined],
    ['beside one that has begun while an alarm fires', PLANNED, observed({}, FIRING), OTHER_BEGUN, 'blocking-alarm'],
    ['that is done already while an alarm fires', PLANNED, drained(FIRING), situation(), undefined],
    ['that is done already when the data lags', PLANNED, drained(promoted('failed')), situation(), undefined],
    [
      'of weights that stand there while an alarm fires',
      sharesOf({ weu: 100 }),
      observed({}, FIRING),
      situation(),
      undefined,
    ],
    ['of a person’s pin while an alarm fires', pinOf('weu', 'out'), observed({}, FIRING), situation(), undefined],
    [
      'that nobody holds by any more',
      outOf('', { kind: 'hold', value: { held: true } }),
      observed({}, FIRING),
      situation(),
      undefined,
    ],
    ['on a blocked day', PLANNED, observed({ blockedDates: ['2026-01-01'] }), situation(), 'blocked-date'],
    ['on a day that is blocked each year', DRILL, observed({ blockedDates: ['01-01'] }), situation(), 'blocked-date'],
    ['on the day after', PLANNED, observed({ blockedDates: ['2025-12-31', '01-02'] }), situation(), undefined],
    ['inside a window', DRILL, within('Thu 01:00-02:00'), situation(), undefined],
    [
      'outside of its windows',
      DRILL,
      within('Mon 09:00-17:00', 'Thu 01:02-02:00'),
      situation(),
      'outside-window until 2026-01-01T00:02:00.000Z',
    ],
    [
      'of weights outside of its windows',
      SHARES,
      within('Wed 01:00-24:00'),
      situation(),
      'outside-window until 2026-01-07T00:00:00.000Z',
    ],
    ['of an emergency outside of its windows', URGENT, within('Mon 09:00-17:00'), situation(), undefined],
    [
      'of a reaction outside of its windows',
      { ...SHARES, by: { reaction: 'region-failover' } },
      within('Mon 09:00-17:00'),
      situation(),
      undefined,
    ],
    ['that has begun inside of its window', PLANNED, within('Mon 09:00-17:00'), BEGUN, undefined],
    [
      'that overrides its windows',
      overriding(PLANNED, 'outside-window'),
      within('Mon 09:00-17:00'),
      situation(),
      undefined,
    ],
    ['of an emergency on a blocked day', URGENT, observed({ blockedDates: ['01-01'] }), situation(), undefined],
    ['in a freeze', PLANNED, frozenUntil('2026-01-01', 'drain', 'restore'), situation(), 'freeze'],
    ['after a freeze', PLANNED, frozenUntil('2025-12-31'), situation(), undefined],
    ['of an emergency in a freeze', URGENT, frozenUntil('2026-01-04', 'restore'), situation(), 'freeze'],
    [
      'of an emergency in a freeze that leaves drains out',
      URGENT,
      frozenUntil('2026-01-04', 'drain'),
      situation(),
      undefined,
    ],
    ['that has begun before a freeze', PLANNED, frozenUntil('2026-01-04'), BEGUN, undefined],
    ['beside one that has begun before a freeze', PLANNED, frozenUntil('2026-01-05'), OTHER_BEGUN, 'freeze'],
    [
      'before the data has moved',
      URGENT,
      observed({ dataFirst: true }, promoted('waiting')),
      situation(),
      'data-step-waits',
    ],
    [
      'after the data could not move',
      URGENT,
      observed({ dataFirst: true }, promoted('failed')),
      situation(),
      'data-step-failed',
    ],
    ['after the data has moved', URGENT, observed({ dataFirst: true }, promoted('done')), situation(), undefined],
    ['of data that nobody minds', URGENT, observed({}, promoted('failed')), situation(), undefined],
    [
      'of weights before the data has moved',
      SHARES,
      observed({ dataFirst: true }, promoted('waiting')),
      situation(),
      undefined,
    ],
    [
      'while replication is late',
      URGENT,
      observed({ rpoSec: 30 }, promoted('done', 90_000)),
      situation(),
      'replication-lag 90s > rpo 30s',
    ],
    [
      'while replication is just in time',
      URGENT,
      observed({ rpoSec: 30 }, promoted('done', 30_000)),
      situation(),
      undefined,
    ],
    [
      'while nobody knows of replication',
      URGENT,
      observed({ rpoSec: 30 }),
      situation(),
      'replication-lag unknown, rpo 30s',
    ],
    [
      'while nobody knows how the data is',
      URGENT,
      observed({ dataFirst: true }),
      situation(),
      'data-step-waits unknown',
    ],
    [
      'after a promotion, while nobody knows of replication',
      URGENT,
      observed({ rpoSec: 30, dataFirst: true }, promoted('done')),
      situation(),
      undefined,
    ],
    [
      'that waits for no promotion, while nobody knows of replication',
      URGENT,
      observed({ rpoSec: 30 }, promoted('done')),
      situation(),
      'replication-lag unknown, rpo 30s',
    ],
    [
      'before a promotion, while nobody knows of replication',
      URGENT,
      observed({ rpoSec: 30, dataFirst: true }, promoted('waiting')),
      situation(),
      'replication-lag unknown, rpo 30s',
    ],
    [
      'of a region that the data has left',
      URGENT,
      observed({ dataFirst: true }, leaving('weu', { promotion: 'done' })),
      situation(),
      undefined,
    ],
    [
      'of a region that the data has moved to',
      URGENT,
      observed({ dataFirst: true }, leaving('neu', { promotion: 'done' })),
      situation(),
      'data-step-waits unknown',
    ],
    [
      'of a region whose own replica lags',
      URGENT,
      observed({ rpoSec: 30 }, leaving('weu', { replicationLagMs: 31_000 })),
      situation(),
      'replication-lag 31s > rpo 30s',
    ],
    ['of weights that do nothing', SHARES, observed({}, LATENCY), situation(), 'weights-ineffective'],
    ['of a ramp that does nothing', RAMP, observed({}, LATENCY), situation(), 'weights-ineffective'],
    ['of a drain at once where weights do nothing', PLANNED, observed({}, LATENCY), situation(), undefined],
    [
      'of weights within a latency',
      SHARES,
      observed({}, { routing: { method: 'latency-then-weight', latencySensitivityMs: 50, hasAffinity: false } }),
      situation(),
      undefined,
    ],
    [
      'of weights by priority',
      SHARES,
      observed({}, { routing: { method: 'priority', hasAffinity: false } }),
      situation(),
      'weights-ineffective',
    ],
    ['of weights where each has a tier of its own', SHARES, tiers(1, 2), situation(), 'weights-ineffective'],
    ['of a ramp of what is alone in its tier', RAMP, tiers(1, 2, 2), situation(), 'weights-ineffective'],
    ['of weights within a tier', sharesOf({ weu: 5, neu: 7 }), tiers(1, 2, 2), situation(), undefined],
    [
      'of a weight that stays in a tier with others',
      sharesOf({ weu: 5, neu: 100 }),
      tiers(1, 2, 2),
      situation(),
      'weights-ineffective',
    ],
    ['of a drain at once from a tier of its own', PLANNED, tiers(1, 2), situation(), undefined],
    [
      'of weights of one alone',
      SHARES,
      { ...observed({}, LATENCY), origins: [originOf('weu'), originOf('neu', { enabled: false })] },
      situation(),
      undefined,
    ],
    [
      'that overrides what it breaks',
      overriding(PLANNED, 'blocked-date'),
      observed({ blockedDates: ['01-01'] }),
      situation(),
      undefined,
    ],
    [
      'that overrides a family',
      overriding(URGENT, 'replication-lag'),
      observed({ rpoSec: 30 }, promoted('done', 90_000)),
      situation(),
      undefined,
    ],
    [
      'that overrides something else',
      overriding(PLANNED, 'weights-ineffective'),
      observed({}, FIRING),
      situation(),
      'blocking-alarm',
    ],
    ['that overrides a letter', overriding(PLANNED, 'b'), observed({}, FIRING), situation(), 'blocking-alarm'],
    [
      'that overrides one of two',
      overriding(SHARES, 'blocking-alarm'),
      observed({}, { ...FIRING, ...LATENCY }),
      situation(),
      'weights-ineffective',
    ],
  ])('%s', (_, intent, edge, asked, reason) => {
    expect(mayBegin(intent, edge, asked)?.reason).toBe(reason);
  });

  it.each([
    [URGENT, frozenUntil('2026-01-04'), true],
    [PLANNED, frozenUntil('2026-01-04'), false],
    [BY_GATE, observed(), true],
    [URGENT, observed({ dataFirst: true }, promoted('failed')), true],
    [PLANNED, observed({}, FIRING), false],
  ])('calls people where they must know', (intent, edge, page) => {
    expect(mayBegin(intent, edge, situation())).toMatchObject({ page });
  });
});
