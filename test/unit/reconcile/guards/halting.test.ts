import { describe, expect, it } from 'vitest';

import { afterRepeat, type Repeats } from '../../../../shared/reconcile/guards/loop-guard.ts';
import { haltOf } from '../../../../shared/reconcile/guards/halting.ts';
import type { Plan, Step } from '../../../../shared/reconcile/plan.ts';
import type { Lane } from '../../../../shared/reconcile/target-rows.ts';
import { A, Plant } from '../plant.ts';
import { entryOf, planOf, stateOf, stepOf } from '../rows.ts';

const TO = stepOf(A, 1, 9);
const BACK = stepOf(A, 9, 1);
const URGENT = stepOf(A, 9, 0, { isUrgent: true });
const AFTER_URGENT = planOf({ journal: [entryOf(URGENT, 'written')] });
const FIELDS: Lane['fields'] = [{ subject: A, group: 'turn', baseline: { to: 1 }, written: { to: 9 } }];

/** What holds these steps, with an hour in which so much was written. */
async function held(
  steps: readonly [Step, ...Step[]],
  { plan, hour }: { readonly plan?: Plan; readonly hour: 'spent' | 'looping' },
): Promise<string | undefined> {
  const plant = new Plant();
  plant.valves.writesPerHour = 3;
  const at = plant.clock.now().toISOString();
  const same = [TO, BACK].flatMap(({ changes }) => changes);
  const repeats = Array.from({ length: 5 }).reduce<Repeats>((all) => afterRepeat(all, same, at), {});
  const lane = hour === 'spent' ? { recent: [at, at, at] } : { repeats };
  const context = { kind: plant.valves, store: plant.store, clock: plant.clock };
  return await haltOf(context, stateOf([], { fields: FIELDS, ...lane }), { steps, plan });
}

describe.each([
  ['spent', 'action-budget'],
  ['looping', 'loop-guard'],
] as const)('with an hour that is %s', (hour, reason) => {
  it.each<[string, readonly [Step, ...Step[]], Plan | undefined, string | undefined]>([
    ['a step is held', [TO], undefined, reason],
    ['a way back is held', [BACK], undefined, reason],
    ['an emergency is not', [URGENT], undefined, undefined],
    ['nor what makes room for it', [TO, URGENT], undefined, undefined],
    ['nor what its plan does after it', [TO], AFTER_URGENT, undefined],
    ['but for a way back', [BACK], AFTER_URGENT, reason],
    ['nor what undoes a failed plan', [BACK], planOf({ state: 'going-back' }), undefined],
  ])('%s', async (_, steps, plan, expected) => {
    expect(await held(steps, plan === undefined ? { hour } : { hour, plan })).toBe(expected);
  });
});
