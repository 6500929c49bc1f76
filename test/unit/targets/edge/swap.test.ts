import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { nameIn } from '../../../../shared/domain/traffic/twin.ts';
import type { Intent } from '../../../../shared/intents/intent.ts';
import type { Situation } from '../../../../shared/reconcile/target-kind.ts';
import type { ObservedEdge } from '../../../../shared/targets/edge/index.ts';
import { lookAtEdge } from '../../../../shared/targets/edge/next.ts';
import { capacities, look } from './look.ts';
import { EDGE, edgeOf, emergencyOf, markOf, originOf, outOf, pinOf, sharesOf, situation } from './observed.ts';
import { afterChange, afterStep, routed, ROUTES, TWIN, withTwin } from './twins.ts';

const THREE = ['neu', 'sea', 'weu'].map((name) => originOf(name));
const SHARES = sharesOf({ neu: 20, sea: 30, weu: 50 });
const edge = (more: Parameters<typeof withTwin>[1] = {}): ObservedEdge => withTwin(edgeOf(THREE), more);

/** Looks and writes until nothing is left, `RESOURCE {set}` for each write. */
function played(start: ObservedEdge, begin: Partial<Situation>, upTo = 40) {
  let [observed, asked] = [start, situation(begin)];
  const sent: string[] = [];
  for (let count = 0; count < upTo; count += 1) {
    const { steps, change } = lookAtEdge(observed, asked);
    if (steps[0] === undefined || change === undefined) {
      break;
    }
    sent.push(told(change));
    observed = afterChange(observed, change);
    asked = afterStep(asked, steps[0]);
  }
  return { observed, asked, sent };
}

function told(change: object): string {
  if (!('resource' in change)) {
    return JSON.stringify(change);
  }
  const { resource, set } = change as { resource: string; set: Record<string, unknown> };
  const group = resource.includes('/routes/') ? 'route' : nameIn(resource.split('/origins/')[0] ?? '');
  const values = Object.values(set).map((value) => (typeof value === 'string' ? nameIn(value) : value));
  return `${group} ${nameIn(resource)} ${values.join(' ')}`;
}

const leave = (intent: Intent): Intent => ({ ...intent, state: 'leaving' });

