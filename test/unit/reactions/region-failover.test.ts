import { describe, expect, it } from 'vitest';

import type { EvidencePolicy } from '../../../shared/domain/traffic/policy.ts';
import { decideFailover, type FailoverFacts, type Report } from '../../../shared/reactions/region-failover/index.ts';
import {
  facts,
  fired,
  MINUTE,
  origin,
  over,
  policy,
  says,
  Watch,
  words,
  type Alert,
  type Measurement,
} from './watch.ts';

function answer(report: Report, more: Partial<FailoverFacts> = {}): readonly string[] {
  return words(decideFailover(report, facts(more)));
}

describe('an alert', () => {
  it.each<[string, Partial<Alert>, Partial<EvidencePolicy>, readonly string[]]>([
    ['drains its region', {}, {}, ['drain bad weu']],
    [
      'that speaks of every region is about none, by either name',
      { regions: ['NorthEurope', 'WEU'] },
      {},
      ['failstatic correlated-failure weu !', 'failstatic correlated-failure neu !'],
    ],
    ['that names no region is not for us', { regions: [] }, {}, ['ignore out-of-scope']],
    ['that names a region of others is not for us', { regions: ['mars'] }, {}, ['ignore unknown-region']],
    ['that somebody meant to happen', { isByUser: true }, {}, ['ignore caused-by-user weu']],
    ['that says nothing', { state: 'unknown' }, {}, ['ignore says-nothing weu']],
    ['from a clock ahead of ours', { firedAt: 61_000 }, { maxSkewMs: MINUTE }, ['hold clock-skew weu']],
    ['from a clock a little ahead of ours', { firedAt: 60_000 }, { maxSkewMs: MINUTE }, ['drain bad weu']],
    ['that is left to people', { severity: 3 }, { severityAtMost: 2 }, ['ignore severity weu']],
    ['that is just severe enough', { severity: 2 }, { severityAtMost: 2 }, ['drain bad weu']],
    ['that is too old', { firedAt: -60_001 }, { maxAlertAgeMs: MINUTE }, ['ignore stale weu']],
    ['that is just young enough', { firedAt: -60_000 }, { maxAlertAgeMs: MINUTE }, ['drain bad weu']],
    ['that is one of several that are needed', {}, { quorum: 2 }, ['hold quorum 1/2 weu']],
    ['that must last', {}, { holdMs: MINUTE }, ['hold min-hold weu']],
    ['that ends before it was heard of', { state: 'over', resolvedAt: 0 }, {}, ['ignore recovered weu']],
  ])('%s', (_, alert, evidence, expected) => {
    expect(answer(fired(alert), { policy: policy(evidence) })).toEqual(expected);
  });

  it('is about all origins of its regions, by either name', () => {
    const origins = ['weu', 'neu', 'eus'].map((name) => origin(name));
    const both = fired({ regions: ['NorthEurope', 'WEU'] });
    expect(answer(both, { origins })).toEqual(['drain bad weu', 'drain bad neu']);
  });

  it('of an incident that people have closed is ignored', () => {
    const watch = new Watch();
    watch.evidence = { ...watch.evidence, closed: ['x'] };
    expect(words(watch.hear(fired(), 0))).toEqual(['ignore closed-incident weu']);
  });

  it('that is over already is ignored, also where its end came first', () => {
    const watch = new Watch();
    watch.hear(over(5), 6);
    expect(words(watch.hear(fired(), 7))).toEqual(['ignore already-resolved weu']);
    expect(words(watch.hear(fired({ firedAt: 6 }), 8))).toEqual(['drain bad weu']);
  });

  it('of others leaves no trace', () => {
    for (const alert of [fired({ regions: [] }), fired({ regions: ['mars'] })]) {
      expect(decideFailover(alert, facts()).evidence).toEqual(facts().evidence);
    }
  });

  it('that is not acted on is remembered, so that its other word finds it', () => {
    const { evidence } = decideFailover(fired({ state: 'unknown' }), facts());
    expect(evidence.alerts).toEqual({ x: { firedAt: 0 } });
    expect(evidence.regions).toEqual({});
  });

  it('whose end says nothing of when ends all the same', () => {
    const watch = new Watch();
    watch.hear(fired(), 0);
    expect(words(watch.hear(fired({ state: 'over' }), MINUTE))).toEqual(['hold recover-hold weu']);
    expect(words(watch.hear(fired(), 2 * MINUTE))).toEqual(['ignore already-resolved weu']);
  });

  it('whose end comes too late to be acted on no longer speaks against its region', () => {
    const watch = new Watch({ policy: policy({ maxAlertAgeMs: 5 * MINUTE }) });
    watch.hear(fired(), 0);
    expect(words(watch.hear(over(MINUTE), 60 * MINUTE))).toEqual(['ignore stale weu']);
    expect(words(watch.tick(61 * MINUTE))[0]).toBe('hold recover-hold weu');
    expect(words(watch.tick(71 * MINUTE))[0]).toBe('release recovered weu');
  });
});

