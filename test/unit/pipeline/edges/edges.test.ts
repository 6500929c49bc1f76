import { beforeEach, describe, expect, it } from 'vitest';

import type { App } from '../../../../cli/simulate/app.ts';
import { evidenceKey } from '../../../../shared/domain/traffic/evidence.ts';
import { edgeTarget } from '../../../../shared/targets/edge/index.ts';
import { EdgeStage } from '../../../scenarios/situations/edge-stage.ts';

let stage: EdgeStage;

describe('a command', () => {
  beforeEach(() => {
    stage = new EdgeStage();
  });

  function given(id: string, origin = 'eastus2'): Parameters<App['edges']['command']>[0] {
    const common = { edge: stage.world.edge.id, reason: '', override: [], dryRun: false };
    const at = stage.world.clock.now().toISOString();
    return { id, by: 'alice', at, asked: { command: 'failover', origin, ...common } };
  }

  it('posted again finds what became of it, and asks for nothing more', async () => {
    const first = await stage.world.clock.run(stage.cell.edges.command(given('k')));
    const intents = await stage.intents();
    await stage.pass(60);
    const again = await stage.world.clock.run(stage.another().edges.command(given('k', 'westus3')));
    expect(again).toEqual(first);
    expect(await stage.intents()).toEqual(intents);
    expect(stage.writes).toEqual(['eastus2 Disabled']);
  });

  it('posted twice at the same moment is one', async () => {
    const cells = [stage.cell, stage.another()];
    await stage.world.clock.run(Promise.all(cells.map(({ edges }) => edges.command(given('k')))));
    await stage.pass(600);
    expect(stage.writes).toEqual(['eastus2 Disabled']);
    expect(await stage.intents()).toHaveLength(1);
  });

  it('with a key that is longer than a row key is known again', async () => {
    const long = 'k'.repeat(500);
    const first = await stage.world.clock.run(stage.cell.edges.command(given(long)));
    expect(await stage.world.clock.run(stage.cell.edges.command(given(long)))).toEqual(first);
  });

  it('that is refused is remembered too, and pages once', async () => {
    await stage.world.clock.run(stage.cell.edges.command(given('k', 'mars')));
    const again = await stage.world.clock.run(stage.cell.edges.command(given('k', 'mars')));
    expect(again).toMatchObject({ decision: 'refuse', reason: 'config-error:unknown-region' });
    expect(await stage.pages()).toEqual(['config-error:unknown-region']);
  });

  it("about an edge that the fleet does not name is nobody's", async () => {
    const { asked, ...rest } = given('k');
    expect(await stage.cell.edges.command({ ...rest, asked: { ...asked, edge: 'mars' } })).toBeUndefined();
    expect(await stage.cell.edges.look('mars')).toBeUndefined();
  });

  it('that holds the edge says so, and moves nothing', async () => {
    expect(await stage.command({ command: 'hold' })).toMatchObject({ decision: 'hold', reason: 'held' });
    expect(await stage.command({ command: 'failover', origin: 'eastus2' })).toMatchObject({ reason: 'held' });
    expect(stage.writes).toEqual([]);
  });

  it('knows an edge by its name in any letters', async () => {
    expect((await stage.cell.edges.find('SHOP'))?.id).toBe(stage.world.edge.id);
  });
});

describe('people are called', () => {
  it('once for each reason, until something else is the matter', async () => {
    stage = new EdgeStage({ policy: { cooldownSec: 3000, cooldownScope: 'group' } });
    await stage.alert('westus3');
    await stage.pass(60);
    await stage.alert('eastus2');
    await stage.alert('eastus2', { alertId: 'b' });
    await stage.tick();
    await stage.pass(60);
    await stage.tick();
    expect(await stage.pages()).toEqual(['cooldown']);
    expect(stage.writes).toEqual(['westus3 Disabled']);
  });

  it('again for the same reason after it was over', async () => {
    stage = new EdgeStage({ policy: { cooldownSec: 3000, cooldownScope: 'group' } });
    await stage.alert('westus3');
    await stage.pass(60);
    await stage.alert('eastus2');
    await stage.tick();
    await stage.alert('eastus2', { monitorCondition: 'Resolved', firedAt: 60, resolvedAt: 90 });
    await stage.pass(60);
    await stage.alert('eastus2', { alertId: 'later' });
    expect(await stage.pages()).toEqual(['cooldown', 'cooldown']);
  });
});

