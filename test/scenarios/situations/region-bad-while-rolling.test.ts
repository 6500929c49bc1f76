import { beforeEach, describe, expect, it } from 'vitest';

import type { IntentRequest } from '../../../shared/intents/lifecycle.ts';
import { openIntents } from '../../../shared/reconcile/open-intents.ts';
import { releaseIntents } from '../../support/release-intents.ts';
import { edgeTarget } from '../../../shared/targets/edge/index.ts';
import { EdgeStage } from './edge-stage.ts';

describe('a region turns bad while its node pool rolls, and another region is pinned', () => {
  let stage: EdgeStage;

  beforeEach(async () => {
    stage = new EdgeStage();
    await stage.command({ command: 'pin', origin: 'westus3', state: 'in' });
    await roll('eastus2');
  });

  /** Another reaction drains a region for as long as its nodes are replaced. */
  async function roll(region: string): Promise<void> {
    const at = stage.world.clock.now().toISOString();
    const request: IntentRequest = {
      subject: stage.world.originId(region),
      by: { reaction: 'node-pool-upgrade' },
      cause: `roll-${region}`,
      kind: 'out',
      value: { enabled: false, urgency: 'planned' },
      mode: 'enforce',
      reason: 'its nodes roll',
      signals: ['roll#1'],
      asOf: at,
    };
    const now = (): Date => stage.world.clock.now();
    await openIntents(stage.cell.rows, edgeTarget(stage.world.edge), { requests: [request], now });
    await stage.tick();
  }

  async function rolled(region: string): Promise<void> {
    await releaseIntents(stage.cell.rows, edgeTarget(stage.world.edge), {
      which: ({ cause }) => cause === `roll-${region}`,
      reason: 'the roll is over',
      now: () => stage.world.clock.now(),
    });
    await stage.tick();
  }

  it('keeps it out until the last reason is gone', async () => {
    expect(stage.live()).toEqual({ eastus2: 'out', northeurope: 500, westus3: 500 });
    await stage.alert('eastus2');
    await rolled('eastus2');
    await stage.pass(60);
    expect(stage.live()).toEqual({ eastus2: 'out', northeurope: 500, westus3: 500 });

    await stage.recovered('eastus2');
    await stage.pass(60);
    expect(stage.live()).toEqual({ eastus2: 500, northeurope: 500, westus3: 500 });
    expect(stage.writes).toEqual(['eastus2 Disabled', 'eastus2 Enabled']);
  });

  it('is the same when the region recovers before its roll ends', async () => {
    await stage.alert('eastus2');
    await stage.pass(60);
    await stage.recovered('eastus2');
    await stage.pass(60);
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
    await rolled('eastus2');
    expect(stage.live()).toMatchObject({ eastus2: 500 });
    expect(stage.writes).toHaveLength(2);
  });

  it('leaves the pinned region alone, whatever is said of it', async () => {
    await stage.alert('westus3');
    await stage.pass(600);
    expect(stage.live()).toEqual({ eastus2: 'out', northeurope: 500, westus3: 500 });
  });

  it('brings the rolling region back where an emergency needs the room', async () => {
    stage.rule(({ safety }) => ({ safety: { ...safety, minEnabled: 2 } }));
    await stage.alert('northeurope');
    await stage.pass(600);
    expect(stage.live()).toEqual({ eastus2: 500, northeurope: 'out', westus3: 500 });
    expect(stage.writes).toEqual(['eastus2 Disabled', 'eastus2 Enabled', 'northeurope Disabled']);
    const roll = (await stage.intents()).find(({ cause }) => cause === 'roll-eastus2');
    expect(roll).toMatchObject({ state: 'blocked', note: 'safety-rule:atleast-2' });
  });
});