describe('a measurement', () => {
  const relative = { isRelative: true, errorRateMax: 0.1, minRequests: 10 };
  const said = (more: Partial<Measurement>): Measurement => {
    return { kind: 'measurement', source: 'synthetic', region: 'weu', at: 0, hasNoData: false, ...more };
  };

  it.each<[string, Partial<Measurement>, Partial<EvidencePolicy>, readonly string[]]>([
    ['that says bad', { isBad: true }, {}, ['drain bad weu']],
    ['that says well', { isBad: false }, {}, ['hold quorum 0/1 weu']],
    ['above the limit', { errorRate: 0.2 }, { errorRateMax: 0.1 }, ['drain bad weu']],
    ['inside the limit', { errorRate: 0.1 }, { errorRateMax: 0.1 }, ['hold quorum 0/1 weu']],
    ['of too few requests', { requests: 9, errorRate: 1 }, relative, ['hold inconclusive:requests 9/10 weu']],
    ['of nothing', {}, {}, ['hold inconclusive:nothing-measured weu']],
    ['that is bad everywhere', { errorRate: 0.2 }, relative, ['hold not-regional weu !']],
    ['that is called bad and is so everywhere', { isBad: true, errorRate: 0.2 }, relative, ['hold not-regional weu !']],
    ['that is called bad without a number', { isBad: true }, relative, ['drain bad weu']],
    ['of a region of others', { isBad: true, region: 'mars' }, {}, ['ignore unknown-region']],
    ['of a source that does not count', { isBad: true }, { sources: ['afd-probe'] }, ['ignore out-of-scope weu']],
    ['of a source that counts', { isBad: true }, { sources: ['synthetic'] }, ['drain bad weu']],
    ['without data', { hasNoData: true }, {}, ['failstatic no-data weu !']],
    [
      'from inside where one from outside is needed',
      { isBad: true, takenIn: 'WEU' },
      { needsOutside: true },
      ['hold no-external-vote weu'],
    ],
    ['from outside', { isBad: true, takenIn: 'neu' }, { needsOutside: true }, ['drain bad weu']],
    ['of a source that is outside of every region', { isBad: true }, { needsOutside: true }, ['drain bad weu']],
    [
      'of a source that does not say where it is',
      { isBad: true, source: 'app' },
      { needsOutside: true },
      ['hold no-external-vote weu'],
    ],
  ])('%s', (_, more, evidence, expected) => {
    const others = { neu: { errorRate: 0.3 } };
    expect(answer(said(more), { policy: policy(evidence), measured: others })).toEqual(expected);
  });

  it('of the whole group speaks for each region, and so for none', () => {
    const group: Report = { kind: 'measurement', source: 'app', at: 0, isBad: true, hasNoData: false };
    expect(answer({ ...group, isBad: false })).toEqual(['hold quorum 0/1 weu', 'hold quorum 0/1 neu']);
    // All of it bad is no matter of regions, whoever says so and however soon it is decided.
    expect(answer(group)).toEqual(['failstatic correlated-failure weu !', 'failstatic correlated-failure neu !']);
  });

  it('without data is no answer where others have said something', () => {
    const watch = new Watch();
    watch.hear(says('synthetic', false, 0), 0);
    expect(words(watch.hear(says('app', false, 1, { hasNoData: true }), 1))).toEqual(['hold quorum 0/1 weu']);
    const late = 61 * MINUTE;
    expect(words(watch.hear(says('app', false, late, { hasNoData: true }), late))).toEqual([
      'failstatic no-data weu !',
    ]);
  });

  it('that is slow halves, where the owner wants that', () => {
    const slow = { latencyFactor: 3, latencyAction: 'halve' as const };
    const measured = { neu: { p95Ms: 100 } };
    expect(answer(said({ p95Ms: 400 }), { policy: policy(slow), measured })).toEqual(['slow bad weu']);
    expect(answer(said({ p95Ms: 400 }), { policy: policy({ latencyFactor: 3 }), measured })).toEqual(['drain bad weu']);
  });

  it('is compared with what serves in other regions alone', () => {
    const origins = [origin('weu'), origin('neu', { enabled: false }), origin('eus')];
    const measured = { weu: { errorRate: 0.2 }, neu: { errorRate: 0.9 }, eus: { errorRate: 0 } };
    expect(answer(said({ errorRate: 0.2 }), { origins, measured, policy: policy(relative) })).toEqual([
      'drain bad weu',
    ]);
  });
});

