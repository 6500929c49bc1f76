import { beforeEach, describe, expect, it } from 'vitest';

import type { Plan } from '../../../../shared/reconcile/plan.ts';
import { edgeTarget } from '../../../../shared/targets/edge/index.ts';
import { EdgeStage } from '../../../scenarios/situations/edge-stage.ts';

const ORIGINS = ['eastus2', 'westus3'].map((region) => ({ region, capacity: 300, requestsPerMin: 3000 }));
const SLOW_EDGE = { propagationSec: 300, metricLagSec: 60 };

let stage: EdgeStage;

beforeEach(() => {
  stage = new EdgeStage({ origins: ORIGINS, policy: SLOW_EDGE });
});

/** Effects of the plans, oldest first. */
async function effects(): Promise<readonly (NonNullable<Plan['effect']>['state'] | undefined)[]> {
  return (await stage.plans()).map(({ effect }) => effect?.state);
}

async function lane(): Promise<object> {
  return (await stage.cell.rows.load(edgeTarget(stage.world.edge))).lane;
}

/** Requests are counted since then, in seconds of the scenario; those that arrive at a drained origin. */
function counted(since: number, eastus2: number): void {
  const at = stage.world.clock.now().getTime() + (since - stage.world.seconds()) * 1000;
  stage.world.shown = { requestsByRegion: { eastus2 }, since: at };
}

describe('a plan that is done', () => {
  it('waits for the edge, and is effective when the edge shows it', async () => {
    await stage.alert('eastus2');
    await stage.pass(60);
    const [plan] = await stage.plans();
    const written = Date.parse(plan?.journal.at(-1)?.endedAt ?? '');
    expect(plan).toMatchObject({
      state: 'done',
      effect: { state: 'waiting', until: new Date(written + 720_000).toISOString() },
    });
    await stage.pass(400);
    await stage.tick();
    const at = stage.world.clock.now().toISOString();
    expect((await stage.plans())[0]).toMatchObject({
      state: 'done',
      effect: { state: 'effective', at, by: ['requests'] },
    });
    expect(await stage.records('plan-effective')).toMatchObject([{ at, facts: { plan: plan?.id } }]);
    const before = await lane();
    await stage.tick();
    expect(await lane()).toEqual(before);
    expect(before).not.toHaveProperty('unproven');
  });

  it('says by what it is known: what is measured, and what its owner has set a limit for', async () => {
    stage.rule(({ evidence }) => ({ evidence: { ...evidence, errorRateMax: 0.05 } }));
    await stage.alert('eastus2');
    await stage.pass(460);
    await stage.tick();
    expect((await stage.plans())[0]?.effect).toMatchObject({ by: ['requests', 'errors'] });
  });

  it('is effective early by what was counted after its write alone', async () => {
    await stage.alert('eastus2');
    await stage.pass(60);
    counted(-60, 0);
    await stage.tick();
    expect(await effects()).toEqual(['waiting']);
    counted(59, 0);
    await stage.tick();
    expect(await effects()).toEqual(['effective']);
  });

  it('is no page for requests that were counted while the edge could still lag behind', async () => {
    await stage.alert('eastus2');
    await stage.pass(500);
    counted(200, 900);
    await stage.tick();
    expect([await stage.pages(), await effects()]).toEqual([[], ['waiting']]);
    counted(400, 900);
    await stage.tick();
    expect([await stage.pages(), await effects()]).toEqual([['not-effective'], ['not-effective']]);
    counted(450, 0);
    await stage.tick();
    expect(await effects()).toEqual(['effective']);
  });

  it('is not effective while the public host is answered by what is drained', async () => {
    await stage.alert('eastus2');
    await stage.pass(500);
    const at = stage.world.clock.now().getTime();
    const answer = { kind: 'measurement', source: 'synthetic', region: 'eastus2', at, hasNoData: false } as const;
    const told = stage.cell.edges.measurement(stage.world.edge.id, { ...answer, isBad: true, isAnswering: true }, 's');
    await stage.world.clock.run(told);
    await stage.tick();
    expect([await stage.pages(), await effects()]).toEqual([['not-effective'], ['not-effective']]);
  });

  it('is not known where nothing is measured in time', async () => {
    await stage.alert('eastus2');
    await stage.pass(60);
    stage.world.shown = { noData: true };
    await stage.pass(200);
    await stage.tick();
    expect(await effects()).toEqual(['waiting']);
    await stage.pass(560);
    await stage.tick();
    expect(await effects()).toEqual(['unknown']);
  });

  it('is waited for as long as it may take where what is measured does not tell', async () => {
    stage.rule(({ approvals, evidence }) => ({
      approvals: { ...approvals, restore: 0 },
      evidence: { ...evidence, recoverHoldMs: 0 },
    }));
    await stage.alert('eastus2');
    await stage.pass(60);
    await stage.recovered('eastus2');
    await stage.pass(60);
    await stage.tick();
    stage.world.shown = { requestsByRegion: { eastus2: 0 } };
    await stage.pass(400);
    await stage.tick();
    expect((await effects()).at(-1)).toBe('waiting');
    await stage.pass(560);
    await stage.tick();
    expect((await effects()).at(-1)).toBe('unknown');
  });

  it('waits for nothing where its edge has left the fleet', async () => {
    await stage.alert('eastus2');
    await stage.pass(60);
    stage.unname();
    await stage.tick();
    await stage.approve('bob');
    await stage.pass(60);
    expect(stage.live()).toMatchObject({ eastus2: 500 });
    expect((await effects()).at(-1)).toBeUndefined();
  });

  it('is overtaken by the next one, which is proven by the requests that come back', async () => {
    stage.rule(({ approvals, evidence }) => ({
      approvals: { ...approvals, restore: 0 },
      evidence: { ...evidence, recoverHoldMs: 0 },
    }));
    await stage.alert('eastus2');
    await stage.pass(60);
    await stage.recovered('eastus2');
    await stage.pass(60);
    await stage.tick();
    expect(await effects()).toEqual(['overtaken', 'waiting']);
    await stage.pass(400);
    await stage.tick();
    expect(stage.live()).toMatchObject({ eastus2: 500 });
    expect(await effects()).toEqual(['overtaken', 'effective']);
  });
});
