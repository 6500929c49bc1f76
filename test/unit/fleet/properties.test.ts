import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMap, isPair, isScalar, parseDocument, stringify, visit } from 'yaml';

import {
  boundMode,
  BOUNDED,
  boundSettings,
  isWithin,
  parseCeiling,
  type Ceiling,
} from '../../../shared/fleet/ceiling.ts';
import { editDistance } from '../../../shared/fleet/check/nearest.ts';
import type { Mode } from '../../../shared/domain/mode.ts';
import type { LoadedFleet } from '../../../shared/fleet/model.ts';
import { NAMED_SECTIONS, fleetJsonSchema } from '../../../shared/fleet/schema.ts';
import { keysAt, type SchemaNode } from '../../../shared/fleet/read/schema-keys.ts';
import { build, CONTOSO, CONTOSO_TEAM, includedText } from './fleet-text.ts';

const MODES: readonly Mode[] = ['observe', 'propose', 'enforce'];
const mode = fc.constantFrom(...MODES);
const percent = fc.nat(100).map((number) => `${number}%`);

/** Every map's keys in another order; lists keep theirs, which means something. */
function shuffled(value: unknown, pick: (count: number) => number): unknown {
  if (Array.isArray(value)) {
    return value.map((item: unknown) => shuffled(item, pick));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const left = Object.entries(value);
  const entries: [string, unknown][] = [];
  while (left.length > 0) {
    const [[key, item] = ['', undefined]] = left.splice(pick(left.length), 1);
    entries.push([key, shuffled(item, pick)]);
  }
  return Object.fromEntries(entries);
}

describe('revision', () => {
  it('is the same for any order of keys', () => {
    const plain: unknown = parseDocument(CONTOSO).toJS();
    const { fleet } = build(CONTOSO);
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (stream) => {
        const pick = (count: number): number => (stream.next().value ?? 0) % count;
        expect(build(stringify(shuffled(plain, pick))).fleet?.revision).toBe(fleet?.revision);
      }),
      { numRuns: 30 },
    );
  });

  it('is the same for any order of included files, and wherever a section stands', () => {
    const sections = ['clusters', 'edges', 'schedules', 'freezes', 'notify', 'images'] as const;
    const plain = parseDocument(CONTOSO).toJS() as Record<string, unknown>;
    const whole = build(CONTOSO, [includedText('team.yaml', CONTOSO_TEAM, { owns: '*' })]).fleet?.revision;
    fc.assert(
      fc.property(fc.shuffledSubarray([...sections]), (moved) => {
        const rest = Object.fromEntries(Object.entries(plain).filter(([key]) => !(moved as string[]).includes(key)));
        const parts = moved.map((section) =>
          includedText(`${section}.yaml`, stringify({ [section]: plain[section] }), { owns: '*' }),
        );
        const team = includedText('team.yaml', CONTOSO_TEAM, { owns: '*' });
        expect(build(stringify(rest), [...parts, team]).fleet?.revision).toBe(whole);
      }),
      { numRuns: 30 },
    );
  });

  it('is the same for any order of freezes', () => {
    const freeze = '{ from: 2026-11-26, to: 2026-11-30 }';
    const [first, last] = [`freezes:\n  - ${freeze}\n`, `\nnotify:\n`];
    const before = CONTOSO.replace('freezes:\n', first);
    const after = CONTOSO.replace(last, `  - ${freeze}\n${last}`);
    expect(build(before).fleet?.sections.freezes).toHaveLength(2);
    expect(build(after).fleet?.revision).toBe(build(before).fleet?.revision);
  });

  it('changes with anything that is in force, and not with comments', () => {
    const { fleet } = build(CONTOSO);
    expect(build(`# another comment\n${CONTOSO}`).fleet?.revision).toBe(fleet?.revision);
    expect(build(CONTOSO.replace('perNode: 80', 'perNode: 81')).fleet?.revision).not.toBe(fleet?.revision);
    expect(build(CONTOSO.replace('at: 90%', 'at: 91%')).fleet?.revision).not.toBe(fleet?.revision);
  });
});

interface KeyPlace {
  readonly key: string;
  readonly offset: number;
  readonly siblings: readonly string[];
}