describe('a region that is bad', () => {
  it.each<[string, Partial<FailoverFacts>, readonly string[]]>([
    ['and out already', { heldOut: ['weu'] }, ['drain already-drained weu']],
    ['and let in step by step', { heldOut: ['weu'], returning: ['weu'] }, ['drain receiver-bad weu !']],
    ['while another is let in', { heldOut: ['neu'], returning: ['neu'] }, ['drain bad weu']],
    ['and pinned', { pinned: ['weu'] }, ['ignore pinned weu']],
    ['and pinned and sick', { pinned: ['weu'], origins: [origin('weu', { healthy: false })] }, ['ignore pinned weu !']],
    [
      'of an edge that is not there',
      { unusable: { decision: 'refuse', reason: 'config-error:x' } },
      ['refuse config-error:x weu !'],
    ],
    [
      'of an edge that nobody may write',
      { unusable: { decision: 'escalate', reason: 'authorization' } },
      ['escalate authorization weu !'],
    ],
    ['in the region that this cell runs in', { ownRegion: 'WestEurope' }, ['hold own-region weu']],
    ['in another region than this cell', { ownRegion: 'northeurope' }, ['drain bad weu']],
    ['and receives what a plan moves', { moving: { from: ['neu'], isPlanned: true } }, ['undo receiver-bad weu !']],
    ['and is left by a plan', { moving: { from: ['weu'], isPlanned: true } }, ['drain bad weu']],
    ['beside an emergency', { moving: { from: ['neu'], isPlanned: false } }, ['drain bad weu']],
  ])('%s', (_, more, expected) => {
    expect(answer(fired(), more)).toEqual(expected);
  });

  it.each<[string, number, object, object, readonly string[]]>([
    ['soon after another', 9, {}, {}, ['hold cooldown weu !']],
    ['soon after another that it does not mind', 9, { scope: 'region' }, {}, ['drain bad weu']],
    ['long enough after another', 10, {}, {}, ['drain bad weu']],
    [
      'so bad that it cannot wait',
      9,
      { bypassErrorRate: 0.5 },
      { measured: { weu: { errorRate: 0.5 } } },
      ['drain bad weu'],
    ],
    [
      'not so bad that it cannot wait',
      9,
      { bypassErrorRate: 0.5 },
      { measured: { weu: { errorRate: 0.4 } } },
      ['hold cooldown weu !'],
    ],
    ['while a plan is under way', 9, {}, { moving: { from: ['weu'], isPlanned: true } }, ['drain bad weu']],
  ])('%s', (_, minutes, cooldown, more, expected) => {
    const evidence = { ...facts().evidence, shifts: { neu: 0 } };
    const cooled = policy({ cooldown: { ms: 10 * MINUTE, scope: 'group', ...cooldown } });
    const now = minutes * MINUTE;
    expect(answer(fired({ firedAt: now }), { policy: cooled, evidence, now, ...more })).toEqual(expected);
  });

  it('turns a plan around once, and again when something newer is said', () => {
    const watch = new Watch();
    expect(words(watch.hear(fired(), 0, { moving: { from: ['neu'], isPlanned: true } }))).toEqual([
      'undo receiver-bad weu !',
    ]);
    expect(words(watch.tick(0))).toEqual(['hold steered weu', 'noop verified neu']);
    const again = watch.hear(fired({ id: 'y', firedAt: 3 }), 3);
    expect(words(again)).toEqual(['drain bad weu']);
  });

  it('waits for others, so that the decision is about the whole set', () => {
    const watch = new Watch({
      policy: policy({ settleMs: MINUTE }),
      origins: [origin('weu'), origin('neu'), origin('eus')],
    });
    const first = watch.hear(fired(), 0);
    expect(words(first)).toEqual(['hold settling weu']);
    expect(first.lookInMs).toBe(MINUTE);
    expect(watch.hear(fired(), 10_000).lookInMs).toBe(50_000);
    expect(words(watch.tick(MINUTE))).toEqual(['drain bad weu', 'noop verified neu', 'noop verified eus']);
  });

  it('among too many is a matter of the monitor', () => {
    const watch = new Watch({ policy: policy({ settleMs: MINUTE }) });
    watch.hear(fired(), 0);
    watch.hear(fired({ id: 'y', regions: ['neu'] }), 1);
    const all = ['failstatic correlated-failure weu !', 'failstatic correlated-failure neu !'];
    expect(words(watch.tick(MINUTE))).toEqual(all);
    // It stays so at every further look: no new wait, and no other word in between.
    expect(words(watch.tick(2 * MINUTE))).toEqual(all);
    expect(words(watch.tick(3 * MINUTE))).toEqual(all);
  });

  it('after a decision opens another wait', () => {
    const watch = new Watch({ policy: policy({ settleMs: MINUTE }), pinned: ['weu'] });
    watch.hear(fired(), 0);
    watch.tick(MINUTE);
    expect(words(watch.hear(fired({ id: 'y', regions: ['neu'] }), 5 * MINUTE))).toEqual(['hold settling neu']);
    expect(watch.evidence.settleUntil).toBe(6 * MINUTE);
  });

  it('among too many, some of which are out already', () => {
    const origins = ['weu', 'neu', 'eus', 'sea', 'jpe'].map((name) => origin(name));
    const watch = new Watch({ policy: policy({ settleMs: MINUTE }), origins });
    watch.heldOut.add('sea');
    watch.hear(fired({ regions: ['weu', 'neu'] }), 0);
    expect(words(watch.tick(MINUTE)).slice(0, 2)).toEqual([
      'failstatic correlated-failure weu !',
      'failstatic correlated-failure neu !',
    ]);
  });

  it('alone is never a matter of the monitor, whatever is out already: the rules decide', () => {
    const watch = new Watch({ policy: policy({ settleMs: MINUTE }) });
    watch.heldOut.add('neu');
    watch.hear(fired(), 0);
    expect(words(watch.tick(MINUTE))[0]).toBe('drain bad weu');
  });

  it('that is well again before the wait is over is left alone', () => {
    const watch = new Watch({ policy: policy({ settleMs: MINUTE, recoverHoldMs: 0 }) });
    watch.hear(fired(), 0);
    watch.hear(over(30_000), 30_000);
    expect(words(watch.tick(MINUTE))).toEqual(['noop verified weu', 'noop verified neu']);
    expect(watch.evidence.settleUntil).toBeUndefined();
  });
});

