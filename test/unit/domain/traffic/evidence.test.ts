import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  evidenceKey,
  heardIn,
  NO_EVIDENCE,
  pruned,
  regionOf,
  wellNames,
  withAlert,
  withProbes,
  withRegion,
  withVote,
  withVouched,
  withWord,
  type EdgeEvidence,
} from '../../../../shared/domain/traffic/evidence.ts';
import { UNKNOWN_HEALTH } from '../../../../shared/domain/traffic/health.ts';
import type { Vote } from '../../../../shared/domain/traffic/votes.ts';

const DAY_MS = 86_400_000;

function vote(source: string, isBad: boolean, at: number): Vote {
  return { source, isBad, at, expires: Number.MAX_SAFE_INTEGER, isOutside: true };
}

function votesOf(evidence: EdgeEvidence, name = 'weu'): readonly Vote[] {
  return regionOf(evidence, name).votes.toSorted((a, b) => (a.source < b.source ? -1 : 1));
}

describe('who is well although nobody probes it', () => {
  const origin = (healthy: boolean | undefined, more = {}) => ({ name: 'weu', enabled: true, healthy, ...more });
  const probed = withProbes(NO_EVIDENCE, [origin(true)]);
  const said = (
    evidence: EdgeEvidence,
    status: 'healthy' | 'unknown' | 'suspect' | 'bad' | 'recovering',
    ...votes: Vote[]
  ) => wellNames(withRegion(evidence, 'weu', { votes, health: { ...UNKNOWN_HEALTH, status } })).has('weu');

  it.each([
    ['whose region is healthy by others', NO_EVIDENCE, 'healthy', [vote('app', false, 1)], true],
    ['of whom nobody has ever said anything', NO_EVIDENCE, 'unknown', [], false],
    ['whom its probes called well, and nobody has said anything since', probed, 'unknown', [], true],
    ['of whom all said that it was well before they fell silent', probed, 'unknown', [vote('app', false, 1)], true],
    ['of whom somebody\u2019s last word was a bad one', probed, 'unknown', [vote('app', true, 1)], false],
    ['whose region is bad', probed, 'bad', [], false],
    ['whose region is suspect', probed, 'suspect', [vote('app', true, 1)], false],
    ['whose region is not back yet', probed, 'recovering', [vote('app', false, 1)], false],
  ] as const)('is one %s', (_, evidence, status, votes, isWell) => {
    expect(said(evidence, status, ...votes)).toBe(isWell);
  });

  it.each([
    ['has called sick since', [origin(false)], []],
    ['says nothing of', [origin(undefined)], ['weu']],
    ['cannot ask, for it is out', [origin(false, { enabled: false })], ['weu']],
    ['cannot ask, for its gate is shut', [origin(false, { isShut: true })], ['weu']],
    ['can ask no more, for there is no such origin', [], []],
  ])('is remembered of one that a probe %s', (_, origins, names) => {
    expect(withProbes(probed, origins).probedWell).toEqual(names);
  });

  it.each<[string, readonly Vote[], boolean]>([
    ['nobody speaks of', [], true],
    ['somebody calls well', [vote('app', false, 5)], true],
    ['somebody called bad, whose word is over', [{ ...vote('app', true, 1), expires: 9 }], true],
    ['somebody calls bad at the time', [{ ...vote('app', true, 1), expires: 11 }], false],
    ['somebody calls bad later', [vote('app', true, 11)], false],
  ])('is one that a person has looked at, which %s', (_, votes, isWell) => {
    expect(said(withVouched(NO_EVIDENCE, ['weu'], 10), 'bad', ...votes)).toBe(isWell);
  });

  it.each<[string, 'bad' | 'suspect' | 'recovering', readonly Vote[], boolean]>([
    ['bad, and called so now', 'bad', [vote('app', true, 1)], true],
    ['bad, and nobody speaks any more', 'bad', [{ ...vote('app', true, 1), expires: 5 }], false],
    ['called bad by too few', 'suspect', [vote('app', true, 1)], false],
    ['on its way back', 'recovering', [vote('app', false, 1)], false],
  ])('is not one whose region is %s', (_, status, votes, isBad) => {
    const evidence = withRegion(NO_EVIDENCE, 'weu', { votes, health: { ...UNKNOWN_HEALTH, status } });
    expect(heardIn(evidence, 10).bad.has('weu')).toBe(isBad);
  });

  it('is believed by a person’s word for an hour', () => {
    const evidence = withVouched(withVouched(NO_EVIDENCE, ['weu'], 10), ['neu'], 20);
    expect(withVouched(evidence, [], 30)).toBe(evidence);
    expect([...wellNames(pruned(evidence, 3_600_009))]).toEqual(['weu', 'neu']);
    expect([...wellNames(pruned(evidence, 3_600_010))]).toEqual(['neu']);
  });

  it('is written down once, in one order', () => {
    const others = [origin(true), { ...origin(true), name: 'neu' }];
    expect(withProbes(withProbes(probed, others), others.toReversed()).probedWell).toEqual(['neu', 'weu']);
  });
});

