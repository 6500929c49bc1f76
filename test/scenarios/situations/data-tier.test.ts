import { describe, expect, it } from 'vitest';

import type { EdgeReading } from '../../../shared/ports/edge-readings.ts';
import { EdgeStage } from './edge-stage.ts';

/** A region is lost, and for an hour this is what is known of the data. */
async function lost(policy: object, data: Pick<EdgeReading, 'promotion' | 'replicationLagMs'>): Promise<EdgeStage> {
  const stage = new EdgeStage({ policy });
  const { readings } = stage.world;
  const read = readings.read.bind(readings);
  readings.read = async (edge) => {
    const reading = (await read(edge))!;
    const unsaid = Object.entries(reading).filter(([name]) => !['promotion', 'replicationLagMs'].includes(name));
    return { ...(Object.fromEntries(unsaid) as unknown as EdgeReading), ...data };
  };
  await stage.alert('eastus2');
  for (let minute = 0; minute < 60; minute += 1) {
    await stage.pass(60);
    await stage.tick();
  }
  return stage;
}

describe('an emergency whose data has to be elsewhere first', () => {
  it.each<[string, object, Pick<EdgeReading, 'promotion' | 'replicationLagMs'>, string]>([
    ['has moved', { dataFirst: true }, {}, 'data-step-waits unknown'],
    [
      'has moved, though it lags behind nothing',
      { dataFirst: true, rpoSec: 30 },
      { replicationLagMs: 0 },
      'data-step-waits unknown',
    ],
    ['is there', { rpoSec: 30 }, {}, 'replication-lag unknown, rpo 30s'],
  ])('calls people once if nobody knows whether it %s', async (_, policy, data, reason) => {
    const stage = await lost(policy, data);
    expect(stage.writes).toEqual([]);
    expect(await stage.pages()).toEqual([reason]);
  });

  it('goes when the replica is the one that is written to, which lags behind nobody', async () => {
    const stage = await lost({ dataFirst: true, rpoSec: 30 }, { promotion: 'done' });
    expect(stage.writes).toEqual(['eastus2 Disabled']);
    expect(await stage.pages()).toEqual([]);
  });
});