describe('an edge that cannot be read', () => {
  async function unreadable(): Promise<number | undefined> {
    const row = await stage.world.rows.get('edges', evidenceKey(stage.world.edge.id));
    return (row?.value as { readonly unreadable?: number } | undefined)?.unreadable;
  }

  const DOWN = [{ on: 'GET *', status: 503, times: 10_000 }];

  beforeEach(async () => {
    stage = new EdgeStage();
    await stage.alert('westus3');
    stage.world.messages = [];
    stage.world.arm.faults.set(DOWN);
  });

  it('is a page after five looks in a row, and only one', async () => {
    for (let look = 1; look <= 4; look += 1) {
      await stage.tick();
      expect([look, await unreadable(), await stage.pages()]).toEqual([look, look, []]);
    }
    for (let look = 5; look <= 9; look += 1) {
      await stage.tick();
    }
    expect(await stage.pages()).toEqual(['control-plane-unavailable']);
  });

  it('is forgotten when it is well again, so that the next time pages anew', async () => {
    for (const times of [5, 5]) {
      for (let look = 0; look < times; look += 1) {
        await stage.tick();
      }
      stage.world.arm.faults.clear();
      await stage.tick();
      expect(await unreadable()).toBeUndefined();
      stage.world.arm.faults.set(DOWN);
    }
    expect(await stage.pages()).toEqual(['control-plane-unavailable', 'control-plane-unavailable']);
  });

  it('keeps what is said of it, and acts when it is well', async () => {
    await stage.alert('eastus2');
    expect(stage.writes).toEqual(['westus3 Disabled']);
    stage.world.arm.faults.clear();
    await stage.pass(600);
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
  });

  it('by our own fault is a page at once', async () => {
    stage.world.arm.faults.set([{ on: 'GET *', status: 403, times: 10_000 }]);
    await stage.tick();
    await stage.tick();
    expect(await stage.pages()).toEqual(['authorization']);
    expect(stage.world.messages).toEqual([]);
  });

  it('does not keep the tick from saying that it was not well', async () => {
    stage.world.rows.list = () => Promise.reject(new Error('a bug'));
    expect(await stage.cell.edges.tick()).toEqual({ isWell: false });
  });
});

describe('two cells that tick at the same second', () => {
  const both = async (): Promise<readonly string[]> => {
    const cells = [stage.cell, stage.another()];
    const looks = cells.map(({ edges }) => edges.look(stage.world.edge.id));
    return (await stage.world.clock.run(Promise.allSettled(looks))).map(({ status }) => status);
  };

  it('end a drill together, and neither fails', async () => {
    stage = new EdgeStage();
    stage.rule(({ approvals }) => ({ approvals: { ...approvals, runbook: 0 } }));
    await stage.command({ command: 'drill', origin: 'eastus2', durationSeconds: 60 });
    await stage.pass(65, 'nobody');
    expect(await both()).toEqual(['fulfilled', 'fulfilled']);
    await stage.pass(60);
    expect(stage.live()).toMatchObject({ eastus2: 500 });
    expect(await stage.records('intent-released')).toHaveLength(1);
  });

  it('find an edge that cannot be read, and one that can be again, and neither fails', async () => {
    stage = new EdgeStage();
    await stage.tick();
    stage.world.arm.faults.set([{ on: 'GET *', status: 503, times: 10_000 }]);
    expect([await both(), await both()].flat()).toEqual(Array(4).fill('fulfilled'));
    stage.world.arm.faults.clear();
    expect([await both(), await both()].flat()).toEqual(Array(4).fill('fulfilled'));
  });
});

describe('a drain without effect', () => {
  const served = (region: string, requests: number): void => {
    stage.world.shown = { requestsByRegion: { [region]: requests } };
  };

  beforeEach(async () => {
    const origins = ['eastus2', 'westus3'].map((region) => ({ region, capacity: 300, requestsPerMin: 3000 }));
    stage = new EdgeStage({ origins, policy: { propagationSec: 300, metricLagSec: 60 } });
    await stage.alert('eastus2');
  });

  it('is not judged before the edge and its metrics can show it', async () => {
    served('eastus2', 2900);
    await stage.pass(359);
    await stage.tick();
    expect(await stage.pages()).toEqual([]);
  });

  it('is a page, once', async () => {
    served('eastus2', 2900);
    await stage.pass(361);
    await stage.tick();
    await stage.pass(60);
    await stage.tick();
    expect(await stage.pages()).toEqual(['not-effective']);
    expect(stage.writes).toEqual(['eastus2 Disabled']);
  });

  it('is none where a rest of the sessions goes on', async () => {
    served('eastus2', 25);
    await stage.pass(900);
    await stage.tick();
    expect(await stage.pages()).toEqual([]);
  });

  it('is nothing to be judged while a person has taken the origin out', async () => {
    const other = new EdgeStage();
    other.byHand('eastus2', { enabledState: 'Disabled' });
    await other.alert('eastus2');
    other.world.shown = { requestsByRegion: { eastus2: 100 } };
    await other.pass(900);
    await other.tick();
    expect(await other.pages()).toEqual([]);
    expect(await other.cell.rows.load(edgeTarget(other.world.edge))).toMatchObject({ lane: { fields: [] } });
  });
});
