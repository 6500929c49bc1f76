import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DEFAULT_GUARDS, type ImageGuards } from '../../../../shared/domain/image/guards.ts';
import { guard, type GuardFacts } from '../../../../shared/reactions/image-rollout/guards.ts';

const OLD = `sha256:${'a'.repeat(64)}`;
const NEW = `sha256:${'b'.repeat(64)}`;
const COMMIT = 'c'.repeat(40);
const NOW = new Date('2026-03-02T10:00:00Z');

function ask(tag: string, facts: Partial<GuardFacts> = {}, guards: Partial<ImageGuards> = {}): string {
  const known: GuardFacts = {
    ...{ tag, digest: NEW, isFollowed: false, standing: [{ tag: '1.4.0' }], written: [], ourCommits: [] },
    ...{ revision: undefined, candidates: [], now: NOW },
    ...facts,
  };
  const verdict = guard({ ...DEFAULT_GUARDS, ...guards }, known);
  return verdict.outcome === 'pass' ? 'pass' : `${verdict.outcome} ${verdict.reason}`;
}

describe('the largest jump', () => {
  it.each([
    ['1.4.1', 'patch', 'pass'],
    ['1.5.0', 'patch', 'hold guard-jump'],
    ['1.99.0', 'minor', 'pass'],
    ['2.0.0', 'minor', 'hold guard-jump'],
    ['2.7.1', 'major', 'pass'],
    ['3.0.0', 'major', 'hold guard-jump'],
    ['99.0.0', 'any', 'pass'],
    ['1.3.0', 'patch', 'pass'],
    ['nightly', 'patch', 'pass'],
  ] as const)('from 1.4.0 to %s, where %s is allowed: %s', (tag, maxJump, expected) => {
    expect(ask(tag, {}, { maxJump })).toBe(expected);
  });

  it.each([
    [2, 'pass'],
    [1, 'hold guard-jump'],
  ])('of %i versions, over one in between: %s', (maxJump, expected) => {
    expect(ask('1.6.0', { candidates: ['1.3.0', '1.5.0', '1.6.0', '1.7.0'] }, { maxJump })).toBe(expected);
  });

  it('is counted from the greatest version that stands there, and 99.0.0 is too far without a word', () => {
    expect(ask('3.0.0', { standing: [{ tag: '1.4.0' }, { tag: '2.0.0' }] })).toBe('pass');
    expect(ask('99.0.0')).toBe('hold guard-jump');
  });

  it('never lets more through than a wider one', () => {
    const part = fc.integer({ min: 0, max: 4 });
    const version = fc.tuple(part, part, part).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(version, version, (from, to) => {
        const passes = (['patch', 'minor', 'major', 'any'] as const).map(
          (maxJump) => ask(to, { standing: [{ tag: from }] }, { maxJump }) === 'pass',
        );
        expect(passes).toEqual(passes.toSorted((a, b) => Number(a) - Number(b)));
      }),
    );
  });
});

describe('a tag that has moved', () => {
  const wrote = { tag: '1.5.0', digests: [OLD], commit: COMMIT, at: '2026-03-01T00:00:00Z' };

  it.each([
    ['by our commit', { written: [wrote] }, {}, 'hold guard-moved-tag'],
    ['by what stands there', { standing: [{ tag: '1.5.0', digest: OLD }] }, {}, 'hold guard-moved-tag'],
    [
      'with tags alone in Git, which follow it by themselves',
      { standing: [{ tag: '1.5.0' }], written: [wrote] },
      {},
      'hold guard-moved-tag',
    ],
    ['where only an alarm is wanted', { written: [wrote] }, { movedTag: 'alarm' }, 'alarm guard-moved-tag'],
    ['where it is allowed', { written: [wrote] }, { movedTag: 'allow' }, 'pass'],
    ['where the policy follows digests', { written: [wrote], isFollowed: true }, {}, 'pass'],
    ['not, with the digest that we wrote', { written: [{ ...wrote, digests: [NEW] }] }, {}, 'pass'],
    [
      'not, where what stands there is newer than our commit',
      { standing: [{ tag: '1.5.0', digest: NEW }], written: [wrote] },
      {},
      'pass',
    ],
  ] as const)('%s', (_, facts, guards, expected) => {
    expect(ask('1.5.0', facts, guards)).toBe(expected);
  });
});

describe('rates and loops', () => {
  const writes = (count: number): GuardFacts['written'] =>
    Array.from({ length: count }, (_, index) => ({
      ...{ tag: `1.4.${index}`, digests: [OLD], commit: COMMIT },
      at: new Date(NOW.getTime() - (index + 1) * 60_000).toISOString(),
    }));

  it('waits until the hour has room again', () => {
    const facts: GuardFacts = {
      ...{ tag: '1.5.0', digest: NEW, isFollowed: false, standing: [{ tag: '1.4.0' }], written: writes(3) },
      ...{ ourCommits: [], revision: undefined, candidates: [], now: NOW },
    };
    expect(guard({ ...DEFAULT_GUARDS, perHour: 3 }, facts)).toMatchObject({ outcome: 'wait', waitMs: 57 * 60_000 });
    expect(guard({ ...DEFAULT_GUARDS, perHour: 2 }, facts)).toMatchObject({ outcome: 'wait', waitMs: 58 * 60_000 });
    expect(guard({ ...DEFAULT_GUARDS, perHour: 4 }, facts)).toEqual({ outcome: 'pass' });
  });

  it.each([
    [COMMIT, {}, 'hold guard-loop'],
    [COMMIT.toUpperCase(), {}, 'hold guard-loop'],
    [COMMIT, { loops: 'allow' }, 'pass'],
    ['d'.repeat(40), {}, 'pass'],
    [undefined, {}, 'pass'],
  ] as const)('an image built from commit %s, where %o: %s', (revision, guards, expected) => {
    expect(ask('1.5.0', { revision, ourCommits: [COMMIT] }, guards)).toBe(expected);
  });
});