describe('several origins of an edge with a twin', () => {
  it('move with one write, when the group that serves nobody has been prepared', () => {
    expect(played(edge(), { acting: [SHARES] }).sent).toEqual([
      'og-b neu 20',
      'og-b sea 30',
      'og-b weu 50',
      'route main og-b',
    ]);
  });

  it('come back with one write', () => {
    const there = played(edge(), { acting: [SHARES] });
    const back = played(there.observed, { leaving: [leave(SHARES)], fields: there.asked.fields });
    expect(back.sent).toEqual(['route main og']);
    expect(back.observed.origins).toEqual(THREE);
  });

  it('the same plan again takes another preparation, of the group that serves nobody then', () => {
    const there = played(edge(), { acting: [SHARES] });
    const more = sharesOf({ neu: 25, weu: 45 });
    expect(played(there.observed, { acting: [more], fields: there.asked.fields }).sent).toEqual([
      'og neu 25',
      // What no wish is about goes back to what it was, and stands there already.
      'og weu 45',
      'route main og',
    ]);
  });

  it('are what the first step of the routes says, and the others follow', () => {
    const { steps } = lookAtEdge(edge({ routes: 3 }), situation({ acting: [SHARES] }));
    expect(steps.map(({ id }) => id)).toEqual([
      'neu:prepare',
      'sea:prepare',
      'weu:prepare',
      'shop/main:swap',
      'shop/api:follow',
      'shop/img:follow',
    ]);
    expect(steps.map(({ changes }) => changes.map(({ group }) => group))).toEqual([
      [],
      [],
      [],
      ['weight', 'weight', 'weight', 'halfway'],
      [],
      ['halfway'],
    ]);
    expect(steps[3]).toMatchObject({
      title: 'route shop/main to og-b (neu: weight 100 to 20; sea: weight 100 to 30; weu: weight 100 to 50)',
      from: { neu: { weight: 100 }, 'shop/main': 'og' },
      to: { neu: { weight: 20 }, sea: { weight: 30 }, weu: { weight: 50 }, 'shop/main': 'og-b' },
      sends: { resource: ROUTES[0], from: { originGroup: EDGE }, to: { originGroup: TWIN } },
    });
    expect(steps[0]?.predicates).toEqual(['main', 'api', 'img'].map((name) => `route shop/${name} refers to og`));
  });

  it('each step is the next one of the plan that was shown', () => {
    let [observed, asked] = [edge({ routes: 2 }), situation({ acting: [SHARES] })];
    const shown = lookAtEdge(observed, asked).steps;
    for (const step of shown) {
      const { steps, change } = lookAtEdge(observed, asked);
      expect(steps).toEqual(shown.slice(shown.indexOf(step)));
      observed = afterChange(observed, change!);
      asked = afterStep(asked, step);
    }
    expect(lookAtEdge(observed, asked).steps).toEqual([]);
  });

  it('what was moved bakes when all routes have followed', () => {
    const baking = withTwin(edgeOf(THREE, { bakeSec: 60 }), { routes: 2 });
    const { steps } = lookAtEdge(baking, situation({ acting: [SHARES] }));
    expect(steps.map(({ bakeMs }) => bakeMs)).toEqual([undefined, undefined, undefined, undefined, 60_000]);
    const one = lookAtEdge(withTwin(edgeOf(THREE, { bakeSec: 60 })), situation({ acting: [SHARES] }));
    expect(one.steps.map(({ bakeMs }) => bakeMs)).toEqual([undefined, undefined, undefined, 60_000]);
  });

  it('come in and go out together: both values of an origin in one write, and somebody stays enabled throughout', () => {
    const mixed = edgeOf([originOf('neu', { enabled: false, weight: 7 }), originOf('sea'), originOf('weu')]);
    const acting = [outOf('sea'), pinOf('neu', 'in'), sharesOf({ neu: 40, weu: 60 })];
    const held = { sea: { enabled: true }, weu: { enabled: false }, neu: { enabled: false } };
    const { sent, observed } = played(withTwin(mixed, { held }), { acting });
    expect(sent).toEqual(['og-b neu true 40', 'og-b weu true 60', 'og-b sea false', 'route main og-b']);
    expect(observed.origins.map(({ enabled, weight }) => [enabled, weight])).toEqual([
      [true, 40],
      [false, 100],
      [true, 60],
    ]);
  });

  it('one origin alone is one write, to the group that serves', () => {
    expect(played(edge(), { acting: [outOf('weu')] }).sent).toEqual(['og weu false']);
    const there = routed(edge(), [TWIN]);
    expect(played(there, { acting: [outOf('weu')] }).sent).toEqual(['og-b weu false']);
    expect(played(there, { acting: [sharesOf({ weu: 7 })] }).sent).toEqual(['og-b weu 7']);
  });

  it('disabled origins are not worth a swap', () => {
    const off = ['neu', 'sea'].map((name) => originOf(name, { enabled: false }));
    const acting = [sharesOf({ neu: 1, sea: 2 })];
    expect(played(withTwin(edgeOf([...off, originOf('weu')])), { acting }).sent).toEqual(['og neu 1', 'og sea 2']);
  });

  it('the rules are about the state that the swap leaves', () => {
    // One by one, whoever is lowered first would pour into the other.
    const tight = capacities(edgeOf(THREE), { neu: 40, sea: 40, weu: 40 });
    const acting = [sharesOf({ neu: 120, sea: 90, weu: 90 })];
    expect(look(withTwin(tight), { acting }).verdicts).toEqual(['act shares']);
    const over = [sharesOf({ neu: 150, sea: 75, weu: 75 })];
    const { steps, verdicts } = look(withTwin(tight), { acting: over });
    expect([steps, verdicts]).toEqual([[], ['blocked shares insufficient-capacity !']]);
  });

  it('what people accompany moves by itself', () => {
    const acting = [outOf('neu'), outOf('sea')];
    const plain = edge();
    const manual = [{ name: 'db', title: 'db', when: 'after', on: 'drain' }] as never;
    expect(played(plain, { acting }).sent).toHaveLength(3);
    const accompanied = { ...plain, edge: { ...plain.edge, manual } };
    expect(lookAtEdge(accompanied, situation({ acting })).steps.map(({ effect }) => effect)).not.toContain('swap');
  });

  it('what somebody else has written is left out of a swap', () => {
    const fields = [markOf('sea', { weight: 100 }, { weight: 60 })];
    const drifted = withTwin(edgeOf([originOf('neu'), originOf('sea', { weight: 77 }), originOf('weu')]));
    const { steps } = lookAtEdge(drifted, situation({ acting: [SHARES], fields }));
    const swap = steps.find(({ effect }) => effect === 'swap');
    expect(swap?.changes.map(({ subject }) => nameIn(subject))).toEqual(['neu', 'weu']);
  });
});

