import { describe, expect, it } from 'vitest';

import { SeededRandom } from '../../local/time/seeded-random.ts';
import { VirtualClock } from '../../local/time/virtual-clock.ts';
import { InMemoryBlobStore } from '../../shared/adapters/in-memory/blob-store.ts';
import { InMemoryEdgeControl } from '../../shared/adapters/in-memory/edge-control.ts';
import { InMemoryRowStore } from '../../shared/adapters/in-memory/row-store.ts';
import { InMemorySignalQueue } from '../../shared/adapters/in-memory/signal-queue.ts';
import { compose } from '../../shared/composition/compose.ts';
import { openEvidence } from '../../shared/composition/evidence-opener.ts';
import type { LoadedFleet } from '../../shared/fleet/model.ts';
import type { Reflex } from '../../shared/reflex.ts';
import { readSettings } from '../../shared/settings.ts';
import { Warnings } from '../unit/adapters/evidence.ts';
import { edgeText, GROUP } from '../unit/fleet/edge-text.ts';
import { build } from '../unit/fleet/fleet-text.ts';

const MINUTE = 60_000;
const SERVICES = 'http://127.0.0.1:9';
const PROBE = { 'origin-weu': 'https://weu.contoso.com/', 'origin-neu': 'https://neu.contoso.com/' };
const QUERY = { name: 'errors', workspace: '00000000-0000-4000-8000-0000000000b1', query: 'AppRequests' };

const SOURCES = [
  'app-gateway',
  'aks-nodes',
  'aks-pods',
  'logs:errors',
  'resource-health',
  'service-health',
  'synthetic',
] as const;
type Source = (typeof SOURCES)[number];

/** As Service Health tells of it. */
const ISSUE = {
  properties: {
    ...{ eventType: 'ServiceIssue', status: 'Active' },
    impact: [{ impactedService: 'Virtual Machines', impactedRegions: [{ impactedRegion: 'West Europe' }] }],
  },
};

interface Setting {
  /** Who calls West Europe bad; everybody calls all else well. */
  readonly bad: readonly Source[];
  /** Who says nothing about West Europe. */
  readonly mute?: readonly Source[];
  readonly signals?: object;
  /** Where the app runs. */
  readonly region?: string;
  /** A service that never answers. */
  readonly hangs?: string;
}

function fleetOf(signals: object): LoadedFleet {
  const gateway = (name: string): string => `${GROUP}/Microsoft.Network/applicationGateways/${name}`;
  const evidence = {
    appGateways: { 'origin-weu': gateway('shop-weu'), 'origin-neu': gateway('shop-neu') },
    ...{ clusters: {}, resourceHealth: true, serviceHealth: {}, logs: [QUERY], synthetic: { origins: PROBE } },
  };
  const origins = { 'origin-weu': 'shop-weu', 'origin-neu': 'shop-neu' };
  const rest = { signals: { quorum: 2, external: true, ...signals }, mode: { drain: 'enforce' } };
  return build(edgeText({ origins, evidence, ...rest })).fleet!;
}

