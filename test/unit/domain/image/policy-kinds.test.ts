import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compareDecimals, parseDecimal } from '../../../../shared/domain/image/decimal.ts';
import { compareInstants, parseInstant } from '../../../../shared/domain/image/instant.ts';
import { selectTag, type Selection, type TagPolicy } from '../../../../shared/domain/image/policy.ts';
import { compareVersions, parseVersion } from '../../../../shared/domain/image/version.ts';

type Tags = readonly (string | { readonly name: string; readonly createdAt?: string; readonly digest?: string })[];

function select(policy: TagPolicy, tags: Tags, current: Parameters<typeof selectTag>[2] = {}): Selection {
  return selectTag(
    policy,
    tags.map((tag) => (typeof tag === 'string' ? { name: tag } : tag)),
    { explain: true, ...current },
  );
}

function tagOf(policy: TagPolicy, tags: Tags, current?: string): string {
  const { outcome, tag, error } = select(policy, tags, current === undefined ? {} : { current: { tag: current } });
  return outcome === 'chosen' ? (tag ?? '') : (error?.message ?? outcome);
}

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;

describe('bump', () => {
  const bump = (level: 'all' | 'major' | 'minor' | 'patch', matchPreRelease?: boolean): TagPolicy => ({
    kind: 'bump',
    level,
    ...(matchPreRelease === undefined ? {} : { matchPreRelease }),
  });

  it.each<[string, TagPolicy, Tags, string | undefined, string]>([
    ['the greatest within the minor', bump('minor'), ['1.2.4', '1.9.0', '2.0.0'], '1.2.3', '1.9.0'],
    ['the greatest patch', bump('patch'), ['1.2.4', '1.2.10', '1.3.0'], '1.2.3', '1.2.10'],
    ['nothing above', bump('all'), ['1.0.0'], '1.0.0', 'unchanged'],
    ['a number alone is no version', bump('all'), ['7', '1.1'], '1.0', '1.1'],
    ['any version from latest', bump('patch'), ['1.2.4', '3.0.0', 'latest'], 'latest', '3.0.0'],
    ['no pre-release from latest', bump('minor'), ['1.0.0', '2.0.0-rc.1'], 'latest', '1.0.0'],
    ['even a pre-release from latest at level all', bump('all'), ['1.0.0', '2.0.0-rc.1'], 'latest', '2.0.0-rc.1'],
    ['the same pre-release text', bump('major'), ['1.1.0-alpine', '1.2.0'], '1.0.0-alpine', '1.1.0-alpine'],
    ['another pre-release where that is allowed', bump('major', false), ['1.2.0-rc.1'], '1.0.0', '1.2.0-rc.1'],
    ['nothing without a current version', bump('all'), ['1.0.0'], undefined, 'none'],
    ['nothing where the current tag is no version', bump('all'), ['1.0.0'], 'main', 'unchanged'],
  ])('takes %s', (_, policy, tags, current, expected) => {
    expect(tagOf(policy, tags, current)).toBe(expected);
  });

  it('says why not', () => {
    const { considered } = select(bump('all'), ['latest', '1.0.0'], { current: { tag: 'main' } });
    expect(considered.map(({ reason }) => reason)).toEqual([
      'the current tag is no version',
      'the current tag is no version',
    ]);
  });
});

describe('variant', () => {
  const variant: TagPolicy = { kind: 'variant' };

  it.each<[string, Tags, string | undefined, string]>([
    ['the same suffix', ['1.2.4-alpine', '1.3.0', '1.2.10-alpine'], '1.2.3-alpine', '1.2.10-alpine'],
    ['the same number of parts', ['1.3', '1.2.4'], '1.2.3', '1.2.4'],
    ['with or without a v', ['v1.2.4'], '1.2.3', 'v1.2.4'],
    ['no pre-release', ['1.3.0rc1', '1.2.4'], '1.2.3', '1.2.4'],
    ['nothing older', ['1.2.2'], '1.2.3', 'unchanged'],
    ['the release of its pre-release', ['1.2.3'], '1.2.3rc1', '1.2.3'],
    ['nothing without a current tag', ['1.2.2'], undefined, 'none'],
    ['nothing where the current tag is no version', ['1.2.2'], 'main', 'unchanged'],
    ['parts of any length', ['1.99999999999999999999'], '1.99999999999999999998', '1.99999999999999999999'],
  ])('takes %s', (_, tags, current, expected) => {
    expect(tagOf(variant, tags, current)).toBe(expected);
  });
});

