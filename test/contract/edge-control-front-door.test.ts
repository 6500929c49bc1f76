import { describe, expect, it } from 'vitest';

import { FrontDoorEdgeControl } from '../../shared/adapters/azure-front-door/edge-control.ts';
import { describeEdgeControl } from './edge-control.ts';
import { describeOverArm, openArmEdge, type ArmEdge } from './edge-control-over-arm.ts';

const PROFILE = '/subscriptions/s/resourceGroups/RG/providers/Microsoft.Cdn/profiles/Shop';
const edge = `${PROFILE}/originGroups/Apps`;
const [west, east] = [`${edge}/origins/West`, `${edge}/origins/East`];

const service: ArmEdge = {
  edge,
  west,
  seed: (arm) => {
    arm.seed({ id: edge, properties: {} });
    arm.seed({ id: west, properties: { weight: 500, hostName: 'west.contoso.com' } });
    arm.seed({ id: east, properties: { weight: 300, priority: 2, hostName: 'east.contoso.com' } });
  },
  control: ({ credential, httpClient }) => new FrontDoorEdgeControl(credential, { httpClient }),
  properties: (change) =>
    'weight' in change ? { weight: change.weight } : { enabledState: change.enabled ? 'Enabled' : 'Disabled' },
  on: { read: 'GET originGroups/apps', begin: 'PATCH origins/west', poll: 'LRO origins/west' },
};

describeEdgeControl({
  name: 'Front Door',
  edge,
  west,
  east,
  foreign: '/subscriptions/s/resourceGroups/RG/providers/Microsoft.Network/trafficManagerProfiles/shop',
  isLongRunning: true,
  keepsLastOrigin: true,
  create: (options) => openArmEdge(service, options),
});
describeOverArm('Front Door', service);

describe('Front Door', () => {
  it.each([
    [{ loadBalancingSettings: { additionalLatencyInMilliseconds: 50 } }, 50, false],
    [{ loadBalancingSettings: { sampleSize: 4 } }, 0, false],
    [{ loadBalancingSettings: null }, 0, false],
    [{ sessionAffinityState: 'Enabled' }, 50, true],
    [{ sessionAffinityState: 'Disabled' }, 50, false],
    [{ sessionAffinityState: null }, 50, false],
  ])('routing of %j', async (properties, latencySensitivityMs, hasAffinity) => {
    const { control, arm } = openArmEdge(service);
    arm.change(edge, properties);
    expect((await control.read(edge)).routing).toEqual({
      method: 'latency-then-weight',
      latencySensitivityMs,
      hasAffinity,
    });
  });

  it.each([
    [{}, { hosts: ['west.contoso.com', 'west.contoso.com:80', 'west.contoso.com:443'] }],
    [
      { hostName: 'West.Contoso.com', httpPort: 8080, httpsPort: 8443, originHostHeader: 'shop.contoso.com' },
      {
        hosts: ['west.contoso.com', 'west.contoso.com:8080', 'west.contoso.com:8443'],
        hostHeaders: ['shop.contoso.com', 'shop.contoso.com:8080', 'shop.contoso.com:8443'],
      },
    ],
    [
      { originHostHeader: 'WEST.contoso.com', httpPort: null },
      { hosts: ['west.contoso.com', 'west.contoso.com:80', 'west.contoso.com:443'] },
    ],
    [{ hostName: null, originHostHeader: null }, {}],
    [{ hostName: 5, originHostHeader: '' }, {}],
  ])('an origin with %j has the hosts by which metrics call it', async (properties, hosts) => {
    const { control, arm } = openArmEdge(service);
    arm.change(west, properties);
    const [origin] = (await control.read(edge)).origins;
    const { hosts: own, hostHeaders } = origin!;
    expect(JSON.parse(JSON.stringify({ hosts: own, hostHeaders }))).toEqual(hosts);
  });

  it.each([1, 2, 3, 50])('reads every origin of pages of %d, once', async (pageSize) => {
    const { control, arm, requests } = openArmEdge(service, { pageSize });
    for (let n = 1; n <= 5; n += 1) {
      arm.seed({ id: `${edge}/origins/o${n}`, properties: {} });
    }
    const { origins } = await control.read(edge);
    expect(origins.map(({ id }) => id.split('/').at(-1))).toEqual(['west', 'east', 'o1', 'o2', 'o3', 'o4', 'o5']);
    expect(requests).toHaveLength(1 + Math.ceil(7 / pageSize));
  });

  it('a page that is refused fails the whole reading', async () => {
    const { control, arm } = openArmEdge(service, { pageSize: 1 });
    arm.faults.set([{ on: 'GET origins/east', status: 503 }]);
    await expect(control.read(edge)).rejects.toMatchObject({ status: 503, retryable: true });
  });

  it.each(['Updating', 'Creating', 'Deleting'])('an origin that is %s is not terminal', async (provisioningState) => {
    const { control, arm } = openArmEdge(service);
    arm.change(west, { provisioningState });
    const { origins } = await control.read(edge);
    expect(origins.map(({ terminal }) => terminal)).toEqual([false, true]);
  });

  it('an origin that failed is terminal', async () => {
    const { control, arm } = openArmEdge(service);
    arm.change(west, { provisioningState: 'Failed' });
    expect((await control.read(edge)).origins[0]?.terminal).toBe(true);
  });

  it.each([{ weight: null }, { priority: null }])('an origin with %j is no answer', async (properties) => {
    const { control, arm } = openArmEdge(service);
    arm.change(west, properties);
    await expect(control.read(edge)).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', status: 502 });
  });
});