/** The composed app over the real adapters, with everybody that they ask in process. */
class Stage {
  readonly clock = new VirtualClock();
  readonly log = new Warnings();
  readonly #control = new InMemoryEdgeControl({ clock: this.clock });
  readonly #fleet: LoadedFleet;
  readonly #app: Reflex;
  readonly #setting: Setting;

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#fleet = fleetOf(setting.signals ?? {});
    const [edge] = this.#fleet.edges;
    const routing = { method: 'latency-then-weight', latencySensitivityMs: 1000, hasAffinity: false } as const;
    const origins = edge!.origins.map(({ id }) => ({ id, enabled: true, weight: 500, priority: 1 }));
    this.#control.seed(edge!.id, { routing, origins });
    const healthy = Object.fromEntries(edge!.origins.map(({ name }) => [name, { healthy: true, capacity: 500 }]));
    const quiet = (): void => undefined;
    const settings = readSettings({
      ...{ REFLEX_STORAGE: 'UseDevelopmentStorage=true', REFLEX_FLEET: 'file:none', REFLEX_METRIC_LAG_SECONDS: '0' },
      ...{ REFLEX_ARM_URL: SERVICES, REFLEX_LOGS_URL: SERVICES, REFLEX_REGION: setting.region ?? '' },
    });
    const log = { debug: quiet, info: quiet, error: quiet, warn: this.log.warn.bind(this.log) };
    this.#app = compose(settings, {
      ...{ clock: this.clock, random: new SeededRandom(3), queue: new InMemorySignalQueue(this.clock), log },
      ...{ rows: new InMemoryRowStore(), blobs: new InMemoryBlobStore() },
      fleet: () => Promise.resolve(this.#fleet),
      edgeControl: () => this.#control,
      edgeReadings: { read: () => Promise.resolve({ load: 100, origins: healthy }) },
      evidence: openEvidence(settings, { clock: this.clock, log, fetch: this.#answer }),
    });
  }

  /** So many looks, a minute apart. @returns the origins that still serve. */
  async serving(looks = 2): Promise<readonly string[]> {
    for (let look = 0; look < looks; look += 1) {
      await this.clock.run(this.#app.tickRegions());
      await this.clock.advance(MINUTE);
    }
    const { origins } = await this.#control.read(this.#fleet.edges[0]!.id);
    return origins.filter(({ enabled }) => enabled).map(({ id }) => id.split('/').at(-1)!);
  }

  readonly #answer = (request: Request): Promise<Response> => {
    const { url } = request;
    if (this.#setting.hangs !== undefined && url.includes(this.#setting.hangs)) {
      return new Promise(() => undefined);
    }
    const isWest = url.includes('weu');
    const isBad = (source: Source): boolean => isWest && this.#setting.bad.includes(source);
    const isMute = (source: Source): boolean => isWest && this.#isMute(source);
    if (url.includes('/metrics?')) {
      return Promise.resolve(this.#metric(new URL(url).searchParams.get('metricnames') ?? '', isBad, isMute));
    }
    if (url.includes('/availabilityStatuses/current')) {
      const state = isBad('resource-health') ? 'Unavailable' : 'Available';
      const availabilityState = isMute('resource-health') ? 'Unknown' : state;
      return Promise.resolve(Response.json({ properties: { availabilityState, context: 'Platform Initiated' } }));
    }
    if (url.includes('/Microsoft.ResourceHealth/events')) {
      const isHeard = this.#setting.bad.includes('service-health') && !this.#isMute('service-health');
      return Promise.resolve(Response.json({ value: isHeard ? [ISSUE] : [] }));
    }
    if (url.endsWith('/query')) {
      const columns = ['region', 'bad'].map((name) => ({ name }));
      const west = this.#isMute('logs:errors') ? [] : [['West Europe', this.#setting.bad.includes('logs:errors')]];
      return Promise.resolve(Response.json({ tables: [{ columns, rows: [...west, ['neu', false]] }] }));
    }
    return Promise.resolve(new Response('', { status: isBad('synthetic') ? 503 : isMute('synthetic') ? 429 : 200 }));
  };

  #isMute(source: Source): boolean {
    return this.#setting.mute?.includes(source) === true;
  }

  #metric(metric: string, isBad: (source: Source) => boolean, isMute: (source: Source) => boolean): Response {
    const timeStamp = new Date(this.clock.now().getTime() - MINUTE).toISOString();
    const [source, series] = metricOf(metric, isBad);
    const timeseries = series.map(([dimensions, value]) => ({
      metadatavalues: Object.entries(dimensions).map(([name, text]) => ({ name: { value: name }, value: text })),
      data: [{ timeStamp, ...(isMute(source) ? {} : { average: value, total: value }) }],
    }));
    return Response.json({ value: [{ name: { value: metric }, errorCode: 'Success', timeseries }] });
  }
}