describe('newest build', () => {
  const newest: TagPolicy = { kind: 'newest-build' };

  it.each<[string, Tags, string]>([
    [
      'the last instant, whatever the zone',
      [
        { name: 'a', createdAt: '2026-01-01T10:00:00+02:00' },
        { name: 'b', createdAt: '2026-01-01T09:00:00Z' },
      ],
      'b',
    ],
    [
      'the longer fraction',
      [
        { name: 'a', createdAt: '2026-01-01T10:00:00.123456789Z' },
        { name: 'b', createdAt: '2026-01-01T10:00:00.12345678Z' },
      ],
      'a',
    ],
    [
      'of equal instants the greatest tag',
      [
        { name: 'a', createdAt: '2026-01-01T10:00:00.10Z' },
        { name: 'b', createdAt: '2026-01-01T10:00:00.1z' },
      ],
      'b',
    ],
    [
      'no tag without a time',
      ['a', { name: 'b', createdAt: 'yesterday' }, { name: 'c', createdAt: '2026-02-31T99:00:00Z' }],
      'none',
    ],
  ])('takes %s', (_, tags, expected) => {
    expect(tagOf(newest, tags)).toBe(expected);
  });
});

describe('digest', () => {
  it.each<[string, TagPolicy, Tags, string | undefined, string | undefined, Partial<Selection>]>([
    [
      'the digest follows the tag',
      { kind: 'digest' },
      [{ name: 'latest', digest: B }],
      'latest',
      A,
      { outcome: 'chosen', tag: 'latest', digest: B },
    ],
    [
      'nothing has moved',
      { kind: 'digest' },
      [{ name: 'latest', digest: A }],
      'latest',
      A,
      { outcome: 'unchanged', digest: A },
    ],
    [
      'the current tag goes before others',
      { kind: 'digest' },
      ['zzz', { name: 'latest', digest: B }],
      'latest',
      A,
      { tag: 'latest', digest: B },
    ],
    [
      'an unknown digest never unpins',
      { kind: 'digest' },
      ['latest'],
      'latest',
      A,
      { outcome: 'unchanged', digest: A },
    ],
    [
      'another tag forgets the stored digest',
      { kind: 'digest', reflection: 'IfNotPresent' },
      [{ name: 'v2', digest: B }],
      'v1',
      A,
      { tag: 'v2', digest: B },
    ],
    [
      'a tag that is listed twice goes to its greater digest',
      { kind: 'alphabetical', reflection: 'Always' },
      [{ name: 'v', digest: A }, { name: 'v', digest: B }, { name: 'v' }],
      undefined,
      undefined,
      { tag: 'v', digest: B },
    ],
  ])('%s', (_, policy, tags, tag, digest, expected) => {
    const current = { ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
    expect(select(policy, tags, { current })).toMatchObject(expected);
    expect(select(policy, [...tags].reverse(), { current })).toMatchObject(expected);
  });
});

describe('filters', () => {
  const filtered = (pattern: string, extract: string, tags: Tags): string =>
    tagOf({ kind: 'numerical', filterTags: { pattern, extract } }, tags);

  it.each([
    ['a named group', '^build-(?P<n>\\d+)$', '$n', 'build-10'],
    ['a numbered group', '^build-(\\d+)$', '${1}', 'build-10'],
    ['a sum of parts', '^build-(\\d)(\\d?)$', '${1}${2}', 'build-10'],
    ['a group that is not there counts as nothing', '^build-(\\d+)$', '$1$nobody$9', 'build-10'],
    ['a group that did not take part counts as nothing', '^build-(\\d+)(x)?$', '$1$2', 'build-10'],
  ])('extract %s', (_, pattern, extract, expected) => {
    expect(filtered(pattern, extract, ['build-9', 'build-10', 'main'])).toBe(expected);
  });

  it.each([
    ['two dollar signs for one', '$$$1'],
    ['a dollar sign without a name', '$-$1'],
  ])('extract %s', (_, extract) => {
    const policy: TagPolicy = { kind: 'alphabetical', filterTags: { pattern: '^b-(\\d)$', extract } };
    expect(tagOf(policy, ['b-1', 'b-2'])).toBe('b-2');
  });

  it.each([
    ['look-ahead', { kind: 'alphabetical', allow: ['(?=a)'] }, /allow/],
    ['a pattern without end', { kind: 'alphabetical', ignore: ['a'.repeat(2_000)] }, /more than 1000 characters/],
    ['a range without end', { kind: 'semver', range: '1 '.repeat(600) }, /more than 512 characters/],
    ['a hyphen of hyphens', { kind: 'semver', range: '1 - 2 - 3' }, /is no bound/],
    ['a hyphen without a bound', { kind: 'semver', range: '1 -' }, /is no bound/],
    ['an operator that does not exist', { kind: 'semver', range: '=>>1' }, /is no bound/],
    ['another order', { kind: 'alphabetical', order: 'sideways' }, /order/],
  ] satisfies [string, TagPolicy, RegExp][])('refuse %s', (_, policy, message) => {
    expect(tagOf(policy, ['1.0.0'])).toMatch(message);
  });
});

describe('any kind', () => {
  it.each([{ allow: 5 }, { allow: [5] }])('does not hide a defect behind an answer: %j', (broken) => {
    expect(() => select({ kind: 'alphabetical', ...broken } as never, ['a'])).toThrow(TypeError);
  });

  it('names the tags that rank like the winner, five at most', () => {
    const tags = Array.from({ length: 9 }, (_, index) => `1.0.0+${index}`).map((tag) => tag.replace('+', '-'));
    const policy: TagPolicy = { kind: 'numerical', filterTags: { pattern: '^(\\d)', extract: '$1' } };
    const { warnings, considered } = select(policy, tags);
    expect(warnings[0]).toMatch(/and 3 more rank like 1\.0\.0-8/);
    expect(considered.filter(({ reason }) => reason === 'ranks like 1.0.0-8')).toHaveLength(8);
  });

  it('explains no more tags than a record holds, and the chosen one always', () => {
    const tags = Array.from({ length: 10_050 }, (_, index) => `v${String(index).padStart(6, '0')}`);
    const { considered, tag } = select({ kind: 'alphabetical' }, tags);
    expect([considered.length, considered.at(-1)]).toMatchObject([10_001, { tag, verdict: 'chosen' }]);
  });

  it('orders bytes, not UTF-16 units', () => {
    expect(tagOf({ kind: 'alphabetical' }, ['\u{1F680}', '\uffee'])).toBe('\u{1F680}');
  });

  const policies: readonly TagPolicy[] = [
    { kind: 'semver', range: '>=0.0.0-0', loose: true },
    { kind: 'alphabetical', order: 'desc' },
    { kind: 'numerical', filterTags: { pattern: '^\\d+$' } },
    { kind: 'newest-build' },
    { kind: 'bump', level: 'minor' },
    { kind: 'variant' },
    { kind: 'digest', reflection: 'IfNotPresent' },
  ];
  const part = fc.oneof(fc.nat(20).map(String), fc.constantFrom('0', '007', '9'.repeat(30), 'rc', 'alpine', ''));
  const tag = fc.oneof(
    fc.tuple(part, part, part).map((parts) => parts.join('.')),
    fc.tuple(part, part).map(([a, b]) => `v${a}.${b}-${a}`),
    fc.string({ maxLength: 12 }),
    fc.constantFrom(
      ...['sig', 'att', 'sbom'].map((what) => `sha256-${'a'.repeat(64)}.${what}`),
      'latest',
      '',
      '9'.repeat(10_000),
    ),
  );

  it('answers alike for every order, never throws, never takes a signature, never goes below the current version', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...policies),
        fc
          .array(tag, { maxLength: 12 })
          .chain((tags) => fc.tuple(fc.constant(tags), fc.shuffledSubarray(tags, { minLength: tags.length }))),
        fc.option(tag, { nil: undefined }),
        (policy, [tags, shuffled], current) => {
          const options = current === undefined ? {} : { current: { tag: current } };
          const first = select(policy, tags, options);
          expect(select(policy, shuffled, options)).toEqual(first);
          if (first.outcome === 'chosen') {
            expect(first.tag).not.toMatch(/\.(sig|att|sbom)$/);
            const [from, to] = [parseVersion(current ?? '', true), parseVersion(first.tag ?? '', true)];
            if (policy.kind === 'bump' && from !== undefined && to !== undefined) {
              expect(compareVersions(to, from)).toBeGreaterThan(0);
            }
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('versions', () => {
  it.each([
    ['1.0.0-alpha', '1.0.0-alpha.1'],
    ['1.0.0-alpha.1', '1.0.0-alpha.beta'],
    ['1.0.0-beta.2', '1.0.0-beta.11'],
    ['1.0.0-rc.1', '1.0.0'],
    ['1.0.0', '1.0.18446744073709551615'],
    ['1.0.9007199254740993', '1.0.9007199254740994'],
    ['1', '1.0.1'],
  ])('%s comes before %s', (a, b) => {
    const [left, right] = [parseVersion(a, true)!, parseVersion(b, true)!];
    expect([compareVersions(left, right) < 0, compareVersions(right, left) > 0]).toEqual([true, true]);
  });

  it.each(['1.0.18446744073709551616', '1.0.0-01', '1.2.3.4', 'v', '', '1.0.0+', '1..0'])('%j is none', (text) => {
    expect(parseVersion(text, true)).toBeUndefined();
  });

  it.each([
    ['^0.0.3', '0.0.3', '0.0.4'],
    ['^0', '0.9.9', '1.0.0'],
    ['~0.0.0', '9.9.9', '9.9.9-rc'],
    ['!=4', '5.0.0', '4.1.0'],
    ['!=4.1', '4.2.0', '4.1.7'],
    ['>11', '12.0.0', '11.9.9'],
    ['>11.1', '11.2.0', '11.1.9'],
    ['<=11', '11.9.9', '12.0.0'],
    ['<=11', '9.0.0', '12.0.0'],
    ['<=1.1', '1.1.9', '1.2.0'],
    ['1.2 - 1.4', '1.4.9', '1.5.0'],
    ['>= 1.2, < 2', '1.9.0', '2.0.0'],
    ['1.x || >=3', '3.1.0', '2.0.0'],
    ['>=1.0.0-0', '1.5.0-rc.1', '0.9.0'],
  ])('%s takes %s and not %s', (range, inside, outside) => {
    const chosen = (tag: string): string => tagOf({ kind: 'semver', range }, [tag]);
    expect([chosen(inside), chosen(outside)]).toEqual([inside, 'none']);
  });
});

describe('numbers and instants', () => {
  it('compare exactly', () => {
    const order = ['-1e3', '-62', '-0.5', '0', '.5', '5.', '57.8', '1e3', '12345678901234567890.1'];
    const numbers = order.map((text) => parseDecimal(text)!);
    expect(numbers.every((number, index) => index === 0 || compareDecimals(numbers[index - 1]!, number) < 0)).toBe(
      true,
    );
    expect(compareDecimals(parseDecimal('-0')!, parseDecimal('0.00')!)).toBe(0);
    expect(['inf', 'nan', '0x1', '.', '', '1e9999999'].map(parseDecimal)).toEqual(Array(6).fill(undefined));
  });

  it('compare by their fractions in the same second', () => {
    const [a, b] = ['2026-01-01T00:00:00.1Z', '2026-01-01T00:00:00.09Z'].map((text) => parseInstant(text)!);
    expect([compareInstants(a!, b!) > 0, compareInstants(b!, a!) < 0, compareInstants(a!, a!)]).toEqual([
      true,
      true,
      0,
    ]);
  });
});
