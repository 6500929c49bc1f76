import { describe, expect, it } from 'vitest';

import { decideFailover } from '../../../shared/reactions/region-failover/index.ts';
import { facts, fired, MINUTE, origin, over, policy, says, Watch, words } from './watch.ts';

function edge(...names: readonly string[]): ReturnType<typeof origin>[] {
  return names.map((name) => origin(name));
}

/** What is decided at the end of the wait when these regions are bad and those are out already. */
function afterWait(
  bad: readonly string[],
  { origins, out = [], most = 0.5 }: { origins: readonly string[]; out?: readonly string[]; most?: number },
): readonly string[] {
  const safety = { ...policy().safety, maxDrainFraction: most };
  const watch = new Watch({ policy: policy({ settleMs: MINUTE }, { safety }), origins: edge(...origins) });
  out.forEach((name) => watch.heldOut.add(name));
  watch.hear(fired({ regions: bad }), 0);
  return words(watch.tick(MINUTE)).slice(0, bad.length);
}

describe('how many regions are a matter of the monitor', () => {
  const four = ['weu', 'neu', 'eus', 'sea'];

  it.each<[string, readonly string[], Parameters<typeof afterWait>[1], boolean]>([
    ['as many as may be drained are not', ['weu', 'neu'], { origins: four }, false],
    ['one more is', ['weu', 'neu', 'eus'], { origins: four }, true],
    ['what is out already counts', ['weu', 'neu'], { origins: four, out: ['eus'] }, true],
    ['all but one are not, where that many may be drained', ['weu', 'neu', 'eus'], { origins: four, most: 1 }, false],
    ['all of them are, however many may be drained', ['weu', 'neu', 'eus', 'sea'], { origins: four, most: 1 }, true],
    [
      'the last one is, with the others out',
      ['weu', 'neu'],
      { origins: ['weu', 'neu', 'eus'], out: ['eus'], most: 1 },
      true,
    ],
    ['the only one never is: the rules decide', ['weu'], { origins: ['weu'] }, false],
  ])('%s', (_, bad, asked, isCorrelated) => {
    const expected = bad.map((name) =>
      isCorrelated ? `failstatic correlated-failure ${name} !` : `drain bad ${name}`,
    );
    expect(afterWait(bad, asked)).toEqual(expected);
  });
});

describe('the wait for others', () => {
  it('is over when all are well again: the next one is as long as the first', () => {
    const watch = new Watch({
      policy: policy({ settleMs: MINUTE, recoverHoldMs: 0 }),
      origins: edge('weu', 'neu', 'eus'),
    });
    watch.hear(fired(), 0);
    watch.hear(over(30_000), 30_000);
    expect(watch.evidence.settleUntil).toBeUndefined();
    expect(watch.hear(fired({ id: 'y', firedAt: 40_000 }), 40_000).lookInMs).toBe(MINUTE);
  });

  it('is none where its owner wants none, and nothing is remembered of it', () => {
    const watch = new Watch({ origins: edge('weu', 'neu', 'eus') });
    expect(words(watch.hear(fired(), 0))).toEqual(['drain bad weu']);
    expect(watch.evidence).not.toHaveProperty('settled');
    expect(watch.evidence).not.toHaveProperty('settleUntil');
  });

  it('tells what is decided of every region when it is over, whoever the look is about', () => {
    const watch = new Watch({ policy: policy({ settleMs: MINUTE }), origins: edge('weu', 'neu', 'eus') });
    watch.hear(fired(), 0);
    const found = words(watch.hear(says('probe', false, MINUTE, { region: 'eus' }), MINUTE));
    expect(found[0]).toBe('drain bad weu');
    expect(found).toHaveLength(3);
  });
});

