import { readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseCeiling } from '../../../shared/fleet/ceiling.ts';
import { globCovers, patternsMeet } from '../../../shared/fleet/patterns.ts';
import { SemverRange } from '../../../shared/fleet/schema/image-policy.ts';
import { durationMs, isDate } from '../../../shared/fleet/schema/scalars.ts';
import { fleetJsonSchema, RootFile } from '../../../shared/fleet/schema.ts';
import { build, CONTOSO } from './fleet-text.ts';

describe('published JSON Schema', () => {
  it('is what the code checks (write it anew with `reflex schema`)', () => {
    const published = readFileSync(new URL('../../../docs/fleet.schema.json', import.meta.url), 'utf8');
    expect(JSON.parse(published)).toEqual(fleetJsonSchema());
  });

  it('has every section of a root file', () => {
    expect(Object.keys(fleetJsonSchema()['properties'] as object).sort()).toEqual(Object.keys(RootFile.shape).sort());
  });
});

describe('semver range', () => {
  it.each([
    '>=1.4.0 <2.0.0',
    '>=1.4.0, <2.0.0',
    '~1.4',
    '^1.2.3',
    '1.x',
    '*',
    '1.2.3 - 2.3',
    '^1 || ^3',
    '>= 1.2.3-rc.1',
    'v1.2.3',
  ])('takes %s', (range) => {
    expect(SemverRange.safeParse(range).success).toBe(true);
  });

  it.each(['', 'newest', '>=', '1.2.3.4', '1.0.0 ||', `${'1'.repeat(199)}!`, '1 '.repeat(99) + '!'])(
    'refuses %j',
    (range) => {
      expect(SemverRange.safeParse(range).success).toBe(false);
    },
  );
});

describe('scalars', () => {
  it('know calendar and clock', () => {
    expect(isDate('2028-02-29')).toBe(true);
    expect(isDate('2026-02-29')).toBe(false);
    expect(['30s', '10m', '2h', '7d'].map(durationMs)).toEqual([30_000, 600_000, 7_200_000, 604_800_000]);
  });
});

describe('patterns', () => {
  it.each([
    ['shop/*', 'shop/web', true],
    ['shop/*', '*/web', true],
    ['shop/*', 'bank/*', false],
    ['shop/*', 'shop/web/api', false],
  ])('%s and %s meet: %s', (a, b, meet) => {
    expect(patternsMeet(a, b)).toBe(meet);
    expect(patternsMeet(b, a)).toBe(meet);
  });

  it.each([
    ['clusters/**', 'clusters/shop-dev/**', true],
    ['clusters/*/web', 'clusters/shop/web', true],
    ['**/web', 'a/b/web', true],
    ['clusters/**', 'clusters', true],
    ['clusters/*', 'clusters/**', false],
    ['clusters/shop/**', 'clusters/**', false],
    ['clusters/a', 'clusters/*', false],
    ['clusters/**', 'base/**', false],
  ])('%s covers %s: %s', (outer, inner, covers) => {
    expect(globCovers(outer, inner)).toBe(covers);
  });

  it('cover themselves, and whatever `**` stands before', () => {
    const segment = fc.constantFrom('a', 'b', '*', '**');
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
        const glob = segments.join('/');
        expect(globCovers('**', glob)).toBe(true);
        expect(segments.includes('**') || globCovers(glob, glob)).toBe(true);
      }),
    );
  });
});

describe('docs/fleet.md', () => {
  const page = readFileSync(new URL('../../../docs/fleet.md', import.meta.url), 'utf8');

  it('has a row for every section', () => {
    expect(Object.keys(RootFile.shape).filter((section) => !page.includes(`| \`${section}\``))).toEqual([]);
  });

  it('has a row for every finding code', () => {
    const source = readFileSync(new URL('../../../shared/fleet/findings.ts', import.meta.url), 'utf8');
    const codes = [...source.matchAll(/^ {2}\| '([a-z-]+)'/gm)].map(([, code = '']) => code);
    expect(codes.length).toBeGreaterThan(15);
    expect(codes.filter((code) => !page.includes(`| \`${code}\``))).toEqual([]);
  });

  it('has a row for every setting of an edge, with its default', () => {
    const edges = (fleetJsonSchema()['properties'] as Record<string, Node>)['edges'];
    const { gate, load, priority, frontDoor, trafficManager, origins, ...others } =
      edges?.additionalProperties?.properties ?? {};
    expect([gate, load, priority, frontDoor, trafficManager, origins]).not.toContain(undefined);
    const groups = Object.entries(others).map(([name, { items, ...group }]) => [name, items ?? group] as const);
    const rows = [...page.matchAll(/^\| `([a-z]+[.][A-Za-z.]+)` +\| (.*?) +\|/gm)].map(([, name, value = '']) => [
      name,
      value.replace('`20m` or `1m`', '').replaceAll('`', ''),
    ]);
    expect(rows).toEqual(groups.flatMap(([name, group]) => settings(name, group)));
  });

  it('shows edges and a ceiling that are valid', () => {
    const blocks = [...page.matchAll(/^```(yaml|json)\n([^]*?)^```$/gm)].map(([, , text = '']) => text);
    const edges = blocks.find((text) => text.startsWith('edges:')) ?? '';
    const { fleet, findings } = build(CONTOSO.replace(/^edges:\n[^]*?\n\n/m, `${edges}\n`));
    expect(findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
    expect(fleet?.edges.map(({ name, origins }) => [name, origins.length])).toEqual([
      ['legacy', 2],
      ['shop', 2],
    ]);
    const ceiling = blocks.find((text) => text.startsWith('{')) ?? '';
    expect(() => parseCeiling(JSON.parse(ceiling))).not.toThrow();
  });
});

interface Node {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node;
  readonly items?: Node;
}

function settings(name: string, { properties, default: value }: Node): readonly (readonly [string, string])[] {
  if (properties !== undefined) {
    return Object.entries(properties).flatMap(([key, node]) => settings(`${name}.${key}`, node));
  }
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  return [[name, value === undefined ? '' : shown]];
}
