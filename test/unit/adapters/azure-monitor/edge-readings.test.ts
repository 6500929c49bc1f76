import { describe, expect, it } from 'vitest';

import { meanLatencies } from '../../../../shared/adapters/azure-monitor/latencies.ts';
import { GROUP, MINUTE, SECOND } from '../../local/edge/plant.ts';
import { changing, LAG, serve, setting, type Through } from './edge-readings-setting.ts';

describe('Front Door', () => {
  it('reads load, shares, errors and health of the window that is late enough', async () => {
    const local = setting({ origins: { west: { weight: 900 }, east: { weight: 100 } } });
    await serve(local, 5, 600);
    await local.clock.advance(LAG);
    const reading = await local.read();
    expect(reading?.asOf).toBe(local.clock.now().getTime() - LAG);
    expect(reading?.load).toBe(10);
    expect(reading?.served).toEqual({ requests: 3000, errorRate: 0 });
    const { 'o-west': west, 'o-east': east } = reading?.origins ?? {};
    expect(west).toEqual({ healthy: true, errorRate: 0, requestsPerMinute: expect.any(Number) as number });
    expect((west?.requestsPerMinute ?? 0) + (east?.requestsPerMinute ?? 0)).toBeCloseTo(600);
    expect(west?.requestsPerMinute).toBeGreaterThan(500);
  });

  it('asks by origin in whole minutes that end before the lag', async () => {
    const local = setting();
    await serve(local, 8, 1);
    await local.clock.advance(SECOND);
    await local.read();
    const metrics = local.asked.filter(({ pathname }) => pathname.endsWith('/metrics'));
    expect(metrics.map(({ searchParams }) => Object.fromEntries(searchParams))).toEqual([
      expect.objectContaining({
        metricnames: 'OriginRequestCount',
        aggregation: 'total',
        interval: 'PT1M',
        timespan: '2026-01-05T08:00:00.000Z/2026-01-05T08:05:00.000Z',
        $filter: "Origin eq '*' and HttpStatusGroup eq '*'",
        top: '1000',
      }),
      expect.objectContaining({
        metricnames: 'OriginHealthPercentage',
        timespan: '2026-01-05T08:03:00.000Z/2026-01-05T08:05:00.000Z',
        $filter: "Origin eq '*' and OriginGroup eq '*'",
      }),
    ]);
  });

  it.each([{ latencyFactor: 2 }, { latencyMaxMs: 500 }])(
    'reads mean latencies where the edge holds somebody to them, each minute by its requests: %j',
    async (limits) => {
      // The fastest is not to get all of them.
      const group = { loadBalancingSettings: { additionalLatencyInMilliseconds: 2_000 } };
      const local = setting({ limits, group });
      local.region('east').latencyMs = 40;
      local.region('west').latencyMs = 100;
      await serve(local, 4, 400);
      // A slow minute of few requests.
      local.region('west').latencyMs = 900;
      await serve(local, 1, 20);
      await local.clock.advance(LAG);
      const { origins } = (await local.read())!;
      const [west, east] = [origins['o-west']!, origins['o-east']!];
      expect(east.averageMs).toBeCloseTo(40);
      expect(west.averageMs).toBeGreaterThan(100);
      expect(west.averageMs).toBeLessThan(130);
    },
  );

  it('weighs each of an origin\u2019s ports by its own requests', () => {
    const series = (origin: string, ms: number) => ({
      dimensions: new Map([['origin', origin]]),
      values: new Map([[0, ms]]),
    });
    const labels = new Map([
      ['weu:80', ['weu']],
      ['weu:443', ['weu']],
      ['both:443', ['weu', 'neu']],
    ]);
    const counts = new Map([
      ['weu:80', new Map([[0, 1]])],
      ['weu:443', new Map([[0, 999]])],
      ['both:443', new Map([[0, 999]])],
    ]);
    const means = meanLatencies(
      [series('weu:80', 10_000), series('weu:443', 50), series('both:443', 7)],
      labels,
      counts,
    );
    expect([...means]).toEqual([['weu', (10_000 + 999 * 50) / 1_000]]);
    expect(meanLatencies([series('weu:80', 7)], labels, new Map()).size).toBe(0);
  });

  it('reads everything else where latencies cannot be had', async () => {
    const through: Through = (handler) => async (request) =>
      new URL(request.url).searchParams.get('metricnames') === 'OriginLatency'
        ? Response.json({ error: { code: 'InternalServerError' } }, { status: 500 })
        : await handler(request);
    const local = setting({ limits: { latencyFactor: 2 }, through });
    await serve(local, 5, 100);
    await local.clock.advance(LAG);
    const { served, origins } = (await local.read())!;
    expect(served).toEqual({ requests: 500, errorRate: 0 });
    expect(Object.values(origins).map(({ averageMs }) => averageMs)).toEqual([undefined, undefined]);
  });

  it('knows no latency of an origin that nobody asked, and of an edge that nobody asked', async () => {
    const local = setting({ origins: { west: {}, east: { enabledState: 'Disabled' } }, limits: { latencyFactor: 2 } });
    await serve(local, 5, 10);
    await local.clock.advance(LAG);
    const { origins } = (await local.read())!;
    expect(origins['o-west']?.averageMs).toBeDefined();
    expect(origins['o-east']?.averageMs).toBeUndefined();
  });

  it('counts 5xx as failures, of the origin and of the edge', async () => {
    const local = setting();
    local.region('west').errorRate = 1;
    await serve(local, 5, 200);
    await local.clock.advance(LAG);
    const reading = await local.read();
    expect(reading?.origins['o-west']?.errorRate).toBe(1);
    expect(reading?.origins['o-east']?.errorRate).toBe(0);
    const west = (reading?.origins['o-west']?.requestsPerMinute ?? 0) * 5;
    expect(reading?.served?.errorRate).toBeCloseTo(west / 1000);
  });

  it('sees a closed gate once its minutes have come', async () => {
    const local = setting();
    await serve(local, 5, 10);
    local.region('west').isGateOpen = false;
    await serve(local, 4, 10);
    expect((await local.read())?.origins['o-west']?.healthy).toBe(true);
    await serve(local, 1, 10);
    expect((await local.read())?.origins['o-west']?.healthy).toBe(false);
    expect((await local.read())?.origins['o-east']?.healthy).toBe(true);
  });

  it('has no reading without a single request, which is not a load of 0', async () => {
    const local = setting();
    await local.clock.advance(10 * MINUTE);
    expect(await local.read()).toBeUndefined();
  });

  it('has no reading when metrics have come later than the window', async () => {
    const local = setting({ lateMs: 20 * MINUTE });
    await serve(local, 10, 10);
    expect(await local.read()).toBeUndefined();
  });

  it('takes minutes without data for unknown and not for quiet', async () => {
    const local = setting();
    await serve(local, 2, 600);
    await local.clock.advance(LAG + 3 * MINUTE);
    expect((await local.read())?.load).toBe(10);
  });

  it('leaves out what nobody said of a drained origin', async () => {
    const local = setting({ origins: { west: { enabledState: 'Disabled' }, east: {} } });
    await serve(local, 8, 10);
    const reading = await local.read();
    expect(reading?.origins['o-west']).toEqual({});
    expect(reading?.origins['o-east']).toMatchObject({ healthy: true, errorRate: 0 });
  });

  it('counts an origin that the fleet does not know, by its own name', async () => {
    const local = setting();
    const id = `${GROUP}/origins/Stranger`;
    local.arm.seed({ id, properties: { hostName: 'east.contoso.com' } });
    local.arm.change(local.idOf('east'), { hostName: 'moved.contoso.com' });
    await serve(local, 8, 10);
    expect(Object.keys((await local.read())?.origins ?? {}).toSorted()).toEqual(['o-east', 'o-west', 'stranger']);
  });

  it('has no reading when two origins cannot be told apart', async () => {
    const local = setting();
    local.arm.change(local.idOf('east'), { hostName: 'west.contoso.com' });
    await serve(local, 8, 10);
    expect(await local.read()).toBeUndefined();
  });

  it('takes requests that were counted as none for a load of 0, without a rate', async () => {
    const local = setting({
      through: changing('OriginRequestCount', (value) => {
        const series = value['timeseries'] as { data: Record<string, unknown>[] }[];
        series.forEach(({ data }) => data.forEach((point) => (point['total'] = 0)));
      }),
    });
    await serve(local, 8, 10);
    const reading = await local.read();
    expect(reading).toMatchObject({ load: 0, origins: { 'o-west': { requestsPerMinute: 0 } } });
    expect(reading).not.toHaveProperty('served');
    expect(reading?.origins['o-west']).not.toHaveProperty('errorRate');
  });

  it('does not guess whose health it is when a host has two origins and no port is named', async () => {
    const local = setting({
      through: changing('OriginHealthPercentage', (value) => {
        const series = value['timeseries'] as { metadatavalues: { value: string }[] }[];
        series.forEach(({ metadatavalues: [origin] }) => (origin!.value = 'west.contoso.com'));
      }),
    });
    local.arm.change(local.idOf('east'), { hostName: 'west.contoso.com', httpsPort: 8443 });
    await serve(local, 8, 10);
    const { 'o-west': west, 'o-east': east } = (await local.read())?.origins ?? {};
    expect([west?.healthy, east?.healthy, west?.errorRate]).toEqual([undefined, undefined, 0]);
  });

  it('tells two ports of one host apart', async () => {
    const local = setting();
    local.arm.change(local.idOf('east'), { hostName: 'west.contoso.com', httpsPort: 8443 });
    await serve(local, 8, 10);
    const reading = await local.read();
    expect(reading?.origins['o-west']).toMatchObject({ healthy: true });
    expect(reading?.origins['o-east']).toMatchObject({ healthy: true, errorRate: 0 });
  });

  it.each<[string, Through, object | undefined]>([
    [
      'requests with an error code',
      changing('OriginRequestCount', (value) => (value['errorCode'] = 'Timeout')),
      undefined,
    ],
    ['requests without an error code', changing('OriginRequestCount', (value) => delete value['errorCode']), undefined],
    ['requests without series', changing('OriginRequestCount', (value) => delete value['timeseries']), undefined],
    [
      "another metric's name, with ours as the localized one",
      changing('OriginRequestCount', (value) => (value['name'] = { value: 'X', localizedValue: 'OriginRequestCount' })),
      undefined,
    ],
    [
      'more series than were asked for',
      changing('OriginRequestCount', (value) => {
        const [first] = value['timeseries'] as object[];
        value['timeseries'] = Array.from({ length: 1000 }, () => first);
      }),
      undefined,
    ],
    [
      'points without the aggregation',
      changing('OriginHealthPercentage', (value) => {
        const series = value['timeseries'] as { data: Record<string, unknown>[] }[];
        series.forEach(({ data }) => data.forEach((point) => delete point['average']));
      }),
      {},
    ],
    ['health with an error code', changing('OriginHealthPercentage', (value) => (value['errorCode'] = 'X')), {}],
    [
      "another group's health",
      changing('OriginHealthPercentage', (value) => {
        const series = value['timeseries'] as { metadatavalues: { value: string }[] }[];
        series.forEach(({ metadatavalues }) => (metadatavalues[1]!.value = 'other'));
      }),
      {},
    ],
    [
      'dimensions in other letters and another order',
      changing('OriginHealthPercentage', (value) => {
        const series = value['timeseries'] as { metadatavalues: { name: { value: string }; value: string }[] }[];
        for (const one of series) {
          one.metadatavalues = one.metadatavalues.toReversed().map(({ name, value: text }) => ({
            name: { value: name.value.toUpperCase(), localizedValue: 'Ursprung' },
            value: text.toUpperCase(),
          }));
        }
      }),
      { healthy: true },
    ],
  ])('judges %s', async (_, through, expected) => {
    const local = setting({ through });
    await serve(local, 8, 10);
    const reading = await local.read();
    const { healthy } = reading?.origins['o-west'] ?? {};
    expect(reading === undefined ? undefined : healthy === undefined ? {} : { healthy }).toEqual(expected);
  });
});

