import { describe, expect, it } from 'vitest';

import type { LocalArm } from '../../local/arm/local-arm.ts';
import { FrontDoorEdgeControl } from '../../shared/adapters/azure-front-door/edge-control.ts';
import { openArmEdge, type ArmEdge } from './edge-control-over-arm.ts';
import { API, describeTwinControl, ELSE, MAIN, OTHER, OWN, PROFILE } from './twin-control.ts';

function place(arm: LocalArm, id: string, priority: number, weight = 50): void {
  arm.seed({ id, properties: { hostName: `${id.split('/').at(-1) ?? ''}.contoso.com`, priority, weight } });
}

const service: ArmEdge = {
  edge: OWN,
  west: `${OWN}/origins/West`,
  seed: (arm) => {
    [OWN, OTHER, `${PROFILE}/originGroups/Other`].forEach((id) => arm.seed({ id, properties: {} }));
    place(arm, `${OWN}/origins/West`, 1, 500);
    place(arm, `${OWN}/origins/East`, 2, 300);
    place(arm, `${OTHER}/origins/West`, 1, 7);
    place(arm, `${OTHER}/origins/East`, 2, 8);
    arm.seed({ id: `${PROFILE}/afdEndpoints/Shop`, properties: {} });
    arm.seed({ id: MAIN, properties: { originGroup: { id: OWN } } });
    arm.seed({ id: API, properties: { originGroup: { id: OWN } } });
    arm.seed({ id: ELSE, properties: { originGroup: { id: `${PROFILE}/originGroups/Other` } } });
  },
  control: ({ credential, httpClient }) => new FrontDoorEdgeControl(credential, { httpClient }),
  properties: (change) => ({
    ...('weight' in change ? { weight: change.weight } : {}),
    ...('enabled' in change ? { enabledState: change.enabled ? 'Enabled' : 'Disabled' } : {}),
  }),
  on: { read: 'GET originGroups/apps', begin: 'PATCH routes/main', poll: 'LRO routes/main' },
};

describeTwinControl({
  name: 'Front Door',
  create: (options) => {
    const { arm, change, ...under } = openArmEdge(service, options);
    return {
      ...under,
      place: (id, priority) => place(arm, id, priority),
      change: (resource, set) =>
        'originGroup' in set ? arm.change(resource, { originGroup: { id: set.originGroup } }) : change(resource, set),
    };
  },
});

describe('a route of Front Door', () => {
  const twin = { originGroup: OTHER.toLowerCase(), routes: [MAIN.toLowerCase()] };

  it('is sent its origin group, and nothing else of it', async () => {
    const { control, requests } = openArmEdge(service);
    await control.begin(MAIN, { originGroup: OTHER });
    const sent = requests.filter((line) => line.startsWith('PATCH '));
    expect(sent).toEqual([`PATCH ${MAIN} {"properties":{"originGroup":{"id":"${OTHER}"}}}`]);
  });

  it('that is disabled leads to nobody', async () => {
    const { control, arm } = openArmEdge(service);
    arm.change(MAIN, { enabledState: 'Disabled' });
    expect(await control.routesTo(OWN)).toEqual(['Api']);
  });

  it('that cannot be read is no route that leads nowhere', async () => {
    const { control, arm } = openArmEdge(service);
    arm.faults.set([{ on: 'GET routes/main', status: 403 }]);
    await expect(control.routesTo(OWN)).rejects.toMatchObject({ status: 403 });
    await expect(control.routesTo('/subscriptions/s')).rejects.toThrow('no Front Door origin group');
  });

  it('that redirects refers to nobody', async () => {
    const { control, arm } = openArmEdge(service);
    arm.change(API, { originGroup: null });
    expect((await control.read(OWN, twin)).twin).not.toHaveProperty('fault');
  });

  it.each([1, 2, 50])('is found in pages of %d', async (pageSize) => {
    const { control } = openArmEdge(service, { pageSize });
    const { twin: found } = await control.read(OWN, { ...twin, routes: [...twin.routes, API.toLowerCase()] });
    expect(found?.routes.map(({ id }) => id)).toEqual([MAIN, API].map((id) => id.toLowerCase()));
  });

  it.each([
    ['GET routes/main', 503],
    ['GET originGroups/apps-b', 403],
  ])('where %s is refused with %d nothing is read: nobody could tell who serves', async (on, status) => {
    const { control, arm } = openArmEdge(service);
    arm.faults.set([{ on, status }]);
    await expect(control.read(OWN, twin)).rejects.toMatchObject({ status });
  });

  it.each([
    [OTHER, { loadBalancingSettings: { additionalLatencyInMilliseconds: 7 } }],
    [OTHER, { sessionAffinityState: 'Enabled' }],
    [`${OTHER}/origins/West`, { hostName: 'elsewhere.contoso.com' }],
    [`${OTHER}/origins/West`, { sharedPrivateLinkResource: { status: 'Pending' } }],
  ])('%s with %j is no stand-in', async (id, properties) => {
    const { control, arm } = openArmEdge(service);
    arm.change(id, properties);
    const { twin: found } = await control.read(OWN, { ...twin, routes: [...twin.routes, API.toLowerCase()] });
    expect(found?.fault?.reason).toBe('config-error:twin-settings');
  });
});
