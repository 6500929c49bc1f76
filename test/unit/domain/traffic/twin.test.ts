import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { inGroup, readTwin, twinTrouble, type FoundGroup } from '../../../../shared/domain/traffic/twin.ts';

const [OWN, OTHER, THIRD] = ['og', 'og-b', 'og-c'].map((name) => `/p/origingroups/${name}`) as [string, string, string];
const ROUTES = ['r1', 'r2'].map((name) => `/p/afdendpoints/e/routes/${name}`);
const TWIN = { originGroup: OTHER, routes: ROUTES };

interface One {
  readonly id: string;
  readonly weight: number;
}

function group(
  id: string,
  weights: Readonly<Record<string, number>>,
  settings: Record<string, string> = {},
): FoundGroup<One> {
  const origins = Object.entries(weights).map(([name, weight]) => ({ id: `${id}/origins/${name}`, weight }));
  return {
    origins,
    settings: settings['group'] ?? '',
    settingsOf: new Map(Object.keys(weights).map((name) => [name, settings[name] ?? ''])),
  };
}

const own = group(OWN, { a: 1, b: 2 });
const other = group(OTHER, { a: 3, b: 4 });
const at = (...groups: readonly string[]) =>
  groups.map((originGroup, index) => ({
    id: ROUTES[index] ?? `/p/afdendpoints/e/routes/x${index}`,
    originGroup,
    terminal: true,
  }));

describe('the two groups of an edge', () => {
  it.each([
    [OWN, [1, 2], [3, 4], OTHER],
    [OTHER, [3, 4], [1, 2], OWN],
  ])('%s serves: its values, and the others, under the ids of the first', (live, serving, held, idle) => {
    const { origins, twin, isOther } = readTwin(OWN, TWIN, { own, other, routes: at(live, OWN) });
    expect(origins).toEqual([
      { id: `${OWN}/origins/a`, weight: serving[0] },
      { id: `${OWN}/origins/b`, weight: serving[1] },
    ]);
    expect(twin.held.map(({ weight }) => weight)).toEqual(held);
    expect([twin.live, twin.idle, isOther, twin.fault]).toEqual([live, idle, live === OTHER, undefined]);
  });

  it.each([
    ['twin-not-found', { own, other: undefined, routes: at(OWN, OWN) }, /og-b/],
    ['twin-not-found', { own, other, routes: at(OWN) }, /r2/],
    ['twin-route', { own, other, routes: at(OWN, THIRD) }, /r2 refers to og-c/],
    ['twin-shared', { own, other, routes: at(OWN, OWN, OTHER) }, /x2 refers to og-b/],
    ['twin-origins', { own, other: group(OTHER, { a: 3, c: 4 }), routes: at(OWN, OWN) }, /b, c/],
    ['twin-settings', { own, other: group(OTHER, { a: 3, b: 4 }, { b: 'x' }), routes: at(OWN, OWN) }, /: b$/],
    ['twin-settings', { own, other: group(OTHER, { a: 3, b: 4 }, { group: 'x' }), routes: at(OWN, OWN) }, /itself$/],
  ])('%s', (reason, found, detail) => {
    const { twin } = readTwin(OWN, TWIN, found);
    expect(twin.live).toBe(OWN);
    expect(twin.fault).toEqual({ reason: `config-error:${reason}`, detail: expect.stringMatching(detail) as string });
    expect(twinTrouble(twin)).toMatch(detail);
  });

  it.each([
    ['to a third group', { own, other, routes: at(THIRD, OWN) }],
    ['that is not there', { own, other, routes: [] }],
    ['to a second group that is not there', { own, other: undefined, routes: at(OTHER, OWN) }],
  ])('with a first route %s nobody can tell who serves', (_, found) => {
    const { twin, origins } = readTwin(OWN, TWIN, found);
    expect(twin).not.toHaveProperty('live');
    expect(twin.fault).toBeDefined();
    expect(origins).toEqual(own.origins);
  });

  it('may be of any other route of the profile that refers to neither', () => {
    expect(readTwin(OWN, TWIN, { own, other, routes: at(OWN, OWN, THIRD) }).twin).not.toHaveProperty('fault');
  });

  it.each([
    [{ live: OWN, routes: at(OWN, OWN) }, undefined],
    [{ live: OWN, routes: at(OWN, OTHER) }, 'og serves, and not through r2'],
    [{ live: OWN, routes: at(OWN, OTHER).map((route) => ({ ...route, terminal: false })) }, undefined],
    [{ routes: [] }, 'nobody can tell which group serves'],
  ])('is told to people where they should look: %j', (pair, expected) => {
    expect(twinTrouble(pair)).toBe(expected);
  });

  it('an origin is the same one in both, there and back', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9-]{1,20}$/), (name) => {
        const id = `${OWN}/origins/${name}`;
        expect(inGroup(inGroup(id, OTHER), OWN)).toBe(id);
      }),
    );
  });
});