describe('votes in the evidence', () => {
  it('are one a source: the newest, and of two at one instant the bad one', () => {
    const some = [
      vote('a', true, 5),
      vote('a', false, 5),
      vote('a', false, 4),
      vote('b', true, 1),
      vote('b', false, 2),
    ];
    const evidence = some.reduce((all, one) => withVote(all, 'weu', one), NO_EVIDENCE);
    expect(votesOf(evidence)).toEqual([vote('a', true, 5), vote('b', false, 2)]);
    expect(votesOf(evidence, 'neu')).toEqual([]);
  });

  it('are the same for every order of delivery', () => {
    const any = fc.record({ source: fc.constantFrom('a', 'b', 'c'), isBad: fc.boolean(), at: fc.nat(5) });
    fc.assert(
      fc.property(fc.array(any), fc.infiniteStream(fc.nat()), (some, chance) => {
        const votes = some.map(({ source, isBad, at }) => vote(source, isBad, at));
        const shuffled = votes
          .map((one) => ({ one, by: chance.next().value as number }))
          .toSorted((a, b) => a.by - b.by)
          .map(({ one }) => one);
        const taken = (list: readonly Vote[]): readonly Vote[] =>
          votesOf(list.reduce((all, one) => withVote(all, 'weu', one), NO_EVIDENCE));
        expect(taken(shuffled)).toEqual(taken(votes));
      }),
    );
  });

  it('are bounded: alerts that are over go first, then the oldest that fire, and measurements last', () => {
    const some = [
      vote('edge-health', false, 1),
      vote('alert:oldest', true, 2),
      ...Array.from({ length: 60 }, (_, n) => vote(`alert:over${n}`, false, 100 + n)),
      ...Array.from({ length: 98 }, (_, n) => vote(`alert:fires${n}`, true, 200 + n)),
      vote('synthetic', true, 3),
    ];
    const sources = votesOf(some.reduce((all, one) => withVote(all, 'weu', one), NO_EVIDENCE)).map(
      ({ source }) => source,
    );
    expect(sources).toHaveLength(100);
    expect(sources).toEqual(expect.arrayContaining(['edge-health', 'synthetic', 'alert:fires0', 'alert:fires97']));
    expect(sources.filter((source) => !source.startsWith('alert:fires'))).toEqual(['edge-health', 'synthetic']);
  });

  it('are replaced by a source that knows its whole life', () => {
    const evidence = withWord(withVote(NO_EVIDENCE, 'weu', vote('alert:x', true, 5)), 'weu', vote('alert:x', false, 5));
    expect(votesOf(evidence)).toEqual([vote('alert:x', false, 5)]);
  });

  it('keep the health of their region, and leave others alone', () => {
    const health = { ...UNKNOWN_HEALTH, status: 'bad' as const };
    const evidence = withRegion(NO_EVIDENCE, 'weu', { votes: [], health });
    const after = withVote(withVote(evidence, 'weu', vote('a', true, 1)), 'neu', vote('a', false, 1));
    expect(regionOf(after, 'weu')).toEqual({ votes: [vote('a', true, 1)], health });
    expect(regionOf(after, 'neu').health).toBe(UNKNOWN_HEALTH);
  });

  it('are not kept without end', () => {
    const many = Array.from({ length: 150 }, (_, index) => vote(`s${index}`, true, index));
    const evidence = many.reduce((all, one) => withVote(all, 'weu', one), NO_EVIDENCE);
    expect(votesOf(evidence)).toHaveLength(100);
    expect(votesOf(evidence).some(({ source }) => source === 's149')).toBe(true);
  });
});