/** Keys that the schema names: a person's own names are right whatever they are. */
function fixedKeys(text: string): readonly KeyPlace[] {
  const schema = fleetJsonSchema() as SchemaNode;
  const found: KeyPlace[] = [];
  visit(parseDocument(text), {
    Pair(_, pair, ancestors) {
      const path = ancestors.flatMap((node, index): (string | number)[] => {
        const next = ancestors[index + 1] ?? pair;
        if (isPair(node)) {
          return isScalar(node.key) ? [String(node.key.value)] : [];
        }
        return 'items' in node && !isMap(node) ? [node.items.findIndex((item) => item === next)] : [];
      });
      const known = keysAt(schema, path);
      const map = ancestors.at(-1);
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      if (known.includes(key) && isScalar(pair.key) && isMap(map)) {
        const present = map.items.map((item) => (isScalar(item.key) ? String(item.key.value) : ''));
        found.push({
          key,
          offset: pair.key.range?.[0] ?? 0,
          siblings: known.filter((other) => !present.includes(other)),
        });
      }
    },
  });
  return found;
}

const edit = fc.record({
  kind: fc.constantFrom('drop', 'swap', 'insert', 'replace'),
  at: fc.nat(),
  letter: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'.split('')),
});

function misspell(key: string, { kind, at, letter }: { kind: string; at: number; letter: string }): string {
  const index = at % key.length;
  const [head, here, next, tail] = [key.slice(0, index), key[index] ?? '', key[index + 1] ?? '', key.slice(index + 1)];
  switch (kind) {
    case 'drop':
      return head + tail;
    case 'swap':
      return head + next + here + tail.slice(1);
    case 'insert':
      return head + letter + here + tail;
    default:
      return head + letter + tail;
  }
}

