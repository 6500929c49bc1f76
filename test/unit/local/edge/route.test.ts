import { expect, test } from 'vitest';

import { inProcess } from '../../../../local/http/in-process.ts';
import { FrontDoorEdgeControl } from '../../../../shared/adapters/azure-front-door/edge-control.ts';
import { AzureMonitorEdgeReadings } from '../../../../shared/adapters/azure-monitor/edge-readings.ts';
import { SERVED_BY } from '../../../../local/edge/local-edge.ts';
import { FRONT_DOOR, GROUP, MINUTE, plant } from './plant.ts';

const OTHER = `${GROUP}-b`;
const ROUTE = `${FRONT_DOOR}/afdEndpoints/shop/routes/main`;

test('a route moves all requests to the origins of another group, and health is told of that one', async () => {
  const { arm, edge, clock, idOf } = plant({ origins: { west: {}, east: {} } });
  arm.seed({ id: OTHER, properties: arm.state.get(GROUP)?.properties ?? {} });
  for (const name of ['west', 'east']) {
    const properties = {
      ...arm.state.get(idOf(name))?.properties,
      enabledState: name === 'west' ? 'Disabled' : 'Enabled',
    };
    arm.seed({ id: `${OTHER}/origins/${name}`, properties });
  }
  arm.seed({ id: ROUTE, properties: { originGroup: { id: GROUP } } });
  const ids = [OTHER, `${OTHER}/origins/west`, `${OTHER}/origins/east`, ROUTE];
  edge.deploy(...ids.map((id) => arm.state.get(id)!));
  const handler = edge.handler(ROUTE);
  const served = async (): Promise<readonly string[]> => {
    const names = new Set<string>();
    for (let sent = 0; sent < 50; sent += 1) {
      const { headers } = await handler(new Request('https://shop.contoso.com/cart'));
      names.add(headers.get(SERVED_BY) ?? 'none');
    }
    return [...names].toSorted();
  };
  expect(await served()).toEqual(['east', 'west']);

  const credential = { getToken: () => Promise.resolve({ token: 't', expiresOnTimestamp: 8.64e15 }) };
  const control = new FrontDoorEdgeControl(credential, { httpClient: inProcess(arm.handler) });
  expect(await control.begin(ROUTE, { originGroup: OTHER })).toEqual({ status: 'succeeded' });
  // As Front Door does, the group that no route refers to is not probed.
  arm.change(GROUP, { healthProbeSettings: null });
  // The control plane is done; the edge is not.
  expect(await served()).toEqual(['east', 'west']);
  for (let minute = 0; minute < 12; minute += 1) {
    await served();
    await clock.advance(MINUTE);
  }
  expect(await served()).toEqual(['east']);

  const origins = ['west', 'east'].map((name) => ({ name, id: idOf(name).toLowerCase(), cluster: name }));
  const measured = {
    id: GROUP.toLowerCase(),
    service: 'front-door',
    profile: FRONT_DOOR.toLowerCase(),
    origins,
  } as const;
  const read = async (more: object): Promise<unknown> => {
    const fleet = { edges: [{ ...measured, ...more }], clusters: [] };
    const ports = {
      clock,
      fleet: () => Promise.resolve(fleet),
      armToken: () => Promise.resolve('t'),
      fetch: arm.handler,
    };
    return (await new AzureMonitorEdgeReadings(ports).read(measured.id))?.origins['east'];
  };
  expect(await read({})).not.toHaveProperty('healthy');
  expect(await read({ twin: { originGroup: OTHER.toLowerCase() } })).toMatchObject({ healthy: true });
});