describe('the words of one alert', () => {
  it('count as seen from outside', () => {
    expect(words(decideFailover(fired(), facts({ policy: policy({ needsOutside: true }) })))).toEqual([
      'drain bad weu',
    ]);
  });

  it('that are not acted on do not stir up what has ended', () => {
    const watch = new Watch();
    watch.hear(fired(), 0);
    watch.hear(over(5), 5);
    const before = watch.evidence.regions['weu']?.votes;
    expect(words(watch.hear(fired({ firedAt: 9, isByUser: true }), 9))).toEqual(['ignore caused-by-user weu']);
    expect(watch.evidence.regions['weu']?.votes).toEqual(before);
  });

  it('that end it from a clock ahead of ours do not end it', () => {
    const watch = new Watch({ policy: policy({ maxSkewMs: MINUTE }) });
    watch.hear(fired(), 0);
    expect(words(watch.hear(over(62_000), 1_000))).toEqual(['hold clock-skew weu']);
    expect(watch.evidence.regions['weu']?.votes).toMatchObject([{ isBad: true }]);
  });

  it('that end it are heard however little severe, and however long ago it began', () => {
    const strict = policy({ severityAtMost: 2, maxAlertAgeMs: MINUTE, recoverHoldMs: 0 });
    const watch = new Watch({ policy: strict });
    watch.hear(fired({ severity: 2 }), 0);
    expect(words(watch.hear(over(10 * MINUTE, { severity: 3 }), 10 * MINUTE))).toEqual(['release recovered weu']);
  });

  it('whose end was never said when is as old as the alert', () => {
    const watch = new Watch({ policy: policy({ maxAlertAgeMs: MINUTE }) });
    expect(words(watch.hear(fired({ state: 'over', firedAt: 0 }), MINUTE + 1))).toEqual(['ignore stale weu']);
    expect(words(watch.hear(fired({ state: 'over', firedAt: 0 }), MINUTE))).toEqual(['ignore recovered weu']);
  });

  it('are held against the clock of the look', () => {
    const now = 10 * MINUTE;
    const skewed = facts({ policy: policy({ maxSkewMs: MINUTE }), now });
    expect(words(decideFailover(fired({ firedAt: now + MINUTE }), skewed))).toEqual(['drain bad weu']);
    expect(words(decideFailover(fired({ firedAt: now + MINUTE + 1 }), skewed))).toEqual(['hold clock-skew weu']);
  });

  it('about two regions end for both, though only one was known to be bad', () => {
    const watch = new Watch({
      policy: policy({ recoverHoldMs: 0, maxAlertAgeMs: MINUTE }),
      origins: edge('weu', 'neu', 'eus'),
    });
    watch.hear(fired(), 0);
    const late = over(1_000, { regions: ['weu', 'neu'] });
    expect(words(watch.hear(late, 5 * MINUTE))).toEqual(['ignore stale weu neu']);
    expect(watch.evidence.regions['weu']?.votes).toMatchObject([{ isBad: false }]);
  });
});

describe('a source without data', () => {
  it.each([
    ['of a region of which others still say something is no news', 'weu', MINUTE - 1, []],
    ['of a region of which nobody says anything any more calls people', 'weu', MINUTE, ['failstatic no-data weu !']],
    ['of a region of which nobody has ever said anything calls people', 'neu', 0, ['failstatic no-data neu !']],
    ['of all regions is no news while one is known', undefined, 0, []],
  ])('%s', (_, region, now, expected) => {
    const watch = new Watch({ policy: policy({ voteTtlMs: MINUTE }) });
    watch.hear(says('probe', false, 0), 0);
    const silent = { kind: 'measurement', source: 'logs', at: now, hasNoData: true } as const;
    const found = words(watch.hear(region === undefined ? silent : { ...silent, region }, now));
    expect(found.filter((word) => word.includes('no-data'))).toEqual(expected);
  });
});

describe('a pause after a drain', () => {
  it('of the same region holds where each region has its own', () => {
    const cooldown = { ms: 10 * MINUTE, scope: 'region' } as const;
    const evidence = { ...facts().evidence, shifts: { weu: 0 } };
    const now = 9 * MINUTE;
    const asked = facts({ policy: policy({ cooldown }), evidence, now });
    expect(words(decideFailover(fired({ firedAt: now }), asked))).toEqual(['hold cooldown weu !']);
    expect(words(decideFailover(fired({ firedAt: now, regions: ['neu'] }), asked))).toEqual(['drain bad neu']);
  });
});
