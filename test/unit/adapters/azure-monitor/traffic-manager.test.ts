import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { inProcess } from '../../../../local/http/in-process.ts';
import { countDnsAnswers } from '../../../../shared/adapters/azure-monitor/dns-answers.ts';
import type { MetricSeries } from '../../../../shared/adapters/azure-monitor/metrics.ts';
import { TrafficManagerEdgeControl } from '../../../../shared/adapters/azure-traffic-manager/edge-control.ts';
import { LEAST_ANSWERS } from '../../../../shared/domain/traffic/effect.ts';
import { MINUTE } from '../../local/edge/plant.ts';
import { changing, LAG, serve, setting } from './edge-readings-setting.ts';

const SPAN = { from: 0, to: 5 * MINUTE };

/** An endpoint that was named so often in each minute of the span; nothing is reported where it says nothing. */
function named(endpoint: string, ...counts: readonly (number | undefined)[]): MetricSeries {
  const values = counts.flatMap((count, index) => (count === undefined ? [] : [[index * MINUTE, count] as const]));
  return { dimensions: new Map([['endpointname', endpoint]]), values: new Map(values) };
}

describe('DNS answers of a Traffic Manager profile', () => {
  it.each<[string, readonly MetricSeries[], ReturnType<typeof countDnsAnswers>]>([
    ['nobody is named', [], undefined],
    ['there are only zeros', [named('west', 0, 0, 0, 0, 0)], undefined],
    [
      'the newest two minutes tell enough',
      [named('west', 900, 900, 900, 20, 30), named('east', 900, 900, 900, 30, 20)],
      { count: 100, since: 3 * MINUTE, byEndpoint: new Map([...[['west', 25] as const], ['east', 25]]) },
    ],
    [
      'older minutes have to help',
      [named('west', 900, 40, 30, 20, 10)],
      { count: 100, since: MINUTE, byEndpoint: new Map([['west', 25]]) },
    ],
    [
      'all of them together are few',
      [named('west', 1, 2, 3, 4, 5)],
      { count: 15, since: 0, byEndpoint: new Map([['west', 3]]) },
    ],
    [
      'a minute is missing, which is no quiet one',
      [named('west', 9, 9, 9, undefined, 200)],
      { count: 200, since: 3 * MINUTE, byEndpoint: new Map([['west', 200]]) },
    ],
    [
      'one was named before only',
      [named('west', 900, 900, 900, 0, undefined), named('east', 0, 0, 0, 50, 50)],
      { count: 100, since: 3 * MINUTE, byEndpoint: new Map([['east', 50]]) },
    ],
  ])('where %s', (_, series, expected) => {
    expect(countDnsAnswers(series, SPAN)).toEqual(expected);
  });

  it('are those of the newest minutes, and no more of them than are needed', () => {
    const minutes = fc.array(fc.nat(80), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(minutes, minutes, (west, east) => {
        const { count = 0, since = 0 } = countDnsAnswers([named('west', ...west), named('east', ...east)], SPAN) ?? {};
        const sumSince = (first: number): number =>
          [west, east].flatMap((counts) => counts.slice(first)).reduce((sum, one) => sum + one, 0);
        const first = since / MINUTE;
        expect(count).toBe(sumSince(first));
        expect(count >= LEAST_ANSWERS || first === 0).toBe(true);
        expect(first === 3 || sumSince(first + 1) < LEAST_ANSWERS).toBe(true);
      }),
    );
  });
});

describe('a Traffic Manager profile', () => {
  const more = { requestRate: () => Promise.resolve(70) };

  it('has no reading without a load from elsewhere: it never sees a request', async () => {
    const local = setting({ service: 'tm' });
    await serve(local, 8, 100);
    expect(await local.read()).toBeUndefined();
  });

  it('is read with the states of its endpoints, and how often it named each of them', async () => {
    const local = setting({ service: 'tm', more, pools: { west: { apps: { count: 2 } } } });
    local.region('east').isDown = true;
    await serve(local, 8, 100);
    const asOf = local.clock.now().getTime() - LAG;
    expect(await local.read()).toEqual({
      asOf,
      load: 70,
      origins: {
        'o-west': { healthy: true, capacity: 20, dnsAnswersPerMinute: expect.any(Number) as number },
        'o-east': { healthy: false },
      },
      dnsAnswers: { count: expect.any(Number) as number, since: asOf - 2 * MINUTE },
    });
  });

  it('shows a drain in whom it names, whoever still goes by what was answered before', async () => {
    const local = setting({ service: 'tm', origins: { west: {}, east: {} }, more });
    const credential = { getToken: () => Promise.resolve({ token: 't', expiresOnTimestamp: 8.64e15 }) };
    const control = new TrafficManagerEdgeControl(credential, { httpClient: inProcess(local.arm.handler) });
    await serve(local, 8, 400);
    const before = await local.read();
    expect(before?.origins['o-west']?.dnsAnswersPerMinute).toBeGreaterThan(0);

    await local.send(400);
    expect(await control.begin(local.idOf('west'), { enabled: false })).toEqual({ status: 'succeeded' });
    // Resolvers that asked a moment ago have not forgotten.
    expect(await local.send(400)).toMatchObject({ west: expect.any(Number) as number });
    await serve(local, 6, 400);
    const { origins, dnsAnswers } = (await local.read())!;
    expect(origins['o-west']).not.toHaveProperty('dnsAnswersPerMinute');
    expect(origins['o-east']?.dnsAnswersPerMinute).toBe((dnsAnswers?.count ?? 0) / 2);
    expect(await local.send(400)).toEqual({ east: 400 });
  });

  it('counts endpoints that only Azure knows', async () => {
    const local = setting({
      service: 'tm',
      more,
      through: changing('QpsByEndpoint', (value) => {
        const series = value['timeseries'] as { metadatavalues: { value: string }[] }[];
        series.forEach(
          ({ metadatavalues: [name] }) => (name!.value = name!.value === 'west' ? 'Strange' : name!.value),
        );
      }),
    });
    await serve(local, 8, 100);
    const { origins, dnsAnswers } = (await local.read())!;
    const [east = 0, strange = 0] = ['o-east', 'strange'].map((name) => origins[name]?.dnsAnswersPerMinute ?? 0);
    expect(strange).toBeGreaterThan(0);
    expect(2 * (east + strange)).toBe(dnsAnswers?.count);
  });

  it('is read without its DNS answers where Azure does not tell them', async () => {
    const local = setting({
      service: 'tm',
      more,
      through: (handler) => async (request) =>
        new URL(request.url).searchParams.get('metricnames') === 'QpsByEndpoint'
          ? new Response(null, { status: 403 })
          : await handler(request),
    });
    await serve(local, 8, 100);
    const reading = await local.read();
    expect(reading).not.toHaveProperty('dnsAnswers');
    expect(reading?.origins).toEqual({ 'o-west': { healthy: true }, 'o-east': { healthy: true } });
  });
});