describe('an emergency', () => {
  it('is one write, and what follows from it comes after', () => {
    const edgeByCapacity = withTwin(
      capacities(edgeOf(THREE, { redistribute: 'capacity', weightTotal: 600 }), { neu: 100, sea: 200, weu: 100 }),
    );
    const { sent } = played(edgeByCapacity, { acting: [emergencyOf('weu')] });
    expect(sent).toEqual(['og weu false', 'og-b neu 200', 'og-b sea 400', 'og-b weu false', 'route main og-b']);
  });

  it('does not wait for a preparation that is under way', () => {
    const { observed, asked } = played(edge(), { acting: [SHARES] }, 2);
    const busy = { ...observed, isTerminal: false };
    const { change } = lookAtEdge(busy, { ...asked, acting: [SHARES, emergencyOf('weu')] });
    expect(told(change!)).toBe('og weu false');
  });

  it('while a swap may still arrive: in the group that serves first, then in the other one', () => {
    const queued = { ...routed(edge(), [EDGE], false), isTerminal: false };
    const acting = [emergencyOf('weu')];
    const { sent, observed } = played(queued, { acting });
    expect(sent).toEqual(['og weu false', 'og-b weu false']);
    expect(lookAtEdge(observed, situation({ acting })).steps).toEqual([]);
  });

  it('between two routes: out in both groups, and then the swap is ended', () => {
    const { observed, asked } = played(edge({ routes: 2 }), { acting: [SHARES] }, 4);
    const { sent } = played(observed, { ...asked, acting: [SHARES, emergencyOf('weu')] });
    expect(sent).toEqual(['og-b weu false', 'og weu false', 'route api og-b']);
  });

  it('leaves the last origin of the other group in', () => {
    const held = { neu: { enabled: false }, sea: { enabled: false } };
    const queued = routed(edge({ held }), [EDGE], false);
    expect(played(queued, { acting: [emergencyOf('weu')] }).sent).toEqual(['og weu false']);
  });

  it('with routes that somebody else has divided: out in both, and back in both', () => {
    const divided = routed(edge({ routes: 2 }), [EDGE, TWIN]);
    const out = emergencyOf('weu');
    const { sent, observed, asked } = played(divided, { acting: [out] });
    expect(sent).toEqual(['og weu false', 'og-b weu false']);
    expect(played(observed, { leaving: [leave(out)], fields: asked.fields }).sent).toEqual([
      'og weu true',
      'og-b weu true',
    ]);
  });
});

describe('a swap that is halfway', () => {
  const halfway = (): ReturnType<typeof played> => played(edge({ routes: 3 }), { acting: [SHARES] }, 4);

  it('is ended by the next look', () => {
    const { observed, asked } = halfway();
    expect(look(observed, asked)).toMatchObject({
      steps: ['route shop/api to og-b, as the first', 'route shop/img to og-b, as the first'],
      verdicts: ['act shares'],
    });
    expect(played(observed, asked).sent).toEqual(['route api og-b', 'route img og-b']);
  });

  it('is taken back without the routes that have not moved', () => {
    const { observed, asked } = halfway();
    const { sent } = played(observed, { ...asked, acting: [], isUndoing: true });
    expect(sent).toEqual(['route main og']);
    expect(played(observed, { ...asked, acting: [], leaving: [leave(SHARES)] }).sent).toEqual(['route main og']);
  });

  it('is ended before the next preparation: the other group still serves', () => {
    const { observed, asked } = halfway();
    const other = sharesOf({ neu: 11, sea: 12 }, { cause: 'newer', asOf: '2026-01-02T00:00:00.000Z' });
    const { sent } = played(observed, { ...asked, acting: [SHARES, other] });
    expect(sent.slice(0, 2)).toEqual(['route api og-b', 'route img og-b']);
    expect(sent.slice(2)).toEqual([
      'og neu 11',
      'og sea 12',
      'og weu 50',
      'route main og',
      'route api og',
      'route img og',
    ]);
  });

  it('is ended although its plan is over: the mark says whose it is', () => {
    const { observed, asked } = halfway();
    expect(played(observed, { ...asked, journal: [] }).sent).toEqual(['route api og-b', 'route img og-b']);
    const { sent } = played(observed, {
      fields: asked.fields.map((field) => ({ ...field, attempted: field.written })),
    });
    expect(sent).toEqual(['route main og']);
  });

  it('is none of ours without the mark, and none that we may write once the ceiling forbids it', () => {
    const { observed, asked } = halfway();
    const fields = asked.fields.filter(({ group }) => group !== 'halfway');
    expect(look(observed, { fields, acting: [SHARES] }).steps).toEqual([]);
    const removed = { origins: [], isWhole: true, isNoted: true, isWritable: false };
    const beyond = { ...observed, edge: { ...observed.edge, removed } };
    expect(look(beyond, { ...asked, acting: [] }).steps).not.toContain('route shop/api to og-b, as the first');
  });

  it('is no longer one when all routes are together, whoever has done it', () => {
    const { observed, asked } = halfway();
    const together = routed(observed, [TWIN, TWIN, TWIN]);
    expect(look(together, { ...asked, acting: [SHARES] })).toMatchObject({
      steps: [],
      found: [{ subject: EDGE, group: 'halfway', written: { halfway: false } }],
    });
  });
});

