import { describe, expect, it } from 'vitest';

import type { Intent } from '../../../../shared/intents/intent.ts';
import { movingOf } from '../../../../shared/pipeline/edges/moving.ts';
import { serve, type Plan } from '../../../../shared/reconcile/plan.ts';
import { entryOf, planOf, stepOf } from '../../reconcile/rows.ts';
import { emergencyOf, originOf, outOf, sharesOf } from '../../targets/edge/observed.ts';

const WEU = outOf('weu').subject;
const NEU = outOf('neu').subject;
const ORIGINS = [originOf('weu'), originOf('neu')];

function planFor(intents: readonly Intent[], more: Partial<Plan> = {}): Plan {
  return planOf({ serves: intents.map(serve), ...more });
}

function weight(subject: string, from: number, to: number) {
  return stepOf(subject, from, to, {
    changes: [{ subject, group: 'weight', from: { weight: from }, to: { weight: to } }],
  });
}

describe('what a plan moves', () => {
  const shares = sharesOf({ weu: 10, neu: 900 });
  const steps = [weight(NEU, 100, 900), weight(WEU, 100, 10)];
  const leaving = outOf('weu', { state: 'leaving' });

  it.each<[string, readonly Intent[], Partial<Plan>, ReturnType<typeof movingOf>]>([
    ['leaves what is drained', [outOf('weu')], {}, { from: ['weu'], isPlanned: true }],
    ['leaves it in a hurry', [emergencyOf('weu')], {}, { from: ['weu'], isPlanned: false }],
    ['leaves what loses weight by shares', [shares], { steps }, { from: ['weu'], isPlanned: true }],
    [
      'leaves what has lost its weight already',
      [shares],
      { journal: [entryOf(weight(WEU, 100, 10), 'written')] },
      { from: ['weu'], isPlanned: true },
    ],
    [
      'of a drain is not what the weights of others do',
      [outOf('weu')],
      { steps: [weight(NEU, 9, 5)] },
      { from: ['weu'], isPlanned: true },
    ],
    ['leaves what is to lose weight, though no step lowers it', [shares], {}, { from: ['weu'], isPlanned: true }],
    ['is not planned on a way back', [leaving], {}, { from: ['weu'], isPlanned: false }],
  ])('%s', (_, intents, more, expected) => {
    expect(movingOf(planFor(intents, more), intents, ORIGINS)).toEqual(expected);
  });

  it('is a way back where the plan serves nobody any more', () => {
    expect(movingOf(planOf(), [outOf('weu')], ORIGINS)).toEqual({ from: [], isPlanned: false });
  });
});
