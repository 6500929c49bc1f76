import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { findOverloads } from '../../../../shared/domain/traffic/capacity.ts';
import type { Origin } from '../../../../shared/domain/traffic/origin.ts';
import { isServing } from '../../../../shared/domain/traffic/serving.ts';
import { intentKey, type Intent } from '../../../../shared/intents/intent.ts';
import type { ObservedEdge } from '../../../../shared/targets/edge/index.ts';
import { takesAway } from '../../../../shared/targets/edge/rules.ts';
import { lookAtEdge } from '../../../../shared/targets/edge/next.ts';
import { edgeOf, originOf, outOf, pinOf, sharesOf, situation } from './observed.ts';
import { anyEdge, anyIntents, anyWishes, told, walked } from './worlds.ts';

function serving(origins: readonly Origin[]): number {
  return origins.filter(isServing).length;
}

function overloads(observed: ObservedEdge, origins: readonly Origin[]): ReadonlyMap<string, number> {
  const { division, capacity } = observed.measured!;
  return new Map(findOverloads(origins, { division, capacity, headroom: 0 }).map((one) => [one.name, one.load]));
}

describe('an edge whose steps are written one by one', () => {
  it('comes to rest, and stays so, whatever is wanted and let go of', () => {
    fc.assert(
      fc.property(anyEdge, anyWishes, fc.boolean(), (edge, wishes, isUndoing) => {
        const there = walked(edge, situation({ acting: wishes.map((one) => ({ ...one, state: 'open' })) }));
        expect(there.isAtRest, told(edge, wishes, there)).toBe(true);
        const isLetGo = (intent: Intent): boolean =>
          wishes.some((one) => intentKey(one) === intentKey(intent) && one.state === 'leaving');
        const acting = there.asked.acting.filter((intent) => !isLetGo(intent));
        const leaving = there.asked.acting.filter(isLetGo).map((one): Intent => ({ ...one, state: 'leaving' }));
        const asked = situation({ acting, leaving, fields: there.asked.fields, isUndoing });
        const back = walked(there.observed, asked);
        expect(back.isAtRest, told(there.observed, wishes, back)).toBe(true);
        fc.pre(!isUndoing && wishes.every((one) => one.state === 'open'));
        // The plan that divides by capacity may keep back what fits when it has ended: one more plan, and that is all.
        const { fields } = back.asked;
        const later = situation({ acting: back.asked.acting, fields });
        const isDivided = edge.edge.policy.redistribute !== undefined;
        const last = isDivided ? walked(back.observed, later) : back;
        expect(last.steps, told(edge, wishes, there)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('comes to rest where half a planned drain cannot be undone beside two emergencies', () => {
    const origins = [
      originOf('a', { healthy: undefined, weight: 1 }),
      originOf('b', { healthy: false, weight: 2 }),
      originOf('c', { isCalledBad: true, weight: 1 }),
      originOf('d', { weight: 1 }),
    ];
    const edge = edgeOf(origins, { maxDrainFraction: 0.5 });
    const capacity = new Map(origins.map(({ name }) => [name, { safe: name < 'c' ? 1 : 100, taken: 0 }]));
    const acting = [
      outOf('b', { value: { enabled: false, urgency: 'planned', via: [1] } }),
      outOf('d'),
      sharesOf({ a: 1 }),
      ...['c', 'd'].map((name) =>
        outOf(name, { by: { reaction: 'region-failover' }, value: { enabled: false, urgency: 'emergency' } }),
      ),
    ];
    const there = walked({ ...edge, measured: { ...edge.measured!, capacity } }, situation({ acting }));
    expect(there.isAtRest, told(edge, acting, there)).toBe(true);
  });

  it('breaks no rule that held before, at any step', () => {
    fc.assert(
      fc.property(anyEdge, anyIntents, (edge, acting) => {
        const { safety } = edge.edge.policy;
        for (const [before, after] of walked(edge, situation({ acting })).steps) {
          const [had, has] = [serving(before), serving(after)];
          expect(after.some((origin) => isServing(origin) && origin.healthy === true)).toBe(true);
          expect(has < safety.minEnabled && has < had).toBe(false);
          expect(1 - has / after.length > safety.maxDrainFraction + 1e-9 && has < had).toBe(false);
          const was = overloads(edge, before);
          // While nobody who serves is well, whoever comes back may be too small for all.
          const isAnyWell = before.some((origin) => isServing(origin) && origin.healthy !== false);
          for (const [one, load] of isAnyWell || takesAway(before, after) ? overloads(edge, after) : []) {
            expect(was.get(one) ?? 0).toBeGreaterThanOrEqual(load - 1e-6);
          }
          expect(
            after.every((origin) => Number.isInteger(origin.weight) && origin.weight >= 1 && origin.weight <= 1000),
          ).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('is what it was when everything is let go of', () => {
    fc.assert(
      fc.property(anyEdge, anyIntents, (edge, some) => {
        // All are well and can carry everything, so that nothing keeps the way back.
        const origins = edge.origins.map((origin) => ({ ...origin, healthy: true }));
        const capacity = new Map(origins.map((origin) => [origin.name, { safe: 10_000, taken: 0 }]));
        const { policy } = edge.edge;
        const safety = {
          ...policy.safety,
          minEnabled: 1,
          maxDrainFraction: 1,
          allowStandby: false,
          allowPartial: false,
        };
        const roomy = {
          ...edge,
          edge: { ...edge.edge, policy: { ...policy, safety } },
          origins,
          measured: { ...edge.measured!, capacity },
        };
        fc.pre(origins.some(({ enabled }) => enabled));
        const there = walked(roomy, situation({ acting: some }));
        const leaving = some.map((intent): Intent => ({ ...intent, state: 'leaving' }));
        const back = walked(there.observed, situation({ leaving, fields: there.asked.fields }));
        const was = (list: readonly Origin[]): unknown =>
          list.map(({ id, enabled, weight: w, isShut = false }) => [id, enabled, w, isShut]);
        const held = lookAtEdge(back.observed, back.asked).verdicts.filter(({ outcome }) => outcome === 'blocked');
        // Of what somebody else had out there is no way back, nor below what must serve.
        fc.pre(held.length === 0);
        expect(was(back.observed.origins), told(roomy, some, there)).toEqual(was(origins));
      }),
      { numRuns: 1_000 },
    );
  });

  it('has a verdict on every intent, and the same steps for every order of them', () => {
    fc.assert(
      fc.property(anyEdge, anyIntents, fc.boolean(), (edge, acting, isBlind) => {
        const observed = { ...edge, isBlind: isBlind && edge.hasGates };
        const once = lookAtEdge(observed, situation({ acting }));
        const twice = lookAtEdge(observed, situation({ acting: acting.toReversed() }));
        expect(once.verdicts.map(({ intent }) => intent)).toEqual(acting);
        expect(twice.steps).toEqual(once.steps);
        const told = ({ verdicts }: typeof once): unknown =>
          verdicts
            .map(({ intent, ...rest }) => JSON.stringify([intent.subject, intent.cause, intent.kind, rest]))
            .toSorted();
        expect(told(twice)).toEqual(told(once));
      }),
      { numRuns: 1_000 },
    );
  });

  it('moves nothing but gates while the control plane does not answer', () => {
    fc.assert(
      fc.property(anyEdge, anyIntents, (edge, acting) => {
        const { steps } = walked({ ...edge, isBlind: true, hasGates: true }, situation({ acting }));
        for (const [before, after] of steps) {
          const bare = (list: readonly Origin[]): unknown => list.map(({ enabled, weight: w }) => [enabled, w]);
          expect(bare(after)).toEqual(bare(before));
          expect(after.some((origin) => isServing(origin) && origin.healthy === true)).toBe(true);
        }
      }),
    );
  });

  it('never takes out what a person has pinned in', () => {
    fc.assert(
      fc.property(anyEdge, anyIntents, (edge, some) => {
        const id = originOf('a').id;
        const acting = [...some.filter(({ kind, subject }) => kind !== 'pin' || subject !== id), pinOf('a', 'in')];
        for (const [before, after] of walked(edge, situation({ acting })).steps) {
          const [was, is] = [before, after].map((list) => list.some((origin) => origin.id === id && isServing(origin)));
          expect(was === true && is === false, told(edge, acting, { steps: [[before, after]] })).toBe(false);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
