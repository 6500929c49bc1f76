import { describe, expect, it } from 'vitest';

import { Crash } from '../../../cli/simulate/app.ts';
import { EdgeStage } from './edge-stage.ts';

describe('a process dies after its PATCH was accepted, and another cell takes over', () => {
  /** The first cell dies when the service has taken its write, before it can write that down. */
  async function died(): Promise<EdgeStage> {
    const stage = new EdgeStage({ arm: [{ on: 'PATCH *', lroSec: 120 }] });
    const first = stage.cell;
    stage.world.hooks = {
      afterWrite: () => {
        stage.world.hooks = {};
        first.kill();
        throw new Crash('now');
      },
    };
    await expect(stage.alert('eastus2')).rejects.toThrow(Crash);
    stage.cell = stage.another();
    return stage;
  }

  it('sends nothing again while the operation runs, and finds the value when it has ended', async () => {
    const stage = await died();
    await stage.tick();
    await stage.pass(60);
    expect(await stage.records('acted')).toEqual([]);
    await stage.pass(120);
    expect(stage.live()).toEqual({ eastus2: 'out', northeurope: 500, westus3: 500 });
    expect(stage.writes).toEqual(['eastus2 Disabled']);
    const [acted, ...more] = await stage.records('acted');
    expect([acted?.facts['evidence'], more]).toEqual([expect.objectContaining({ found: 'by reading' }), []]);
    expect((await stage.plans()).map(({ state }) => state)).toEqual(['done']);
  });

  it('is no different with the alert delivered again to both', async () => {
    const stage = await died();
    await stage.alert('eastus2', { firedAt: 0 });
    await stage.alert('eastus2', { firedAt: 0 }, stage.another());
    await stage.pass(600);
    await stage.alert('eastus2', { firedAt: 0 });
    expect(stage.writes).toEqual(['eastus2 Disabled']);
    expect(await stage.records('acted')).toHaveLength(1);
    expect(await stage.pages()).toEqual([]);
  });

  it('sends it again when the operation has left nothing behind', async () => {
    const stage = await died();
    await stage.pass(30, 'nobody');
    const [operation] = stage.world.arm.state.openOperations();
    expect(operation).toBeDefined();
    stage.world.arm.state.putOperation({ ...operation!, state: 'failed' });
    stage.byHand('eastus2', { enabledState: 'Enabled', ...{ provisioningState: 'Failed' } });
    await stage.tick();
    await stage.pass(600);
    expect(stage.writes).toEqual(['eastus2 Disabled', 'eastus2 Disabled']);
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
  });
});
