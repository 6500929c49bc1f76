import { describe, expect, it } from 'vitest';

import { cancelPlan } from '../../../shared/reconcile/consent/plan-commands.ts';
import { readRun, reportOf, type Report } from '../../../shared/reports/index.ts';
import { edgeTarget } from '../../../shared/targets/edge/index.ts';
import { EdgeStage } from './edge-stage.ts';

/** An evacuation in steps, of which the first is written. */
async function begun(): Promise<EdgeStage> {
  const stage = new EdgeStage({ policy: { bakeSec: 300 } });
  await stage.command({ command: 'failover', origin: 'eastus2', steps: [250] });
  await stage.pass(60);
  expect(stage.live()).toMatchObject({ eastus2: 250 });
  return stage;
}

async function cancel(stage: EdgeStage): Promise<Report> {
  const id = (await stage.plans())[0]?.id ?? '';
  const now = (): Date => stage.world.clock.now();
  await cancelPlan(stage.cell.rows, edgeTarget(stage.world.edge), { plan: id, by: 'bob', now });
  await stage.tick();
  await stage.pass(600);
  const run = await readRun(stage.world.rows, edgeTarget(stage.world.edge), id);
  return reportOf(run!);
}

function restored({ timeline }: Report): readonly string[] {
  return timeline.filter(({ what }) => what === 'restored').map(({ detail }) => detail);
}

describe('the report on a plan that a person cancels', () => {
  it('says that all is back where nothing else keeps what it had written', async () => {
    const stage = await begun();
    const report = await cancel(stage);
    expect(stage.live()).toEqual({ eastus2: 500, northeurope: 500, westus3: 500 });
    expect(report.outcome).toBe('The plan was undone.');
    expect(restored(report)).toEqual(['everything that the plan had written is back']);
  });

  it('says what stays as it was written, where another wish keeps it so', async () => {
    const stage = await begun();
    await stage.command({ command: 'set-weights', weights: { eastus2: 250 } }, 'carol');
    const report = await cancel(stage);
    expect(stage.live()).toEqual({ eastus2: 250, northeurope: 500, westus3: 500 });
    expect(report.outcome).toBe(
      "The plan has ended without bringing back eastus2 (to weight 250): another wish keeps that, or somebody else's value stands there.",
    );
    expect(restored(report)).toEqual([]);
  });
});