describe('a twin that is amiss', () => {
  const detail = 'as it is';

  it('keeps several weights back, and neither one of them nor a drain', () => {
    const amiss = edge({ fault: { reason: 'config-error:twin-origins', detail } });
    expect(look(amiss, { acting: [SHARES] })).toMatchObject({
      steps: [],
      verdicts: ['blocked shares config-error:twin-origins !'],
    });
    expect(played(amiss, { acting: [sharesOf({ weu: 7 })] }).sent).toEqual(['og weu 7']);
    expect(played(amiss, { acting: [outOf('neu'), emergencyOf('weu')] }).sent).toEqual([
      'og weu false',
      'og neu false',
    ]);
  });

  it('keeps nothing back that people want all the same, one by one', () => {
    const amiss = edge({ fault: { reason: 'config-error:twin-settings', detail } });
    const forced = { ...SHARES, value: { ...SHARES.value, overrides: ['config-error:twin-settings'] } };
    expect(played(amiss, { acting: [forced] }).sent).toEqual(['og neu 20', 'og sea 30', 'og weu 50']);
  });

  it('keeps weights back while somebody else has divided the routes', () => {
    const divided = routed(edge({ routes: 2 }), [EDGE, TWIN]);
    expect(look(divided, { acting: [SHARES] }).verdicts).toEqual(['blocked shares config-error:twin-split !']);
  });

  it('keeps everything back while nobody can tell which group serves', () => {
    const { held, routes } = edge().twin!;
    const rest = { held, routes };
    const lost = { ...edge(), twin: { ...rest, fault: { reason: 'config-error:twin-route' as const, detail } } };
    const acting = [emergencyOf('weu')];
    expect(look(lost, { acting })).toMatchObject({
      steps: [],
      verdicts: ['blocked region-bad config-error:twin-route !'],
    });
    expect(look({ ...lost, twin: rest }, { acting }).verdicts).toEqual([
      'blocked region-bad config-error:twin-route !',
    ]);
  });
});

describe('every look at an edge with a twin', () => {
  const weight = fc.integer({ min: 1, max: 1000 });
  const values = fc.array(fc.record({ enabled: fc.boolean(), weight }), { minLength: 3, maxLength: 3 });
  const byName = (all: readonly { enabled: boolean; weight: number }[]): Record<string, (typeof all)[number]> =>
    Object.fromEntries(THREE.map(({ name }, index) => [name, all[index]!]));
  const names = fc.subarray(THREE.map(({ name }) => name));

  it('prepares nothing that a route refers to, and lets an emergency go first', () => {
    fc.assert(
      fc.property(values, values, names, names, fc.integer({ min: 1, max: 3 }), (live, held, out, sick, routes) => {
        const origins = THREE.map((origin, index) => ({ ...origin, ...live[index] }));
        const start = withTwin(edgeOf(origins), { held: byName(held), routes });
        const acting = [SHARES, ...out.map((name) => outOf(name)), ...sick.map((name) => emergencyOf(name))];
        let [observed, asked] = [start, situation({ acting })];
        for (let count = 0; count < 40; count += 1) {
          const { steps, change } = lookAtEdge(observed, asked);
          const [step] = steps;
          if (step === undefined || change === undefined) {
            return;
          }
          const isPressing = steps.some(({ isUrgent }) => isUrgent);
          expect(isPressing && step.effect === 'prepare').toBe(false);
          if (step.effect === 'prepare') {
            const used = observed.twin!.routes.map(({ originGroup }) => originGroup);
            expect(used).not.toContain(step.sends?.resource.split('/origins/')[0]);
          }
          observed = afterChange(observed, change);
          asked = afterStep(asked, step);
        }
        expect.unreachable('it comes to no end');
      }),
      { numRuns: 500 },
    );
  });
});
