import { describe, expect, it } from 'vitest';

import { SERVED_BY } from '../../../../local/edge/local-edge.ts';
import { timed } from '../../../../local/edge/origin-server.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { GROUP, MINUTE, plant, SECOND, TRAFFIC_MANAGER } from './plant.ts';

const WIDE = {
  loadBalancingSettings: { sampleSize: 4, successfulSamplesRequired: 3, additionalLatencyInMilliseconds: 50 },
};
const NARROW = {
  loadBalancingSettings: { sampleSize: 4, successfulSamplesRequired: 3, additionalLatencyInMilliseconds: 0 },
};

describe('Front Door', () => {
  it('divides ten thousand requests by weight', async () => {
    const { send } = plant({ origins: { west: { weight: 700 }, east: { weight: 200 }, north: { weight: 100 } } });
    const { west = 0, east = 0, north = 0 } = await send(10_000);
    // Four standard deviations of a binomial share: sqrt(n p (1 - p)).
    expect(Math.abs(west - 7000)).toBeLessThan(4 * Math.sqrt(10_000 * 0.7 * 0.3));
    expect(Math.abs(east - 2000)).toBeLessThan(4 * Math.sqrt(10_000 * 0.2 * 0.8));
    expect(Math.abs(north - 1000)).toBeLessThan(4 * Math.sqrt(10_000 * 0.1 * 0.9));
    expect(west + east + north).toBe(10_000);
  });

  it('repeats itself with the same seed', async () => {
    const runs = [7, 7, 8].map((seed) => plant({ origins: { west: {}, east: {} }, seed }).send(500));
    const [first, second, other] = await Promise.all(runs);
    expect(second).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('moves everything off a drained origin once the write has reached it, and not before', async () => {
    const { arm, clock, idOf, send } = plant({ origins: { west: {}, east: {} } });
    arm.change(idOf('west'), { enabledState: 'Disabled' });
    await clock.advance(2 * MINUTE - 1);
    expect(Object.keys(await send(100)).toSorted()).toEqual(['east', 'west']);
    await clock.advance(1);
    expect(await send(100)).toEqual({ east: 100 });
  });

  it('never lets a later write overtake an earlier one', async () => {
    const { arm, clock, idOf, send } = plant({ origins: { west: {}, east: {} } });
    arm.change(idOf('west'), { enabledState: 'Disabled' });
    await clock.advance(MINUTE);
    arm.change(idOf('west'), { enabledState: 'Enabled' });
    await clock.advance(MINUTE);
    expect(await send(50)).toEqual({ east: 50 });
    await clock.advance(MINUTE);
    expect(Object.keys(await send(50))).toHaveLength(2);
  });

  it('asks a later priority only when the first has nobody left', async () => {
    const { clock, region, send } = plant({ origins: { west: {}, east: { priority: 2 }, north: { priority: 2 } } });
    expect(await send(50)).toEqual({ west: 50 });
    region('west').isDown = true;
    await clock.advance(21 * SECOND);
    expect(Object.keys(await send(50)).toSorted()).toEqual(['east', 'north']);
  });

  it.each([
    ['0: the fastest gets everything', NARROW, ['west']],
    ['50: those within 50 ms share by weight', WIDE, ['east', 'west']],
  ])('takes a latency sensitivity of %s', async (_, group, expected) => {
    const { clock, region, send } = plant({ origins: { west: {}, east: { weight: 1000 }, north: {} }, group });
    region('west').latencyMs = 20;
    region('east').latencyMs = 21;
    region('north').latencyMs = 90;
    await clock.advance(20 * SECOND);
    expect(Object.keys(await send(500)).toSorted()).toEqual(expected);
  });

  it('takes an origin with a closed gate out within the probe window, and back in when it opens', async () => {
    const { clock, region, edge, send } = plant({ origins: { west: {}, east: {} } });
    await clock.advance(MINUTE);
    region('west').isGateOpen = false;
    await clock.advance(5 * SECOND);
    expect(edge.isHealthy(GROUP, 'west')).toBe(true);
    await clock.advance(5 * SECOND);
    expect(edge.isHealthy(GROUP, 'west')).toBe(false);
    expect(await send(50)).toEqual({ east: 50 });
    region('west').isGateOpen = true;
    await clock.advance(15 * SECOND);
    expect(Object.keys(await send(50))).toHaveLength(2);
  });

  it.each([201, 204, 301, 500])('takes a probe that is answered with %i for a failure', async (status) => {
    const { clock, region, edge } = plant({ origins: { west: {}, east: {} } });
    region('west').healthStatus = status;
    await clock.advance(20 * SECOND);
    expect(edge.isHealthy(GROUP, 'west')).toBe(false);
  });

  it('with nobody healthy serves through all enabled ones of the first priority', async () => {
    const origins = { west: {}, east: {}, north: { enabledState: 'Disabled' }, south: { priority: 2 } };
    const { clock, region, send } = plant({ origins });
    ['west', 'east', 'south'].forEach((name) => (region(name).isGateOpen = false));
    await clock.advance(MINUTE);
    expect(Object.keys(await send(100)).toSorted()).toEqual(['east', 'west']);
  });

  it('counts requests, failures and latency by minute and origin, and answers 503 for a server that does not', async () => {
    const { clock, region, edge, send } = plant({ origins: { west: {} } });
    const minute = clock.now().getTime();
    await send(3);
    region('west').isDown = true;
    await send(2);
    await clock.advance(MINUTE);
    region('west').isDown = false;
    region('west').errorRate = 1;
    await send(1);
    expect(edge.served(GROUP)).toEqual([
      { origin: 'west', minute, requests: 5, failures: 2, latencyMs: 60 },
      { origin: 'west', minute: minute + MINUTE, requests: 1, failures: 1, latencyMs: 20 },
    ]);
  });

  it('passes an answer on and names who gave it', async () => {
    const { edge } = plant({ origins: { west: {} } });
    const response = await edge.handler(GROUP.toUpperCase())(new Request('https://shop.contoso.com/'));
    expect([response.status, response.headers.get(SERVED_BY)]).toEqual([200, 'west']);
    expect((await edge.handler(`${GROUP}2`)(new Request('https://shop.contoso.com/'))).status).toBe(503);
  });
});

it('times a handler by the clock', async () => {
  const clock = new VirtualClock();
  const server = timed(async () => {
    await clock.sleep(35);
    return new Response(null, { status: 204 });
  }, clock);
  const { response, latencyMs } = await clock.run(server(new Request('https://west.contoso.com/')));
  expect([response.status, latencyMs]).toEqual([204, 35]);
});

describe('Traffic Manager', () => {
  it('moves everything off a disabled endpoint when the last resolver has forgotten it', async () => {
    const { arm, clock, edge, idOf, send } = plant({ origins: { west: {}, east: {} } }, 'tm');
    await send(2000);
    // It answers names and never sees a request.
    expect(edge.meter.series(TRAFFIC_MANAGER, 'OriginRequestCount')).toEqual([]);
    arm.change(idOf('west'), { endpointStatus: 'Disabled' });
    await clock.advance(29 * SECOND);
    expect((await send(500))['west']).toBeGreaterThan(100);
    await clock.advance(SECOND);
    expect(await send(500)).toEqual({ east: 500 });
  });

  it('takes an endpoint out after more failures in a row than are tolerated, and tells the control plane', async () => {
    const { arm, clock, region, edge, idOf, send } = plant({ origins: { west: {}, east: {} } }, 'tm');
    region('west').latencyMs = 5001;
    await clock.advance(10 * SECOND - 1);
    expect(edge.isHealthy(TRAFFIC_MANAGER, 'west')).toBe(true);
    await clock.advance(10 * SECOND + 1);
    expect(edge.isHealthy(TRAFFIC_MANAGER, 'west')).toBe(false);
    expect(arm.state.get(idOf('west'))?.properties['endpointMonitorStatus']).toBe('Degraded');
    expect(await send(100)).toEqual({ east: 100 });
    region('west').latencyMs = 20;
    await clock.advance(10 * SECOND);
    expect(edge.isHealthy(TRAFFIC_MANAGER, 'west')).toBe(true);
  });

  it.each([
    ['Priority', 1],
    ['Performance', 2],
  ])('routes by %s', async (trafficRoutingMethod, priority) => {
    const origins = { west: { priority: 2 }, east: { priority } };
    const { clock, region, send } = plant({ origins, group: { trafficRoutingMethod } }, 'tm');
    region('west').latencyMs = 80;
    await clock.advance(MINUTE);
    expect(await send(100)).toEqual({ east: 100 });
  });

  it('always answers an endpoint that is always served, and nothing from a disabled profile', async () => {
    const { arm, clock, region, idOf, send } = plant({ origins: { west: {}, east: {} } }, 'tm');
    region('west').isDown = true;
    await clock.advance(MINUTE);
    expect(await send(1)).toEqual({ east: 1 });
    arm.change(idOf('west'), { alwaysServe: 'Enabled' });
    region('east').isGateOpen = false;
    // Available from the write on, not from the next probe on.
    expect((await send(1000))['west']).toBeGreaterThan(400);
    await clock.advance(MINUTE);
    expect(await send(100)).toEqual({ west: 100 });
    arm.change(TRAFFIC_MANAGER, { profileStatus: 'Disabled' });
    await clock.advance(MINUTE);
    expect(await send(3)).toEqual({ 503: 3 });
  });
});
