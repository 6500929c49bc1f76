import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { selectTag, type TagPolicy } from '../../../../shared/domain/image/policy.ts';
import { parseRange } from '../../../../shared/domain/image/version-range.ts';
import { compareVersions, parseVersion } from '../../../../shared/domain/image/version.ts';

interface PolicyCase {
  readonly id: string;
  readonly policy: TagPolicy & { readonly filterTags?: object };
  readonly tags: readonly string[];
  readonly expect: string | null;
}

const file = join(import.meta.dirname, '../../../cases/image.json');
const { policyCases } = JSON.parse(readFileSync(file, 'utf8')) as { policyCases: readonly PolicyCase[] };
const semver = policyCases.filter(
  ({ policy }) => (policy.kind as string) === 'semver' && policy.filterTags === undefined,
);

function answer(policy: TagPolicy, tags: readonly string[]): string | null {
  const { outcome, tag } = selectTag(
    policy,
    tags.map((name) => ({ name })),
  );
  return outcome === 'invalid-policy' ? 'error' : (tag ?? null);
}

describe('semver policy', () => {
  it.each(semver)(
    '$id: chooses what is expected, for every order of the tags',
    ({ policy, tags, expect: expected }) => {
      expect(answer(policy, tags)).toBe(expected);
      fc.assert(
        fc.property(fc.shuffledSubarray([...tags], { minLength: tags.length }), (shuffled) => {
          expect(answer(policy, shuffled)).toBe(expected);
        }),
        { numRuns: 50 },
      );
    },
  );

  it('never takes a signature tag, and says why each tag was or was not taken', () => {
    const signature = `sha256-${'a'.repeat(64)}.sig`;
    const candidates = ['1.0.0', 'latest', '3.0.0', '1.2.0', signature].map((name) => ({ name }));
    const { considered } = selectTag({ kind: 'semver', range: '1.x' }, candidates, { explain: true });
    expect(considered.map(({ tag, verdict }) => `${tag.slice(0, 6)} ${verdict}`)).toEqual([
      '1.0.0 passed-over',
      '1.2.0 chosen',
      '3.0.0 not-a-candidate',
      'latest not-a-candidate',
      'sha256 not-a-candidate',
    ]);
  });
});

describe('ranges', () => {
  it.each([
    ['>1.2.3', '1.2.4', '1.2.3'],
    ['>1.2', '1.3.0', '1.2.9'],
    ['<1.2', '1.1.9', '1.2.0'],
    ['<=1.2', '1.2.9', '1.3.0'],
    ['<=1.2.3', '1.2.3', '1.2.4'],
    ['=>1.2.3', '1.2.3', '1.2.2'],
    ['=<1.2.3', '1.2.3', '1.2.4'],
    ['!=1.2', '1.3.0', '1.2.5'],
    ['!=1.2.3', '1.2.4', '1.2.3'],
    ['~>1.2', '1.2.9', '1.3.0'],
    ['~1', '1.9.0', '2.0.0'],
    ['~0.0.0', '9.0.0', '1.0.0-rc.1'],
    ['^0.2.3', '0.2.9', '0.3.0'],
    ['^0.0.3', '0.0.3', '0.0.4'],
    ['^0.0', '0.0.9', '0.1.0'],
    ['^0', '0.9.0', '1.0.0'],
    ['>=1.0.0, <2.0.0', '1.5.0', '2.0.0'],
    ['1.0.0 - 1.2.0', '1.2.0', '1.2.1'],
    ['1.x || 3.x', '3.1.0', '2.0.0'],
  ])('%s holds %s and not %s', (range, inside, outside) => {
    const holds = parseRange(range);
    expect([holds(parseVersion(inside, true)!), holds(parseVersion(outside, true)!)]).toEqual([true, false]);
  });

  it.each(['', '  ', 'newest', '1.2.3.4', '1 ||', `>=${'1'.repeat(600)}`, '1.2.3-01'])('refuses %j', (range) => {
    expect(() => parseRange(range)).toThrow(expect.objectContaining({ code: 'REFLEX_INVALID_POLICY' }));
  });

  it('never throw anything else', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseRange(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'REFLEX_INVALID_POLICY' });
        }
      }),
    );
  });
});

describe('versions', () => {
  it.each(['1.2', '1.2.3.4', '1.2.3p', '1.2.3-01', '18446744073709551616.0.0', 'latest', ''])('%j is none', (text) => {
    expect(parseVersion(text, false)).toBeUndefined();
  });

  it('are in a total order', () => {
    const text = fc
      .tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.constantFrom('', '-a', '-b.1', '-b', '-1', '-2', '-10', '-b.a'))
      .map(([a, b, c, pre]) => parseVersion(`${a}.${b}.${c}${pre}`, false)!);
    fc.assert(
      fc.property(text, text, text, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) {
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });
});