describe('the end of an operation of Front Door', () => {
  it.each([
    ['Failed', true],
    ['Failed', false],
    ['Canceled', true],
    ['Canceled', false],
  ])('%s, applied %j: failed, and reading tells', async (status, applied) => {
    const { control, arm } = openArmEdge(service);
    arm.faults.set([{ on: 'LRO origins/west', body: { status, error: { code: 'Bad', message: 'boom' } }, applied }]);
    expect(await control.begin(west, { enabled: false })).toMatchObject({ status: 'failed' });
    expect((await control.read(edge)).origins[0]).toMatchObject({ enabled: !applied, terminal: true });
  });

  it.each([true, false])('vanished, applied %j: unknown, and reading tells', async (applied) => {
    const { control, arm, reopen } = openArmEdge(service, { durationMs: 60_000 });
    const operation = await control.begin(west, { enabled: false });
    arm.faults.set([{ on: 'LRO origins/west', status: 404, applied }]);
    const state = operation.status === 'running' ? operation.state : '';
    expect(await reopen().poll(west, state)).toMatchObject({ status: 'unknown' });
    expect((await control.read(edge)).origins[0]).toMatchObject({ enabled: !applied });
  });

  it('succeeded with an origin that failed: failed', async () => {
    const { control, arm } = openArmEdge(service);
    arm.faults.set([{ on: 'FINALGET origins/west', provisioningState: 'Failed' }]);
    expect(await control.begin(west, { enabled: false })).toMatchObject({ status: 'failed' });
  });

  it('accepted without an address to ask: unknown, and reading tells when it has ended', async () => {
    const { control, arm, clock, requests } = openArmEdge(service, { durationMs: 60_000 });
    arm.faults.set([{ on: 'PATCH origins/west', status: 202 }]);
    expect(await control.begin(west, { enabled: false })).toMatchObject({ status: 'unknown' });
    expect(requests).toHaveLength(1);
    expect((await control.read(edge)).origins[0]).toMatchObject({ enabled: false, terminal: false });
    await clock.advance(60_000);
    expect((await control.read(edge)).origins[0]).toMatchObject({ enabled: false, terminal: true });
  });

  it('accepted with a Location alone: asked there', async () => {
    const { control, arm, clock, reopen } = openArmEdge(service, { durationMs: 60_000 });
    const base = 'https://management.azure.com';
    // The double draws its operation's id from the same seed each time.
    const probe = openArmEdge(service, { durationMs: 60_000 });
    await probe.control.begin(west, { enabled: false });
    const [, path = ''] = probe.requests[1]?.split(' ') ?? [];
    const location = `${base}${path}/profileresults/shop/origingroupresults/apps/originresults/west?api-version=2024-02-01`;
    arm.faults.set([{ on: 'PATCH origins/west', status: 202, headers: { location } }]);
    const operation = await control.begin(west, { enabled: false });
    const state = operation.status === 'running' ? operation.state : '';
    expect(state).toContain('originresults/west');
    await clock.advance(60_000);
    expect(await reopen().poll(west, state)).toEqual({ status: 'succeeded' });
  });

  it.each([
    ['the question within the call is throttled', { on: 'LRO origins/west', status: 429 }],
    ['the question within the call meets a gateway', { on: 'LRO origins/west', status: 502, body: '<html>' }],
    ['the last read within the call is refused', { on: 'FINALGET origins/west', status: 403 }],
  ])('%s: unknown, since the write was accepted', async (_, fault) => {
    const { control, arm } = openArmEdge(service);
    arm.faults.set([fault]);
    expect(await control.begin(west, { enabled: false })).toMatchObject({ status: 'unknown' });
    expect(arm.accepted).toHaveLength(1);
  });

  it('an origin that is gone after its operation: unknown', async () => {
    const { control, arm, clock } = openArmEdge(service, { durationMs: 60_000 });
    const operation = await control.begin(west, { enabled: false });
    await clock.advance(60_000);
    arm.state.remove(west);
    const state = operation.status === 'running' ? operation.state : '';
    expect(await control.poll(west, state)).toMatchObject({ status: 'unknown' });
  });
});