describe('a misspelt key', () => {
  it('is found at its line with the right word', () => {
    const places = fixedKeys(CONTOSO);
    fc.assert(
      fc.property(fc.constantFrom(...places), edit, ({ key, offset, siblings }, how) => {
        const wrong = misspell(key, how);
        // Another key may be just as near, or be meant exactly.
        const isClear = siblings.every(
          (other) => other === key || editDistance(wrong, other) > editDistance(wrong, key),
        );
        fc.pre(/^[A-Za-z]/.test(wrong) && wrong.toLowerCase() !== key.toLowerCase() && wrong !== 'y' && isClear);
        const text = CONTOSO.slice(0, offset) + wrong + CONTOSO.slice(offset + key.length);
        const line = CONTOSO.slice(0, offset).split('\n').length;
        const found = build(text).findings.filter(({ code }) => code === 'unknown-key' || code === 'duplicate-key');
        expect(found).toEqual([expect.objectContaining({ line })]);
        expect(found[0]?.code === 'duplicate-key' || found[0]?.message.endsWith(`did you mean \`${key}\`?`)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('is tried in every section', () => {
    const keys = fixedKeys(CONTOSO).map(({ key }) => key);
    expect(NAMED_SECTIONS.filter((section) => !keys.includes(section))).toEqual([]);
    expect(keys.length).toBeGreaterThan(100);
  });
});

const ARM = '/subscriptions/00000000-0000-4000-8000-000000000001';
const ceiling: fc.Arbitrary<Ceiling> = fc
  .record(
    {
      modes: fc.dictionary(fc.constantFrom(...BOUNDED), mode),
      rules: fc.record(
        { minServing: fc.integer({ min: 1, max: 9 }), maxDrained: percent, headroom: percent },
        { requiredKeys: [] },
      ),
      targets: fc.record(
        {
          resources: fc.subarray([
            ARM,
            `${ARM}/resourceGroups/SHOP`,
            `${ARM}/resourceGroups/sho`,
            '/subscriptions/00000000-0000-4000-8000-000000000002',
          ]),
          repositories: fc.subarray(['contoso/*', 'Contoso/shop-gitops', 'other/shop-gitops']),
        },
        { requiredKeys: [] },
      ),
      senders: fc.subarray([
        `${ARM}/resourceGroups/shop/providers/Microsoft.ContainerRegistry`,
        `${ARM}/resourceGroups/other`,
      ]),
      approvers: fc.subarray(['00000000-0000-4000-8000-0000000000A1', '00000000-0000-4000-8000-0000000000a2']),
    },
    { requiredKeys: [] },
  )
  .map(parseCeiling);

function isWeaker(a: Mode | undefined, b: Mode | undefined): boolean {
  return MODES.indexOf(a ?? 'observe') <= MODES.indexOf(b ?? 'enforce');
}

function isSubset(a: readonly { readonly name: string }[], b: readonly { readonly name: string }[]): boolean {
  return a.every(({ name }) => b.some((other) => other.name === name));
}

function expectTighter(bounded: LoadedFleet, free: LoadedFleet): void {
  for (const kind of ['registries', 'keyVaults', 'clusters', 'repositories', 'images'] as const) {
    expect(isSubset(bounded[kind], free[kind])).toBe(true);
  }
  for (const image of bounded.images) {
    const before = free.images.find(({ name }) => name === image.name);
    expect(isWeaker(image.mode, before?.mode)).toBe(true);
    const places = before?.stages.flatMap(({ paths }) => paths) ?? [];
    expect(image.stages.flatMap(({ paths }) => paths).every((path) => places.includes(path))).toBe(true);
  }
  for (const [name, edge] of Object.entries(bounded.sections.edges)) {
    const before = free.sections.edges[name];
    expect(isWeaker(edge.mode.drain, before?.mode.drain) && isWeaker(edge.mode.restore, before?.mode.restore)).toBe(
      true,
    );
    expect(edge.rules.minServing).toBeGreaterThanOrEqual(before?.rules.minServing ?? 0);
    expect(parseInt(edge.rules.maxDrained)).toBeLessThanOrEqual(parseInt(before?.rules.maxDrained ?? '0'));
    expect(parseInt(edge.rules.headroom)).toBeGreaterThanOrEqual(parseInt(before?.rules.headroom ?? '100'));
  }
}

describe('ceiling', () => {
  it('never loosens a fleet', () => {
    const free = build(CONTOSO).fleet;
    fc.assert(
      fc.property(ceiling, (bound) => {
        const { fleet } = build(CONTOSO, [], bound);
        expectTighter(fleet!, free!);
      }),
    );
  });

  it('never gives a mode above the bound or the mode asked for, nor a rule below either', () => {
    fc.assert(
      fc.property(ceiling, fc.constantFrom(...BOUNDED), mode, (bound, bounded, asked) => {
        const given = boundMode(bound, bounded, asked);
        const limit =
          bound.modes[bounded] ?? bound.modes[bounded.split('.')[0] as (typeof BOUNDED)[number]] ?? bound.modes['*'];
        expect(isWeaker(given, asked) && isWeaker(given, limit)).toBe(true);
        const rules = boundSettings(bound, 'rules', { minServing: 1, maxDrained: '100%', headroom: '0%' });
        expect(rules.minServing).toBeGreaterThanOrEqual(bound.rules.minServing ?? 1);
      }),
    );
  });

  it('compares ids by whole segments and without case', () => {
    expect(isWithin([`${ARM}/resourceGroups/SHOP/`], `${ARM}/resourcegroups/shop/providers/a/b/c`)).toBe(true);
    expect(isWithin([`${ARM}/resourceGroups/sho`], `${ARM}/resourceGroups/shop`)).toBe(false);
    expect(isWithin([], ARM)).toBe(false);
    expect(isWithin(undefined, ARM)).toBe(true);
  });

  it('tells what it took away', () => {
    const bound = parseCeiling({
      modes: { '*': 'observe' },
      targets: { repositories: [] },
      senders: [],
      approvers: [],
      rules: { minServing: 2 },
    });
    const { fleet, findings } = build(CONTOSO, [], bound);
    expect(fleet).toMatchObject({ registries: [], keyVaults: [], repositories: [], images: [] });
    expect(findings.filter(({ code }) => code === 'outside-ceiling').map(({ path }) => path)).toEqual([
      'teams.shop.approvers',
      'registries.contoso.resourceId',
      'keyVaults.shop.resourceId',
      'gitops.shop.github',
    ]);
    expect(findings.filter(({ code }) => code === 'above-ceiling').map(({ path }) => path)).toContain(
      'edges.shop.rules.minServing',
    );
  });

  it.each([[{ modes: { images: 'observe' } }], [{ targets: { resources: ['shop'] } }], [{ unknown: 1 }], [null]])(
    'refuses the setting %j',
    (setting) => {
      expect(() => parseCeiling(setting)).toThrow(expect.objectContaining({ code: 'REFLEX_INVALID_SETTING' }) as Error);
    },
  );
});
