import { expect, it } from 'vitest';

import { SeededRandom } from '../../local/time/seeded-random.ts';
import { VirtualClock } from '../../local/time/virtual-clock.ts';
import { InMemoryBlobStore } from '../../shared/adapters/in-memory/blob-store.ts';
import { InMemoryEdgeControl } from '../../shared/adapters/in-memory/edge-control.ts';
import { InMemoryRowStore } from '../../shared/adapters/in-memory/row-store.ts';
import { InMemorySignalQueue } from '../../shared/adapters/in-memory/signal-queue.ts';
import { compose } from '../../shared/composition/compose.ts';
import { readSettings } from '../../shared/settings.ts';
import { edgeText } from '../unit/fleet/edge-text.ts';
import { build } from '../unit/fleet/fleet-text.ts';

const MINUTE = 60_000;

it('a region that is lost again is drained again, although nobody has raised an alert either time', async () => {
  const clock = new VirtualClock();
  const control = new InMemoryEdgeControl({ clock });
  const origins = { 'origin-weu': 'shop-weu', 'origin-neu': 'shop-neu' };
  const signals = { quorum: 1, recoverHold: '2m' };
  const mode = { drain: 'enforce', restore: 'enforce' };
  const fleet = build(edgeText({ origins, signals, mode, approvals: { restore: 0 } })).fleet!;
  const [edge] = fleet.edges;
  control.seed(edge!.id, {
    routing: { method: 'latency-then-weight', latencySensitivityMs: 1000, hasAffinity: false },
    origins: edge!.origins.map(({ id }) => ({ id, enabled: true, weight: 500, priority: 1 })),
  });
  let sick = false;
  const quiet = (): void => undefined;
  const app = compose(readSettings({ REFLEX_STORAGE: 'UseDevelopmentStorage=true', REFLEX_FLEET: 'file:none' }), {
    ...{ clock, random: new SeededRandom(3), queue: new InMemorySignalQueue(clock) },
    ...{ rows: new InMemoryRowStore(), blobs: new InMemoryBlobStore() },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    fleet: () => Promise.resolve(fleet),
    edgeControl: () => control,
    edgeReadings: {
      read: () =>
        Promise.resolve({
          load: 100,
          origins: { 'origin-weu': { healthy: !sick, capacity: 500 }, 'origin-neu': { healthy: true, capacity: 500 } },
        }),
    },
    evidence: [],
  });
  const servingAfter = async (minutes: number): Promise<readonly string[]> => {
    for (let minute = 0; minute < minutes; minute += 1) {
      await clock.run(app.tickRegions());
      await clock.advance(MINUTE);
    }
    const read = await control.read(edge!.id);
    return read.origins.filter(({ enabled }) => enabled).map(({ id }) => id.split('/').at(-1)!);
  };

  expect(await servingAfter(2)).toHaveLength(2);
  for (let incident = 0; incident < 3; incident += 1) {
    sick = true;
    expect(await servingAfter(4), `incident ${incident}`).toEqual(['origin-neu']);
    sick = false;
    expect(await servingAfter(60)).toHaveLength(2);
  }
});
