import { describe, expect, it } from 'vitest';

import { hostLabels } from '../../../shared/domain/traffic/named-origins.ts';
import type { EvidencePolicy } from '../../../shared/domain/traffic/policy.ts';
import { decideFailover, type FailoverFacts } from '../../../shared/reactions/region-failover/index.ts';
import { facts, fired, MINUTE, origin, over, policy, says, Watch, words, type Alert } from './watch.ts';

const HOSTED: Partial<FailoverFacts> = {
  origins: [
    origin('weu', { hosts: hostLabels('weu.contoso.com', [80, 443]), hostHeaders: ['shop.contoso.com'] }),
    origin('neu', { hosts: hostLabels('neu.contoso.com', [80, 8443]), hostHeaders: ['shop.contoso.com'] }),
    origin('eus', { hosts: ['10.1.0.4'], hostHeaders: ['shop.contoso.com'] }),
  ],
};

function watched(evidence: Partial<EvidencePolicy> = {}, more: Partial<FailoverFacts> = {}): Watch {
  return new Watch({ ...HOSTED, policy: policy(evidence), ...more });
}

describe('an alert that calls origins by their hosts', () => {
  it.each<[string, Partial<Alert>, readonly string[], string?]>([
    ['drains that one', { regions: ['weu.contoso.com:443'] }, ['drain bad weu']],
    ['in any letters and without a port', { regions: ['WEU.contoso.com'] }, ['drain bad weu']],
    ['by an address', { regions: ['10.1.0.4'] }, ['drain bad eus']],
    ['whose port it has not', { regions: ['weu.contoso.com:8443'] }, ['ignore out-of-scope'], 'weu.contoso.com:8443'],
    ['of nobody', { regions: ['evil.example:443'] }, ['ignore out-of-scope'], 'no origin here has the host'],
    ['that all of them share', { regions: ['shop.contoso.com'] }, ['ignore out-of-scope'], 'several regions'],
    ['one of them of nobody', { regions: ['evil.example', 'neu.contoso.com:8443'] }, ['drain bad neu']],
    ['none at all', { regions: [] }, ['ignore out-of-scope'], 'names no region'],
    ['by a name of nobody', { regions: ['mars'] }, ['ignore unknown-region'], 'mars'],
  ])('%s', (_, alert, expected, detail = '') => {
    const decision = decideFailover(fired(alert), facts(HOSTED));
    expect(words(decision)).toEqual(expected);
    expect(decision.verdicts[0]?.detail ?? '').toContain(detail);
  });

  it('leaves no trace where they are unknown', () => {
    expect(decideFailover(fired({ regions: ['evil.example'] }), facts(HOSTED)).evidence).toEqual(facts().evidence);
  });

  it('of an edge that cannot be asked is answered by what keeps it from being asked', () => {
    const unusable = { decision: 'escalate', reason: 'authorization' } as const;
    const decision = decideFailover(fired({ regions: ['weu.contoso.com'] }), facts({ unusable }));
    expect(words(decision)).toEqual(['escalate authorization']);
  });
});

describe('two alerts', () => {
  it('of two rules on one metric are one source', () => {
    const watch = watched({ quorum: 2 });
    watch.hear(fired({ id: 'x', rule: 'quick' }), 0);
    expect(words(watch.hear(fired({ id: 'y', rule: 'slow' }), 1))).toEqual(['hold quorum 1/2 weu']);
    expect(words(watch.hear(says('edge-health', true, 2), 2))).toEqual(['hold quorum 1/2 weu']);
    expect(words(watch.hear(fired({ id: 'z', sees: 'aks-nodes', isOutside: false }), 3))).toEqual(['drain bad weu']);
  });

  it('of one metric are bad until both are over', () => {
    const watch = watched({ recoverHoldMs: 0 });
    watch.hear(fired({ id: 'x' }), 0);
    watch.hear(fired({ id: 'y' }), 1);
    watch.hear(over(2, { id: 'x' }), 2);
    expect(words(watch.tick(3))[0]).toBe('drain already-drained weu');
    watch.hear(over(4, { id: 'y' }), 4);
    expect(watch.status()).toBe('healthy');
  });

  it('from inside of the region are no word from outside', () => {
    const watch = watched({ needsOutside: true });
    const inside = fired({ sees: 'aks-nodes', isOutside: false });
    expect(words(watch.hear(inside, 0))).toEqual(['hold no-external-vote weu']);
    expect(words(watch.hear(fired({ id: 'y' }), 1))).toEqual(['drain bad weu']);
  });
});

