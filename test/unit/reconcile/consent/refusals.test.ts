import { expect, it } from 'vitest';

import { intentKey, type Intent } from '../../../../shared/intents/intent.ts';
import { serve } from '../../../../shared/reconcile/plan.ts';
import { refusalKey } from '../../../../shared/reconcile/consent/refusals.ts';
import { intentOf, planOf, stepOf } from '../rows.ts';

const A = 'plant/a/one';
const WANTED = intentOf({ subject: A });
const PLAN = planOf({ steps: [stepOf(A, 1, 9)], serves: [serve(WANTED)] });

function keyOf(intents: readonly Intent[], plan = PLAN): string {
  return refusalKey(plan, new Map(intents.map((intent) => [intentKey(intent), intent])));
}

it.each<[string, readonly Intent[]]>([
  ['with more signals', [{ ...WANTED, signals: ['one', 'two'] }]],
  ['that has failed since', [{ ...WANTED, state: 'failed', note: 'rust' }]],
  ['beside one about something else', [WANTED, intentOf({ subject: 'plant/a/two' })]],
])('what was refused stays so for the same intent, %s', (_, intents) => {
  expect(keyOf(intents)).toBe(keyOf([WANTED]));
});

it.each<[string, readonly Intent[]]>([
  ['with another value', [{ ...WANTED, value: { to: 9, attempt: 1 } }]],
  ['that was opened anew', [{ ...WANTED, openedAt: '2026-02-01T00:00:00.000Z' }]],
  ['that leaves what the steps are about', [WANTED, intentOf({ subject: A, cause: 'another', state: 'leaving' })]],
])('another is asked for by an intent %s', (_, intents) => {
  expect(keyOf(intents)).not.toBe(keyOf([WANTED]));
});

it('other steps are something else', () => {
  expect(keyOf([WANTED], { ...PLAN, digest: 'other' })).not.toBe(keyOf([WANTED]));
});
