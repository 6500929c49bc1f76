import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { findOverloads } from '../../../../shared/domain/traffic/capacity.ts';
import type { Origin } from '../../../../shared/domain/traffic/origin.ts';
import { isServing } from '../../../../shared/domain/traffic/serving.ts';
import type { Intent } from '../../../../shared/intents/intent.ts';
import type { Situation } from '../../../../shared/reconcile/target-kind.ts';
import type { ObservedEdge } from '../../../../shared/targets/edge/index.ts';
import { lookAtEdge } from '../../../../shared/targets/edge/next.ts';
import { edgeOf, emergencyOf, originOf, outOf, pinOf, sharesOf, situation } from './observed.ts';
import { afterChange, afterStep, withTwin } from './twins.ts';

const NAMES = ['a', 'b', 'c', 'd'];
const weight = fc.integer({ min: 1, max: 1000 });
const via = fc.array(weight, { maxLength: 3 });

const anyOrigins = fc
  .array(fc.record({ enabled: fc.boolean(), healthy: fc.constantFrom(true, true, false, undefined), weight }), {
    minLength: 2,
    maxLength: 4,
  })
  .map((list) => list.map((one, index) => originOf(NAMES[index] ?? '', one)));

const anyEdge = fc
  .record({
    origins: anyOrigins,
    policies: fc.record({
      minEnabled: fc.integer({ min: 1, max: 2 }),
      maxDrainFraction: fc.constantFrom(0.5, 1),
      allowEnableStandby: fc.boolean(),
      partial: fc.boolean(),
    }),
    safe: fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 4, maxLength: 4 }),
    hasGates: fc.boolean(),
    isRedistributed: fc.boolean(),
    routes: fc.integer({ min: 0, max: 3 }),
    held: fc.array(fc.record({ enabled: fc.boolean(), weight }), { minLength: 4, maxLength: 4 }),
  })
  .map(({ origins, policies, safe, hasGates, isRedistributed, routes, held }): ObservedEdge => {
    const redistribute = isRedistributed ? ({ redistribute: 'capacity' } as const) : {};
    const edge = edgeOf(origins, { ...policies, ...redistribute });
    const capacity = new Map(origins.map(({ name }, index) => [name, { safe: safe[index] ?? 0, taken: 0 }]));
    const observed = { ...edge, hasGates, measured: { ...edge.measured!, capacity } };
    const byName = Object.fromEntries(held.map((one, index) => [NAMES[index] ?? '', one]));
    return routes === 0 ? observed : withTwin(observed, { routes, held: byName });
  });

const name = fc.constantFrom(...NAMES);
const anyIntents = fc
  .array(
    fc.oneof(
      fc
        .record({ name, via })
        .map((one) => outOf(one.name, { value: { enabled: false, urgency: 'planned', via: one.via } })),
      name.map((one) => emergencyOf(one)),
      fc.record({ name, weight }).map((one) => sharesOf({ [one.name]: one.weight }, { cause: `shares-${one.name}` })),
      fc.record({ name, pinned: fc.constantFrom('in', 'out') }).map((one) => pinOf(one.name, one.pinned)),
    ),
    { maxLength: 5 },
  )
  .map((list) => [...new Map(list.map((one) => [`${one.kind} ${one.subject} ${one.cause}`, one])).values()]);

/** An edge and its intents in words, for whoever reads a counterexample. */
function told(
  edge: ObservedEdge,
  intents: readonly Intent[],
  { steps }: Pick<Walked, 'steps'> = { steps: [] },
): string {
  const { safety, redistribute } = edge.edge.policy;
  const capacity = Object.fromEntries([...edge.measured!.capacity].map(([one, { safe }]) => [one, safe]));
  const states = [edge.origins, ...steps.slice(0, 8).map(([, after]) => after)];
  const shown = states.map((list) =>
    list
      .map(
        (one) =>
          `${isServing(one) ? '' : '-'}${one.name}${one.healthy === true ? '' : '!'}${one.isShut === true ? '~' : ''}${one.weight}`,
      )
      .join(' '),
  );
  const wishes = intents.map(({ kind, subject, cause, value }) => [kind, subject.at(-1), cause, value]);
  return JSON.stringify({ shown, wishes, capacity, safety, redistribute, gates: edge.hasGates }, undefined, 1);
}

interface Walked {
  readonly observed: ObservedEdge;
  readonly asked: Situation;
  /** Each state that was written, and the one before it. */
  readonly steps: readonly (readonly [readonly Origin[], readonly Origin[]])[];
}

/** Writes step after step, asking anew before each, as the loop does. */
function walked(start: ObservedEdge, begin: Situation): Walked {
  let [observed, asked] = [start, begin];
  const steps: (readonly [readonly Origin[], readonly Origin[]])[] = [];
  for (;;) {
    const look = lookAtEdge(observed, asked);
    const [step] = look.steps;
    if (look.change === undefined || step === undefined) {
      return { observed, asked, steps };
    }
    const next = afterChange(observed, look.change);
    // A group that serves nobody may be anything.
    if (JSON.stringify(next.origins) !== JSON.stringify(observed.origins)) {
      steps.push([observed.origins, next.origins]);
    }
    if (asked.journal.length === 60) {
      // Wishes that contradict each other may go back and forth; that is not what is asked here.
      return { observed, asked, steps };
    }
    observed = next;
    asked = afterStep(asked, step);
  }
}

function serving(origins: readonly Origin[]): number {
  return origins.filter(isServing).length;
}

function overloads(observed: ObservedEdge, origins: readonly Origin[]): ReadonlyMap<string, number> {
  const { division, capacity } = observed.measured!;
  return new Map(findOverloads(origins, { division, capacity, headroom: 0 }).map((one) => [one.name, one.load]));
}

describe('an edge whose steps are written one by one', () => {
  it('comes to rest, and stays so', () => {
    fc.assert(
      fc.property(anyEdge, anyIntents, (edge, acting) => {
        // Where everything that is wanted can come true.
        const { verdicts } = lookAtEdge(edge, situation({ acting }));
        fc.pre(verdicts.every(({ outcome }) => outcome === 'act' || outcome === 'done'));
        fc.pre(edge.edge.policy.redistribute === undefined && !edge.edge.policy.safety.allowPartial);
        const { observed, asked, steps } = walked(edge, situation({ acting }));
        expect(lookAtEdge(observed, { ...asked, journal: [] }).steps, told(edge, acting, { steps })).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
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
          for (const [one, load] of overloads(edge, after)) {
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
