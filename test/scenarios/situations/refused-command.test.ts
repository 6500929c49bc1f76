import { describe, expect, it } from 'vitest';

import type { GivenCommand } from '../../../shared/commands/edge-command.ts';
import { EdgeStage } from './edge-stage.ts';

const WHOLE = { eastus2: 500, northeurope: 500, westus3: 500 };

/** Two origins carry what comes in only while it is less than 200 requests a second. */
function crowded(): EdgeStage {
  const origins = ['eastus2', 'northeurope', 'westus3'].map((region) => ({ region, weight: 500, capacity: 100 }));
  return new EdgeStage({ origins, load: 250 });
}

async function quieter(stage: EdgeStage): Promise<void> {
  stage.world.scenario.load = 90;
  await stage.pass(60);
  await stage.tick();
  await stage.pass(600);
}

describe('a command that a rule keeps back', () => {
  it('is kept, which the answer says, and done as soon as the rule allows', async () => {
    const stage = crowded();
    expect(await stage.command({ command: 'failover', origin: 'eastus2' })).toMatchObject({
      decision: 'refuse',
      reason: 'insufficient-capacity',
      kept: true,
    });
    await quieter(stage);
    expect(stage.live()).toEqual({ ...WHOLE, eastus2: 'out' });
  });

  it('is withdrawn by the opposite command', async () => {
    const stage = crowded();
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await stage.command({ command: 'failback', origin: 'eastus2' });
    await quieter(stage);
    expect(stage.writes).toEqual([]);
  });

  it('stands where it is so already, which the answer says, and outlasts whoever had asked for it before', async () => {
    const stage = new EdgeStage();
    await stage.alert('eastus2');
    expect(await stage.command({ command: 'failover', origin: 'eastus2' })).toMatchObject({
      decision: 'noop',
      reason: 'already-drained',
      stays: true,
    });
    await stage.recovered('eastus2');
    await stage.pass(3600);
    await stage.tick();
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
  });

  it('does not stand where a drill of it is asked for, or nothing of ours keeps it out', async () => {
    const stage = new EdgeStage();
    await stage.alert('eastus2');
    stage.byHand('westus3', { enabledState: 'Disabled' });
    for (const asked of [
      { command: 'drill', origin: 'eastus2', durationSeconds: 600 },
      { command: 'failover', origin: 'westus3' },
    ] as const) {
      const became = await stage.command(asked);
      expect(became).toMatchObject({ decision: 'noop', reason: 'already-drained' });
      expect(became).not.toHaveProperty('stays');
    }
  });

  it('that takes back what never acted is no return: the same words do not ask for it again', async () => {
    for (const isWritten of [false, true]) {
      const stage = new EdgeStage();
      await stage.killSwitch(!isWritten);
      await stage.alert('eastus2');
      await stage.command({ command: 'failback', origin: 'eastus2' });
      const [drain] = (await stage.intents()).filter(({ kind }) => kind === 'out');
      expect(drain?.releasedAt !== undefined).toBe(isWritten);
    }
  });

  it('that takes back a drain which never acted leaves the weights that people have set', async () => {
    const stage = new EdgeStage();
    stage.rule(({ approvals }) => ({ approvals: { ...approvals, drain: 1 } }));
    await stage.command({ command: 'set-weights', weights: { eastus2: 300, northeurope: 900 } });
    await stage.pass(3600);
    await stage.alert('eastus2');
    await stage.command({ command: 'failback', origin: 'eastus2' });
    await stage.pass(3600);
    expect(stage.live()).toEqual({ eastus2: 300, northeurope: 900, westus3: 500 });
    const [drain] = (await stage.intents()).filter(({ kind }) => kind === 'out');
    expect(drain).not.toHaveProperty('releasedAt');
  });

  it('that one of several wishes keeps back is answered with that', async () => {
    const stage = new EdgeStage();
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await stage.pass(60);
    await stage.command({ command: 'failover', origin: 'eastus2' }, 'carol');
    stage.world.scenario.origins[0]!.healthy = false;
    const became = await stage.command({ command: 'failback', origin: 'eastus2' });
    expect(became).toMatchObject({ decision: 'refuse', reason: 'target-unhealthy', kept: true });
  });

  it('that somebody has declined is not wanted again by a failback', async () => {
    const stage = new EdgeStage();
    stage.rule(({ approvals }) => ({ approvals: { ...approvals, runbook: 1 } }));
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await stage.reject('bob');
    await stage.command({ command: 'failback', origin: 'eastus2' });
    expect((await stage.intents()).map(({ state }) => state)).toEqual(['closed']);
  });

  it('that names no steps ends those of the one before', async () => {
    const stage = new EdgeStage();
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await stage.pass(3600);
    stage.rule(({ approvals }) => ({ approvals: { ...approvals, restore: 1 } }));
    const backOf = async (): Promise<unknown> =>
      (await stage.intents()).find(({ kind }) => kind === 'out')?.value['back'];
    await stage.command({ command: 'failback', origin: 'eastus2', steps: [100, 250] });
    expect(await backOf()).toEqual([100, 250]);
    await stage.command({ command: 'failback', origin: 'eastus2' });
    expect(await backOf()).toBeUndefined();
  });

  it('is over at once if it is a drill: nobody would watch it later', async () => {
    const stage = crowded();
    const became = await stage.command({ command: 'drill', origin: 'eastus2', durationSeconds: 86_400 });
    expect(became).toMatchObject({ decision: 'refuse', reason: 'insufficient-capacity' });
    expect(became).not.toHaveProperty('kept');
    await quieter(stage);
    expect(stage.writes).toEqual([]);
    expect((await stage.intents()).map(({ state }) => state)).toEqual(['closed']);
  });

  it('is answered alike when its message comes again, after a crash before the answer was kept', async () => {
    const stage = crowded();
    const { rows, edge, clock } = stage.world;
    const first = await stage.command({ command: 'drill', origin: 'eastus2', durationSeconds: 600 });
    for (const { rowKey, etag } of await rows.list('edges', 'command|')) {
      await rows.transact('edges', [{ kind: 'delete', rowKey, etag }]);
    }
    const given: GivenCommand = {
      ...{ id: 'c1', by: 'alice', at: clock.now().toISOString() },
      asked: {
        ...{ command: 'drill', edge: edge.id, origin: 'eastus2', durationSeconds: 600 },
        ...{ reason: '', override: [], dryRun: false },
      },
    };
    const { decision, reason } = (await clock.run(stage.cell.edges.command(given))) ?? {};
    expect({ decision, reason }).toEqual({ decision: 'refuse', reason: 'insufficient-capacity' });
    expect(first).toMatchObject({ decision, reason });
    expect(stage.writes).toEqual([]);
  });

  it('is over at once if it is a drill and the edge could not be asked; anything else is kept', async () => {
    const stage = new EdgeStage();
    stage.world.arm.faults.set([{ on: 'GET *', status: 403, times: 1_000 }] as never);
    const drill = await stage.command({ command: 'drill', origin: 'eastus2', durationSeconds: 86_400 });
    expect(drill).toMatchObject({ decision: 'escalate', reason: 'authorization' });
    expect(drill).not.toHaveProperty('kept');
    const failover = await stage.command({ command: 'failover', origin: 'northeurope' });
    expect(failover).toMatchObject({ decision: 'escalate', reason: 'authorization', kept: true });
    stage.world.arm.faults.set([]);
    await quieter(stage);
    expect(stage.live()).toEqual({ ...WHOLE, northeurope: 'out' });
  });

  it('is over if it is a drill that a rule keeps back later, before it has begun', async () => {
    const stage = new EdgeStage();
    stage.world.arm.faults.set([{ on: 'PATCH *', lroSec: 300, times: 1 }] as never);
    await stage.command({ command: 'set-weights', weights: { westus3: 400 } });
    await stage.command({ command: 'drill', origin: 'eastus2', durationSeconds: 86_400 });
    expect(stage.live()).toMatchObject({ eastus2: 500 });
    stage.world.scenario.load = 5_000;
    await stage.pass(600);
    await stage.tick();
    await stage.tick();
    await quieter(stage);
    expect(stage.live()).toMatchObject({ eastus2: 500 });
  });

  it('is not said to be kept where its write was refused, which is not tried again', async () => {
    const stage = new EdgeStage();
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await stage.pass(600);
    stage.world.arm.faults.set([{ on: 'PATCH *', status: 403, times: 1 }] as never);
    const back = await stage.command({ command: 'failback', origin: 'eastus2' });
    expect(back).toMatchObject({ decision: 'escalate' });
    expect(back).not.toHaveProperty('kept');
  });

  it('says nothing of the kind where nothing keeps it back', async () => {
    const stage = new EdgeStage();
    expect(await stage.command({ command: 'failover', origin: 'eastus2' })).not.toHaveProperty('kept');
    expect(await stage.command({ command: 'failback', origin: 'eastus2' })).not.toHaveProperty('kept');
  });
});
