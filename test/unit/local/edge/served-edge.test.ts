import { describe, expect, it } from 'vitest';

import { measureHistory } from '../../../../local/edge/history.ts';
import { Meter } from '../../../../local/edge/meter.ts';
import { LocalRegion } from '../../../../local/edge/origin-server.ts';
import { answerRegions } from '../../../../local/edge/regions-api.ts';
import type { EdgeOrigin, EdgeSettings } from '../../../../local/edge/settings.ts';
import { startTraffic } from '../../../../local/edge/traffic.ts';
import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';

const PROFILE = '/subscriptions/s/resourcegroups/g/providers/microsoft.cdn/profiles/shop';

function origin(name: string, isEnabled: boolean): EdgeOrigin {
  const rest = { priority: 1, weight: 500, isAlwaysServed: false };
  return { id: name, name, host: name, label: `${name}:443`, isEnabled, ...rest };
}

describe('a measured history', () => {
  it('is as if the enabled origins had shared steady traffic until now', () => {
    const meter = new Meter();
    const origins = [origin('a', true), origin('b', true), origin('c', false)];
    const settings = { service: 'front-door', profile: PROFILE, name: 'apps', origins } as unknown as EdgeSettings;
    measureHistory(meter, settings, { perSecond: 3, latencyMs: 20, minutes: 10, until: 600_000 });
    const counts = meter.series(PROFILE, 'OriginRequestCount').map(({ dimensions, minutes }) => ({
      origin: dimensions['Origin'],
      totals: [...minutes.values()].map(({ total }) => total),
    }));
    const totals = Array.from({ length: 10 }, () => 90);
    expect(counts).toEqual([
      { origin: 'a:443', totals },
      { origin: 'b:443', totals },
    ]);
    const health = meter.series(PROFILE, 'OriginHealthPercentage').flatMap(({ minutes }) => [...minutes.values()]);
    expect(health.every(({ minimum }) => minimum === 100)).toBe(true);
  });
});

describe('steady traffic', () => {
  it('goes to one edge after the other until it is stopped', async () => {
    const clock = new VirtualClock();
    const asked = [0, 0];
    const edges = asked.map((_, index) => () => {
      asked[index] = (asked[index] ?? 0) + 1;
      return Promise.resolve(new Response());
    });
    const stop = startTraffic({ edges, perSecond: 20, clock });
    await clock.advance(1_000);
    expect(asked).toEqual([10, 10]);
    await stop();
    await clock.advance(1_000);
    expect(asked).toEqual([10, 10]);
  });
});

describe('the regions of the local edge', () => {
  const region = new LocalRegion({ random: new SeededRandom(1) });
  const regions = [{ edge: 'shop', origin: 'weu', place: 'westeurope', region }];
  const ask = async (method: string, path: string, body?: object): Promise<[number | undefined, unknown]> => {
    const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer = await answerRegions(new Request(`http://127.0.0.1${path}`, init), regions);
    return [answer?.status, await answer?.json().catch(() => undefined)];
  };

  it('are shown and switched by the name of their origin, what is not said stays', async () => {
    const now = {
      edge: 'shop',
      origin: 'weu',
      place: 'westeurope',
      healthy: false,
      errorRate: 0.5,
      latencyMs: 20,
      gate: 'open',
    };
    expect(await ask('PUT', '/_local/regions/weu', { healthy: false, errorRate: 0.5 })).toMatchObject([200, {}]);
    expect(await ask('GET', '/_local/regions')).toEqual([200, { regions: [now] }]);
    await ask('PUT', '/_local/regions/WestEurope', { healthy: true });
    expect([region.healthStatus, region.errorRate]).toEqual([200, 0.5]);
    expect(await ask('PUT', '/_local/regions/neu', {})).toEqual([
      404,
      { message: 'no origin and no region is called so; there are westeurope, weu' },
    ]);
  });

  it.each([
    ['PUT', '/_local/regions/neu', {}, 404],
    ['PUT', '/_local/regions/weu', { errorRate: 2 }, 422],
    ['PUT', '/_local/regions/weu', { wrong: 1 }, 422],
    ['POST', '/_local/regions/weu', {}, 405],
    ['GET', '/shop', undefined, undefined],
  ])('refuse %s %s %o with %s', async (method, path, body, status) => {
    expect((await ask(method, path, body))[0]).toBe(status);
  });
});
