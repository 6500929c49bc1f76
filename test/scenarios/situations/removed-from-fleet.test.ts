import { beforeEach, describe, expect, it } from 'vitest';

import { EDGES, keptKey, readKept } from '../../../shared/targets/edge/index.ts';
import { EdgeStage } from './edge-stage.ts';

const WHOLE = { eastus2: 500, northeurope: 500, westus3: 500 };
const DRAINED = { ...WHOLE, eastus2: 'out' };
const LEFT = 'removed-from-fleet';

describe('something leaves the fleet file with something open on it', () => {
  let stage: EdgeStage;

  beforeEach(() => {
    stage = new EdgeStage();
  });

  async function ticks(count: number): Promise<void> {
    for (let tick = 0; tick < count; tick += 1) {
      await stage.pass(60);
      await stage.tick();
    }
  }

  async function openIntents(): Promise<readonly string[]> {
    return (await stage.intents()).filter(({ state }) => state !== 'closed').map(({ kind }) => kind);
  }

  async function isFollowed(): Promise<boolean> {
    const row = await stage.world.rows.get(EDGES, keptKey(stage.world.edge.id));
    return (readKept(row?.value)?.removed.length ?? 0) > 0;
  }

  describe('an edge, in the middle of a drain', () => {
    beforeEach(async () => {
      stage.world.arm.faults.set([{ on: 'PATCH *', lroSec: 300 }] as never);
      await stage.alert('eastus2');
      stage.unname();
    });

    it('is followed: the write in flight ends, and nothing else is written before people agree', async () => {
      await ticks(30);
      expect(stage.live()).toEqual(DRAINED);
      expect(stage.writes).toEqual(['eastus2 Disabled']);
      expect(await stage.records('proposed')).toHaveLength(1);
      expect((await stage.plans()).map(({ state }) => state)).toEqual(['superseded', 'waiting']);
    });

    it('calls people once, however often it is looked at', async () => {
      await ticks(30);
      expect(await stage.pages()).toEqual([LEFT]);
    });

    it('calls nobody again where a look by the old file ends after one by the new, which names it again', async () => {
      await ticks(2);
      const { rows } = stage.world;
      const get = rows.get.bind(rows);
      let isFound = false;
      rows.get = async (partition, key) => {
        if (isFound && key === 'head') {
          rows.get = get;
          stage.name();
          await stage.another().edges.look(stage.world.edge.id);
        }
        isFound ||= key === keptKey(stage.world.edge.id);
        return await get(partition, key);
      };
      await ticks(2);
      expect(await stage.pages()).toEqual([LEFT]);
    });

    it('goes back as it was when people agree, and is forgotten then', async () => {
      await ticks(10);
      await stage.recovered('eastus2');
      await stage.approve('bob');
      await ticks(10);
      expect(stage.live()).toEqual(WHOLE);
      expect(stage.writes).toEqual(['eastus2 Disabled', 'eastus2 Enabled']);
      expect(await openIntents()).toEqual([]);
      expect(await isFollowed()).toBe(false);
    });

    it('is let go where people say no: it stays as it is, and nobody is asked again', async () => {
      await ticks(10);
      await stage.reject('bob');
      await ticks(10);
      expect(stage.live()).toEqual(DRAINED);
      expect(await openIntents()).toEqual([]);
      expect(await isFollowed()).toBe(false);
      expect(await stage.records('proposed')).toHaveLength(1);
      expect(await stage.pages()).toEqual([LEFT]);
    });

    it('is not touched by what is said of it', async () => {
      await ticks(10);
      await stage.alert('westus3');
      expect(await stage.command({ command: 'failover', origin: 'westus3' })).toMatchObject({ decision: 'refuse' });
      await ticks(2);
      expect(stage.writes).toEqual(['eastus2 Disabled']);
    });

    it('is proposed again when the time for an answer has run out and a person asks for the way back', async () => {
      await ticks(10);
      await stage.pass(7200);
      await stage.tick();
      await stage.command({ command: 'failback', origin: 'eastus2' }, 'alice');
      await expect(stage.approve('alice')).rejects.toMatchObject({ reason: 'self-approval' });
      await stage.approve('bob');
      await ticks(10);
      expect(stage.live()).toEqual(WHOLE);
    });

    it('goes on as if nothing had been when the file names it again', async () => {
      await ticks(10);
      stage.name();
      await stage.tick();
      expect(await openIntents()).toEqual(['out']);
      expect((await stage.plans()).map(({ state }) => state)).not.toContain('waiting');
      await stage.recovered('eastus2');
      await ticks(10);
      expect(stage.live()).toEqual(WHOLE);
      expect(await stage.pages()).toEqual([LEFT]);
    });

    it('is another removal when it leaves a second time', async () => {
      await ticks(10);
      stage.name();
      await ticks(2);
      stage.unname();
      await ticks(10);
      expect(await stage.pages()).toEqual([LEFT, LEFT]);
      expect(stage.writes).toEqual(['eastus2 Disabled']);
    });
  });

  it('an edge with nothing open leaves without a word', async () => {
    await stage.tick();
    stage.unname();
    await ticks(3);
    expect(await stage.pages()).toEqual([]);
    expect(await isFollowed()).toBe(false);
  });

  it('an edge that is named otherwise is the same edge', async () => {
    await stage.alert('eastus2');
    stage.name('shop-frontend');
    await ticks(3);
    expect(await isFollowed()).toBe(false);
    expect(await stage.pages()).toEqual([]);
    await stage.recovered('eastus2');
    await ticks(3);
    expect(stage.live()).toEqual(WHOLE);
  });

  it('an origin in the middle of a ramp stands where it is until people agree, the others stay as they are', async () => {
    stage = new EdgeStage({ policy: { bakeSec: 300 } });
    await stage.command({ command: 'failover', origin: 'eastus2', steps: [250, 100] });
    stage.unnameOrigin('eastus2');
    await ticks(30);
    expect(stage.live()).toEqual({ ...WHOLE, eastus2: 250 });
    expect(await stage.pages()).toEqual([LEFT]);
    await stage.approve('bob');
    await ticks(30);
    expect(stage.live()).toEqual(WHOLE);
    expect(await openIntents()).toEqual([]);
  });

  it('the other origins of the edge are failed over as ever', async () => {
    await stage.command({ command: 'failover', origin: 'eastus2' });
    stage.unnameOrigin('eastus2');
    await stage.alert('westus3');
    expect(stage.live()).toEqual({ ...WHOLE, eastus2: 'out', westus3: 'out' });
  });
});