describe('the life of an alert', () => {
  it.each([
    ['fires', [{ firedAt: 5 }], { firedAt: 5 }],
    ['fires and ends', [{ firedAt: 5 }, { firedAt: 5, resolvedAt: 9 }], { firedAt: 5, resolvedAt: 9 }],
    ['ends in the moment in which it fires', [{ firedAt: 5, resolvedAt: 5 }], { firedAt: 5, resolvedAt: 5 }],
    ['fires again', [{ firedAt: 5, resolvedAt: 9 }, { firedAt: 10 }], { firedAt: 10 }],
    [
      'ends twice',
      [
        { firedAt: 5, resolvedAt: 9 },
        { firedAt: 5, resolvedAt: 7 },
      ],
      { firedAt: 5, resolvedAt: 9 },
    ],
  ])('that %s', (_, words, life) => {
    for (const list of [words, words.toReversed()]) {
      expect(list.reduce((all, said) => withAlert(all, 'x', said), NO_EVIDENCE).alerts).toEqual({ x: life });
    }
  });
});

describe('old evidence', () => {
  it('is forgotten a week after its last word', () => {
    const evidence = withAlert(withAlert(NO_EVIDENCE, 'old', { firedAt: 1, resolvedAt: 2 }), 'new', { firedAt: 3 });
    expect(Object.keys(pruned(evidence, 7 * DAY_MS + 2).alerts)).toEqual(['new']);
    expect(Object.keys(pruned(evidence, 7 * DAY_MS + 1).alerts)).toEqual(['old', 'new']);
  });

  it('is one of the newest 500, by its last word', () => {
    const some = Array.from({ length: 501 }, (_, n) => [`a${n}`, { firedAt: 1_000 - n }] as const);
    const alerts = { ...Object.fromEntries(some), ended: { firedAt: 1, resolvedAt: 2_000 } };
    const kept = Object.keys(pruned({ ...NO_EVIDENCE, alerts }, 2_000).alerts);
    expect([kept.length, kept.includes('ended'), kept.includes('a498'), kept.includes('a499')]).toEqual([
      500,
      true,
      true,
      false,
    ]);
  });

  it('is no good word about a region any more, but a bad word holds', () => {
    const words = [vote('alert:over', false, 1), vote('alert:on', true, 1), vote('probe', false, 1)];
    const evidence = words.reduce((all, one) => withVote(all, 'weu', one), NO_EVIDENCE);
    expect(votesOf(pruned(evidence, 7 * DAY_MS)).map(({ source }) => source)).toEqual([
      'alert:on',
      'alert:over',
      'probe',
    ]);
    expect(votesOf(pruned(evidence, 7 * DAY_MS + 1)).map(({ source }) => source)).toEqual(['alert:on']);
  });
});

describe('the row of an edge’s evidence', () => {
  it('has a key that any store takes', () => {
    expect(evidenceKey('/subscriptions/s/p')).toBe('evidence|/subscriptions/s/p');
    const long = evidenceKey(`/${'x'.repeat(300)}`);
    expect(long.length).toBeLessThanOrEqual(200);
    expect(long).toMatch(/^evidence\|[0-9a-f]{64}$/);
    expect(evidenceKey(`/${'y'.repeat(300)}`)).not.toBe(long);
  });
});