describe('an alert of a source that the edge does not list', () => {
  const listed = { sources: ['synthetic', 'Pods are down'] };

  it('gives no vote, and the record says why', () => {
    const decision = watched(listed).hear(fired({ rule: 'probes' }), 0);
    expect(words(decision)).toEqual(['ignore out-of-scope weu']);
    expect(decision.verdicts[0]?.detail).toBe('signals.sources lists none of: alerts, edge-health, probes');
  });

  it.each<[string, Partial<Alert>, readonly string[]]>([
    ['its rule', { rule: 'pods are DOWN' }, listed.sources],
    ['what it sees', {}, ['edge-health']],
    ['all of them', {}, ['alerts']],
  ])('counts by %s', (_, alert, sources) => {
    expect(words(watched({ sources }).hear(fired(alert), 0))).toEqual(['drain bad weu']);
  });

  it('counts from the time on when it is listed, and no longer when it is not', () => {
    const watch = watched(listed);
    watch.hear(fired(), 0);
    const quiet = words(watch.tick(1))[0];
    const later = { policy: policy({ sources: ['alerts'] }) };
    expect([quiet, words(watch.tick(2, later))[0]]).toEqual(['noop verified weu', 'drain bad weu']);
    expect(words(watch.hear(says('synthetic', false, 3), 3))[0]).toBe('hold recover-hold weu');
  });

  it('ends what it has said all the same', () => {
    const watch = watched(listed);
    watch.hear(fired(), 0);
    watch.hear(over(1), 2);
    expect(words(watch.tick(3, { policy: policy({ sources: ['alerts'] }) }))[0]).toBe('noop verified weu');
  });
});

describe('an alert that goes on, where one source is a quorum', () => {
  const well = (at: number): ReturnType<typeof says> => says('synthetic', false, at);

  it('is not outvoted by good measurements', () => {
    const watch = watched();
    watch.hear(fired(), 0);
    for (let minute = 1; minute <= 30; minute += 1) {
      expect(words(watch.hear(well(minute * MINUTE), minute * MINUTE))).toEqual(['drain already-drained weu']);
    }
    expect(words(watch.hear(over(31 * MINUTE), 31 * MINUTE))).toEqual(['hold recover-hold weu']);
  });

  it('counts until its time is over', () => {
    const watch = watched({ alertTtlMs: 60 * MINUTE });
    watch.hear(fired(), 0);
    watch.hear(well(59 * MINUTE), 59 * MINUTE);
    expect(watch.status()).toBe('bad');
    watch.hear(well(60 * MINUTE), 60 * MINUTE);
    expect(watch.status()).toBe('recovering');
  });

  it('fires anew under the same id with a time of its own', () => {
    const watch = watched({ alertTtlMs: 60 * MINUTE });
    watch.hear(fired(), 0);
    watch.hear(fired({ firedAt: 50 * MINUTE }), 50 * MINUTE);
    watch.hear(well(70 * MINUTE), 70 * MINUTE);
    expect(watch.status()).toBe('bad');
  });

  it('says nothing if it comes after newer good ones, however often it is delivered', () => {
    const watch = watched();
    watch.hear(well(5), 6);
    for (const at of [7, 8]) {
      expect(words(watch.hear(fired(), at))).toEqual(['ignore recovered weu']);
    }
  });

  it('says nothing only as long as those are good', () => {
    const watch = watched({ voteTtlMs: MINUTE });
    watch.hear(well(5), 6);
    watch.hear(fired(), 7);
    expect(words(watch.tick(2 * MINUTE))[0]).toBe('drain bad weu');
  });
});

describe('a late end of an earlier time', () => {
  it.each<[string, Partial<Alert>]>([
    ['is no bad word where the newer one says nothing', { state: 'unknown' }],
    ['is no bad word where the newer one was meant to happen', { isByUser: true }],
    ['is no bad word where the newer one is left to people', { severity: 4 }],
  ])('%s', (_, newer) => {
    const watch = watched({ severityAtMost: 3 });
    watch.hear(fired({ firedAt: 5, ...newer }), 6);
    watch.hear(over(3), 7);
    expect(watch.evidence.regions['weu']?.votes ?? []).toEqual([]);
  });

  it('leaves a bad word that came since', () => {
    const watch = watched();
    watch.hear(fired({ firedAt: 5 }), 6);
    expect(words(watch.hear(over(3), 7))).toEqual(['drain already-drained weu']);
  });
});

describe('a region that is slow', () => {
  const halving: Partial<EvidencePolicy> = { latencyAction: 'halve', recoverHoldMs: 0 };
  const slow = { isSlow: true };

  it('gets less by an alert on latency alone, and is drained by any other', () => {
    const watch = watched(halving);
    expect(words(watch.hear(fired({ sees: 'edge-latency' }), 0))).toEqual(['slow bad weu']);
    expect(words(watch.hear(fired({ id: 'y' }), 1))).toEqual(['drain bad weu']);
  });

  it('is left as it is once it gets less, and is no region that others wait for', () => {
    const watch = watched({ ...halving, settleMs: MINUTE, cooldown: { ms: 60 * MINUTE, scope: 'region' } });
    watch.hear(says('edge-latency', true, 0, slow), 0);
    expect(words(watch.tick(MINUTE))[0]).toBe('slow bad weu');
    expect(words(watch.tick(2 * MINUTE, { slowed: ['weu'] }))[0]).toBe('noop verified weu');
  });

  it('gets its share back when it is well', () => {
    const watch = watched(halving);
    watch.hear(says('edge-latency', true, 0, slow), 0);
    expect(words(watch.hear(says('edge-latency', false, 1), 1, { slowed: ['weu'] }))).toEqual([
      'release recovered weu',
    ]);
  });
});
