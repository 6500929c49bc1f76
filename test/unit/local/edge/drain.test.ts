import { expect, test } from 'vitest';

import { inProcess } from '../../../../local/http/in-process.ts';
import { FrontDoorEdgeControl } from '../../../../shared/adapters/azure-front-door/edge-control.ts';
import { AzureMonitorEdgeReadings } from '../../../../shared/adapters/azure-monitor/edge-readings.ts';
import { FRONT_DOOR, GROUP, MINUTE, plant } from './plant.ts';

test('a drain through the control plane shows in what the edge serves, and then in its metrics', async () => {
  const { arm, clock, idOf, send } = plant({ origins: { west: {}, east: {} }, lateMs: 3 * MINUTE });
  const credential = { getToken: () => Promise.resolve({ token: 't', expiresOnTimestamp: 8.64e15 }) };
  const control = new FrontDoorEdgeControl(credential, { httpClient: inProcess(arm.handler) });
  const origins = ['west', 'east'].map((name) => ({ name, id: idOf(name).toLowerCase(), cluster: name }));
  const edge = { id: GROUP.toLowerCase(), service: 'front-door', profile: FRONT_DOOR.toLowerCase(), origins } as const;
  const readings = new AzureMonitorEdgeReadings({
    clock,
    fleet: () => Promise.resolve({ edges: [edge], clusters: [] }),
    armToken: () => Promise.resolve('t'),
    fetch: arm.handler,
  });
  /** Who got requests, by the newest window; the minutes before it are over. */
  const seen = async () => {
    const { origins: found = {} } = (await readings.read(edge.id)) ?? {};
    return Object.keys(found).filter((name) => found[name]?.requestsPerMinute !== undefined);
  };
  const pass = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute += 1) {
      await send(50);
      await clock.advance(MINUTE);
    }
  };
  await pass(8);
  expect(await seen()).toEqual(['west', 'east']);

  expect(await control.begin(idOf('west'), { enabled: false })).toEqual({ status: 'succeeded' });
  const { origins: now } = await control.read(GROUP);
  expect(now.filter(({ enabled }) => enabled).map(({ id }) => id)).toEqual([idOf('east').toLowerCase()]);
  // The control plane is done; the edge is not.
  expect(Object.keys(await send(50))).toHaveLength(2);
  await pass(2);
  expect(await send(50)).toEqual({ east: 50 });

  // Two minutes until it shows, three until its metrics come, five of a window without the old ones.
  await pass(7);
  expect(await seen()).toEqual(['west', 'east']);
  await pass(1);
  expect(await seen()).toEqual(['east']);
});