describe('a region that was bad', () => {
  it('returns after it was well for long enough', () => {
    const watch = new Watch();
    watch.hear(fired(), 0);
    expect([...watch.heldOut]).toEqual(['weu']);
    const ended = watch.hear(over(MINUTE), MINUTE);
    expect(words(ended)).toEqual(['hold recover-hold weu']);
    expect(ended.lookInMs).toBe(10 * MINUTE);
    expect(words(watch.tick(11 * MINUTE))).toEqual(['release recovered weu', 'noop verified neu']);
    expect([...watch.heldOut]).toEqual([]);
  });

  it('stays out while nobody speaks', () => {
    const watch = new Watch({ policy: policy({ voteTtlMs: MINUTE }) });
    watch.hear(says('synthetic', true, 0), 0);
    expect(words(watch.tick(600 * MINUTE))[0]).toBe('noop verified weu');
    expect(watch.status()).toBe('bad');
  });

  it('is suspect since the first of too few called it bad', () => {
    const watch = new Watch({ policy: policy({ quorum: 2, voteTtlMs: 60 * MINUTE }) });
    watch.hear(says('synthetic', true, 0), 0);
    watch.tick(14 * MINUTE);
    expect(watch.evidence.regions['weu']?.health).toMatchObject({ status: 'suspect', suspectSince: 0 });
    watch.hear(says('synthetic', false, 16 * MINUTE), 16 * MINUTE);
    watch.hear(says('synthetic', true, 17 * MINUTE), 17 * MINUTE);
    expect(watch.evidence.regions['weu']?.health).toMatchObject({ suspectSince: 17 * MINUTE });
    expect([...watch.heldOut]).toEqual([]);
  });

  it('returns on no word that is older than what is bad', () => {
    const watch = new Watch({ policy: policy({ quorum: 2, voteTtlMs: 2 * MINUTE }) });
    for (const id of ['old', 'older']) {
      watch.hear(fired({ id, firedAt: 0 }), 1);
      watch.hear(over(2, { id, firedAt: 0 }), 2);
    }
    watch.tick(20 * MINUTE);
    expect(watch.status()).toBe('healthy');
    watch.hear(says('synthetic', true, 30 * MINUTE), 30 * MINUTE);
    expect(words(watch.hear(says('afd-probe', true, 30 * MINUTE), 30 * MINUTE))).toEqual(['drain bad weu']);
    // Both votes expire, and what is left are two alerts that were over long before.
    for (let minute = 33; minute < 100; minute += 1) {
      watch.tick(minute * MINUTE);
    }
    expect([...watch.heldOut]).toEqual(['weu']);
    expect(watch.status()).toBe('bad');
  });

  it('is held back where it came and went', () => {
    const damping = { perFlap: 1000, halfLifeMs: 15 * MINUTE, suppress: 500, reuse: 400, maxSuppressMs: 60 * MINUTE };
    const watch = new Watch({ policy: policy({ damping }) });
    watch.hear(fired(), 0);
    watch.hear(over(MINUTE), MINUTE);
    expect(words(watch.tick(11 * MINUTE))[0]).toBe('hold damped weu');
    expect(words(watch.tick(21 * MINUTE))[0]).toBe('release recovered weu');
  });

  it('and was never drained is well without a word', () => {
    const watch = new Watch({ pinned: ['weu'] });
    watch.hear(fired(), 0);
    watch.hear(over(MINUTE), MINUTE);
    expect(words(watch.tick(11 * MINUTE))[0]).toBe('ignore recovered weu');
  });

  it('for too short a time did not persist', () => {
    const watch = new Watch({ policy: policy({ holdMs: 5 * MINUTE }) });
    const first = watch.hear(fired(), 0);
    expect(first.lookInMs).toBe(5 * MINUTE);
    expect(words(watch.hear(over(MINUTE), MINUTE))).toEqual(['ignore did-not-persist weu']);
  });

  it('by an alert that newer good votes outvote', () => {
    const watch = new Watch({ policy: policy({ quorum: 2 }) });
    watch.hear(says('a', false, 5), 5);
    watch.hear(says('b', false, 6), 6);
    expect(words(watch.hear(fired(), 7))).toEqual(['ignore recovered weu']);
  });
});

describe('a tick', () => {
  it('looks at every region, with what the edge measures', () => {
    const watch = new Watch({ policy: policy({ quorum: 2 }) });
    const measurements = [
      says('edge-health', true, 0),
      says('edge-errors', true, 0),
      says('edge-health', false, 0, { region: 'neu' }),
    ];
    const { verdicts } = watch.hear({ kind: 'tick', measurements }, 0);
    expect(words({ verdicts })).toEqual(['drain bad weu', 'noop verified neu']);
  });

  it('finds nothing to do on a quiet day', () => {
    expect(answer({ kind: 'tick' })).toEqual(['noop verified weu', 'noop verified neu']);
  });
});
