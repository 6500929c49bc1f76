import { describe, expect, it } from 'vitest';

import { outcomeOf, type Outcome } from '../../../../cli/simulate/outcome.ts';
import { play } from '../../../../cli/simulate/play.ts';
import { Scenario } from '../../../../cli/simulate/scenario.ts';

const REGIONS = ['weu', 'neu', 'eus'];
const SHARES = {
  kind: 'runbook',
  action: 'set-weights',
  weights: { weu: 100, neu: 200, eus: 700 },
  requestedBy: 'ann',
};

async function outcome(more: object): Promise<Outcome> {
  const origins = REGIONS.map((region) => ({ region, weight: 500, capacity: 1_000 }));
  const policy = { atomic: true };
  return await outcomeOf(
    'x',
    await play(Scenario.parse({ id: 'x', origins, load: 600, policy, event: SHARES, ...more })),
  );
}

describe('a scenario whose policy is atomic', () => {
  it('moves all regions with one write; what prepares the second group is told apart', async () => {
    expect(await outcome({})).toMatchObject({
      decision: 'shift',
      writes: 1,
      prepared: 3,
      weights: { weu: 100, neu: 200, eus: 700 },
      page: false,
    });
    const single = await outcome({ policy: {} });
    expect(single).toMatchObject({ decision: 'shift', writes: 3, weights: { weu: 100, neu: 200, eus: 700 } });
    expect(single).not.toHaveProperty('prepared');
  });

  it('drains a sick region with one write all the same', async () => {
    const event = { kind: 'alert', alertId: 'a', monitorCondition: 'Fired', region: 'weu', firedAt: 0, at: 1 };
    const told = await outcome({ event });
    expect(told).toMatchObject({ decision: 'shift', writes: 1 });
    expect(told.final).toContainEqual({ region: 'weu', weight: 500, enabled: false });
  });

  it('takes everything back with one write when the swap does not hold', async () => {
    const arm = [{ on: 'LRO *', body: { status: 'Failed', error: { code: 'Bad', message: 'boom' } } }];
    const told = await outcome({ arm });
    expect(told.weights).toEqual({ weu: 500, neu: 500, eus: 500 });
    expect(told.page).toBe(true);
  });

  it('says nothing of Traffic Manager, whose writes are one each', async () => {
    expect(await outcome({ backend: 'tm' })).toMatchObject({ decision: 'shift', writes: 3 });
  });
});