type Series = readonly (readonly [Readonly<Record<string, string>>, number])[];

function metricOf(metric: string, isBad: (source: Source) => boolean): readonly [Source, Series] {
  const pool = { BackendSettingsPool: 'shop' };
  switch (metric) {
    case 'HealthyHostCount':
      return ['app-gateway', [[pool, isBad('app-gateway') ? 0 : 2]]];
    case 'UnhealthyHostCount':
      return ['app-gateway', [[pool, isBad('app-gateway') ? 2 : 0]]];
    case 'kube_node_status_condition':
      return [
        'aks-nodes',
        [
          [{ condition: 'Ready', status: 'true' }, isBad('aks-nodes') ? 1 : 5],
          [{ condition: 'Ready', status: 'false' }, isBad('aks-nodes') ? 4 : 0],
        ],
      ];
    case 'kube_pod_status_ready':
      return ['aks-pods', [[{ condition: 'true' }, isBad('aks-pods') ? 3 : 9]]];
    default:
      return ['aks-pods', [[{ phase: 'Running' }, 9]]];
  }
}

const BOTH = ['origin-neu', 'origin-weu'];
const OTHERS = SOURCES.filter((source) => source !== 'synthetic');
const INSIDE = OTHERS.filter((source) => source !== 'service-health');

describe('a region that an outside source and another call bad', () => {
  it.each(OTHERS)('is drained for a probe and %s', async (source) => {
    const stage = new Stage({ bad: ['synthetic', source] });
    expect(await stage.serving(1)).toEqual(['origin-neu']);
    expect(stage.log.lines).toEqual([]);
  });

  it('is drained for what Service Health and its nodes say, without any alert', async () => {
    expect(await new Stage({ bad: ['service-health', 'aks-nodes'] }).serving(1)).toEqual(['origin-neu']);
  });

  it('is drained although everybody else is silent, or hangs', async () => {
    const mute = ['app-gateway', 'aks-pods', 'logs:errors', 'resource-health'] as const;
    expect(await new Stage({ bad: ['synthetic', 'aks-nodes'], mute }).serving(1)).toEqual(['origin-neu']);

    const stage = new Stage({ bad: ['synthetic', 'aks-nodes'], hangs: 'availabilityStatuses' });
    expect(await stage.serving(1)).toEqual(['origin-neu']);
    expect(stage.log.lines.map(({ source, of }) => [source, of])).toEqual([
      ['resource-health', 'origin-neu'],
      ['resource-health', 'origin-weu'],
    ]);
  });
});

describe('a region that too few call bad', () => {
  it.each(SOURCES)('stays for %s alone', async (source) => {
    expect(await new Stage({ bad: [source] }).serving()).toEqual(BOTH);
  });

  it.each(OTHERS)('stays where %s has no data', async (source) => {
    expect(await new Stage({ bad: ['synthetic', source], mute: [source] }).serving()).toEqual(BOTH);
  });
});

describe('evidence that lives in the sick region alone', () => {
  it('drains nothing, however much of it there is', async () => {
    expect(await new Stage({ bad: INSIDE }).serving(4)).toEqual(BOTH);
    expect(await new Stage({ bad: INSIDE, mute: ['synthetic'] }).serving(4)).toEqual(BOTH);
  });

  it('is enough where the edge does not ask for a view from outside', async () => {
    const stage = new Stage({ bad: ['app-gateway', 'aks-nodes'], signals: { external: false } });
    expect(await stage.serving(1)).toEqual(['origin-neu']);
  });

  it('is what a probe sees that starts there, and no other', async () => {
    const bad = ['synthetic', 'aks-nodes'] as const;
    expect(await new Stage({ bad, region: 'West Europe' }).serving(4)).toEqual(BOTH);
    expect(await new Stage({ bad, region: 'northeurope' }).serving(1)).toEqual(['origin-neu']);
  });
});