describe('failures', () => {
  it.each([
    ['429', { status: 429, headers: { 'retry-after': '7' } }, { retryAfterMs: 7000 }],
    ['429 without a time', { status: 429 }, { retryAfterMs: 10_000 }],
    ['503', { status: 503 }, { code: 'REFLEX_UPSTREAM', status: 503 }],
    ['403', { status: 403 }, { code: 'REFLEX_UPSTREAM', status: 403, retryable: false }],
    ['302', { status: 302 }, { code: 'REFLEX_UPSTREAM', status: 302 }],
  ])('of the metrics are thrown: %s', async (_, fault, expected) => {
    const local = setting();
    await serve(local, 8, 10);
    local.arm.faults.add({ on: 'GET metrics', ...fault });
    await expect(local.read()).rejects.toMatchObject(expected);
  });

  it('are a body of another shape, no answer at all and an edge that is none', async () => {
    const strange = setting({ through: () => () => Promise.resolve(Response.json({ value: 1 })) });
    await expect(strange.read()).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', status: 502 });
    const silent = setting({ through: () => () => Promise.reject(new TypeError('fetch failed')) });
    await expect(silent.read()).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', status: 0 });
    await expect(silent.read('/subscriptions/x')).rejects.toMatchObject({ code: 'REFLEX_NOT_FOUND' });
  });
});
