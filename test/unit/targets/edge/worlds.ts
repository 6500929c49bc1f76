import fc from 'fast-check';

import type { Origin } from '../../../../shared/domain/traffic/origin.ts';
import { isServing } from '../../../../shared/domain/traffic/serving.ts';
import type { Intent } from '../../../../shared/intents/intent.ts';
import type { Situation, Verdict } from '../../../../shared/reconcile/target-kind.ts';
import { afterVerdict } from '../../../../shared/reconcile/verdicts.ts';
import type { ObservedEdge } from '../../../../shared/targets/edge/index.ts';
import { lookAtEdge } from '../../../../shared/targets/edge/next.ts';
import { edgeOf, emergencyOf, originOf, outOf, pinOf, sharesOf } from './observed.ts';
import { afterChange, afterStep, withTwin } from './twins.ts';

const NAMES = ['a', 'b', 'c', 'd'];
const weight = fc.integer({ min: 1, max: 1000 });
const via = fc.array(weight, { maxLength: 3 });

const called = { isCalledBad: fc.constantFrom(false, false, true) };
const anyOrigins = fc
  .array(
    fc.record({ enabled: fc.boolean(), healthy: fc.constantFrom(true, true, false, undefined), weight, ...called }),
    {
      minLength: 2,
      maxLength: 4,
    },
  )
  .map((list) => list.map((one, index) => originOf(NAMES[index] ?? '', one)));

/** Edges of two to four origins, in any state and of any policy. */
export const anyEdge = fc
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
/** Wishes of one moment. */
export const anyIntents = fc
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
export function told(
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
          `${isServing(one) ? '' : '-'}${one.name}${one.healthy === true ? '' : '!'}${one.isCalledBad === true ? '^' : ''}${one.isShut === true ? '~' : ''}${one.weight}`,
      )
      .join(' '),
  );
  const wishes = intents.map(({ kind, subject, cause, value }) => [kind, subject.at(-1), cause, value]);
  return JSON.stringify({ shown, wishes, capacity, safety, redistribute, gates: edge.hasGates }, undefined, 1);
}

export interface Walked {
  /** False if there was no end to the steps. */
  readonly isAtRest: boolean;
  readonly observed: ObservedEdge;
  readonly asked: Situation;
  /** Each state that was written, and the one before it. */
  readonly steps: readonly (readonly [readonly Origin[], readonly Origin[]])[];
}

/** Writes step after step, asking anew before each, as the loop does, until nothing is written and nothing new is said. */
export function walked(start: ObservedEdge, begin: Situation): Walked {
  let [observed, asked] = [start, begin];
  const steps: (readonly [readonly Origin[], readonly Origin[]])[] = [];
  for (let looks = 0; looks < 70; looks += 1) {
    const look = lookAtEdge(observed, asked);
    const [step] = look.steps;
    const before = asked;
    asked = afterVerdicts(asked, look.verdicts);
    if (look.change === undefined || step === undefined) {
      if (JSON.stringify(asked) === JSON.stringify(before)) {
        return { isAtRest: true, observed, asked, steps };
      }
      continue;
    }
    const next = afterChange(observed, look.change);
    // A group that serves nobody may be anything.
    if (JSON.stringify(next.origins) !== JSON.stringify(observed.origins)) {
      steps.push([observed.origins, next.origins]);
    }
    observed = next;
    asked = afterStep(asked, step);
  }
  return { isAtRest: false, observed, asked, steps };
}

function afterVerdicts(asked: Situation, verdicts: readonly Verdict[]): Situation {
  const after = (intent: Intent): Intent => {
    const verdict = verdicts.find((one) => one.intent === intent);
    return verdict === undefined ? intent : afterVerdict(verdict, 'standing');
  };
  const isLeft = ({ state }: Intent): boolean => state !== 'closed';
  return { ...asked, acting: asked.acting.map(after).filter(isLeft), leaving: asked.leaving.map(after).filter(isLeft) };
}

const moment = fc.integer({ min: 0, max: 9 }).map((second) => `2026-01-01T00:00:0${second}.000Z`);
const anyShares = fc
  .tuple(fc.dictionary(name, weight, { minKeys: 1 }), fc.integer({ min: 1, max: 3 }))
  .map(([weights, which]) => sharesOf(weights, { cause: `shares-${which}` }));

const overrides = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  {
    weight: 1,
    arbitrary: fc.subarray(['atleast-2', 'insufficient-capacity', 'max-drain-fraction', 'targets-called-bad']),
  },
);

/** What people want may break rules by name. */
function overriding(wish: Intent, rules: readonly string[]): Intent {
  return 'person' in wish.by && rules.length > 0 ? { ...wish, value: { ...wish.value, overrides: rules } } : wish;
}

/** Wishes of several moments, which may contradict each other, with what becomes of each later. */
export const anyWishes = fc
  .array(
    fc.record({
      wish: fc.oneof({ weight: 2, arbitrary: anyIntents.map(([first]) => first) }, { weight: 1, arbitrary: anyShares }),
      at: moment,
      state: fc.constantFrom<Intent['state']>('open', 'open', 'leaving'),
      overrides,
    }),
    { maxLength: 6 },
  )
  .map((list) => {
    const wishes = list.flatMap(({ wish, at, state, overrides: rules }): Intent[] =>
      wish === undefined ? [] : [{ ...overriding(wish, rules), asOf: at, openedAt: at, state }],
    );
    return [...new Map(wishes.map((one) => [`${one.kind} ${one.subject} ${one.cause}`, one])).values()];
  });
