import { RE2JS } from 're2js';

import { selectTag, type TagCandidate, type TagPolicy } from '../shared/domain/image/policy.ts';
import { median } from './statistics.ts';

const ROUNDS = 5;
const STAMPED = '^main-[a-f0-9]+-(?P<ts>[0-9]+)$';
const PREFIXED = '^release-(?P<v>\\d+\\.\\d+\\.\\d+)$';

interface Row {
  readonly what: string;
  readonly tags: readonly TagCandidate[];
  readonly policy: TagPolicy;
}

/** Ranks so many tags by each kind of policy, in turns, beside `re2js` alone extracting the same. */
export function benchTags({ tags: count }: { readonly tags: number }): void {
  const [versions, prefixed, stamped, numbers] = [
    versionsOf(count),
    prefixedOf(count),
    stampedOf(count),
    numbersOf(count),
  ];
  const rows: readonly Row[] = [
    { what: 'semver', tags: versions, policy: { kind: 'semver', range: '>=1.0.0 <39.0.0' } },
    { what: 'semver with pre-releases', tags: versions, policy: { kind: 'semver', range: '>=1.0.0-0' } },
    { what: 'alphabetical', tags: versions, policy: { kind: 'alphabetical' } },
    { what: 'numerical', tags: numbers, policy: { kind: 'numerical' } },
    {
      what: 'semver, filterTags with extract',
      tags: prefixed,
      policy: { kind: 'semver', range: '>=1.0.0', filterTags: { pattern: PREFIXED, extract: '$v' } },
    },
    {
      what: 'numerical, filterTags with extract',
      tags: stamped,
      policy: { kind: 'numerical', filterTags: { pattern: STAMPED, extract: '$ts' } },
    },
  ];
  const times = new Map<string, number[]>();
  const time = (what: string, work: () => unknown): void => {
    const start = performance.now();
    work();
    times.set(what, [...(times.get(what) ?? []), performance.now() - start]);
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    time('re2js alone, the same extract', () => extractAll(STAMPED, stamped));
    rows.forEach(({ what, tags, policy }) => time(what, () => selectTag(policy, tags)));
  }
  const base = median(times.get('re2js alone, the same extract') ?? []);
  console.log(`${count} tags, medians of ${ROUNDS} rounds in turns`);
  for (const [what, all] of times) {
    console.log(`${what.padEnd(36)} ${median(all).toFixed(0).padStart(6)} ms  ${(median(all) / base).toFixed(2)}`);
  }
}

function extractAll(pattern: string, tags: readonly TagCandidate[]): number {
  const compiled = RE2JS.compile(pattern);
  let found = 0;
  for (const { name } of tags) {
    const matcher = compiled.matcher(name);
    found += matcher.find() ? (matcher.group(1)?.length ?? 0) : 0;
  }
  return found;
}

function versionsOf(count: number): readonly TagCandidate[] {
  return tagsOf(count, (n) => `${n % 40}.${n % 211}.${n % 1009}${n % 9 === 0 ? `-rc.${n % 20}` : ''}`);
}

function prefixedOf(count: number): readonly TagCandidate[] {
  return tagsOf(count, (n) => `release-${n % 40}.${n % 211}.${n % 1009}`);
}

function stampedOf(count: number): readonly TagCandidate[] {
  return tagsOf(count, (n) => `main-${(0x1000000 + ((n * 7919) % 0xffffff)).toString(16)}-${1_700_000_000 + n}`);
}

function numbersOf(count: number): readonly TagCandidate[] {
  return tagsOf(count, (n) => String((n * 7919) % 1_000_003));
}

/** In no order that a ranking could gain from. */
function tagsOf(count: number, name: (n: number) => string): readonly TagCandidate[] {
  return Array.from({ length: count }, (_, index) => ({ name: name((index * 2_654_435_761) % 1_000_000_007) }));
}
