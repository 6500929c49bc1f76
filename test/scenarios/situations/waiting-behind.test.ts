import { beforeEach, describe, expect, it } from 'vitest';

import { holdPlan } from '../../../shared/reconcile/consent/plan-commands.ts';
import { edgeTarget } from '../../../shared/targets/edge/index.ts';
import { EdgeStage } from './edge-stage.ts';

const HOUR = 3_600;

describe('a plan waits for people behind one that stands still', () => {
  let stage: EdgeStage;

  /** The plan that stands still, and the newest of those that people were asked about. */
  async function states(): Promise<readonly (string | undefined)[]> {
    const plans = await stage.plans();
    const asked = plans.filter(({ consent }) => consent !== undefined);
    return [plans.find(({ consent }) => consent === undefined)?.state, asked.at(-1)?.state];
  }

  /** People are asked about westus3; a drill of eastus2 needs nobody's word. */
  async function askAndDrill(): Promise<void> {
    await stage.command({ command: 'failover', origin: 'westus3' });
    await stage.pass(1);
    await stage.command({ command: 'drill', origin: 'eastus2', durationSeconds: 60 });
    await stage.pass(1);
  }

  async function pauseDrill(): Promise<void> {
    const drill = (await stage.plans()).find(({ state }) => state === 'running');
    await holdPlan(stage.cell.rows, edgeTarget(stage.world.edge), {
      ...{ plan: drill?.id ?? '', by: 'bob', hold: 'pause' },
      now: () => stage.world.clock.now(),
    });
  }

  /** The service refuses to let the region back in. */
  async function failDrill(): Promise<void> {
    stage.rule(() => ({ isUndone: false }));
    stage.world.arm.faults.set([{ on: 'PATCH *', status: 400, times: 99 }] as never);
    await stage.pass(120);
    await stage.tick();
  }

  beforeEach(async () => {
    stage = new EdgeStage({ policy: { approvals: 1 } });
    await askAndDrill();
  });

  it('because a person has paused it', async () => {
    await pauseDrill();
    await stage.pass(HOUR / 2);
    await stage.tick();
    expect(await states()).toEqual(['paused', 'waiting']);
    await stage.pass(HOUR);
    await stage.tick();
    expect(await states()).toEqual(['paused', 'expired']);
    expect((await stage.records('held')).at(-1)?.facts).toMatchObject({ reason: 'approval-expired' });
  });

  it('because it has failed', async () => {
    await failDrill();
    expect(await states()).toEqual(['parked', 'waiting']);
    await stage.pass(HOUR);
    await stage.tick();
    expect(await states()).toEqual(['parked', 'expired']);
  });

  it('because it has failed, and the edge leaves the fleet file', async () => {
    await failDrill();
    stage.unname();
    await stage.tick();
    expect(await states()).toEqual(['parked', 'waiting']);
    await stage.pass(HOUR);
    await stage.tick();
    expect(await states()).toEqual(['parked', 'expired']);
  });

  it('because it is paused, and the edge leaves the fleet file: its own way back is asked for, and in time no more', async () => {
    await pauseDrill();
    stage.unname();
    await stage.tick();
    expect(await states()).toEqual(['superseded', 'waiting']);
    await stage.pass(HOUR);
    await stage.tick();
    expect(await states()).toEqual(['superseded', 'expired']);
  });
});

it('a plan bakes on although something else is asked for, which waits for people of its own', async () => {
  const stage = new EdgeStage({ policy: { approvals: 1, bakeSec: 600 } });
  await stage.command({ command: 'failover', origin: 'eastus2' });
  await stage.approve('bob');
  await stage.pass(60);
  expect((await stage.plans())[0]).toMatchObject({ state: 'running', journal: [{ state: 'written' }] });
  const second = await stage.command({ command: 'failover', origin: 'westus3' }, 'carol');
  await stage.pass(1);
  const first = async () => (await stage.plans()).find(({ journal }) => journal.length > 0);
  expect(await first()).toMatchObject({ state: 'running' });
  expect(second).toMatchObject({ decision: 'pending-approval', plan: expect.any(String) as string });
  await stage.pass(1_800);
  expect(await first()).toMatchObject({ state: 'done', effect: expect.anything() as object });
});
