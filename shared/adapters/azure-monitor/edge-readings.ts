import { COUNTED_MINUTES } from '../../domain/traffic/effect.ts';
import type { EvidencePolicy } from '../../domain/traffic/policy.ts';
import { NotFoundError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EdgeReading, EdgeReadings, OriginReading } from '../../ports/edge-readings.ts';
import { inParallel } from '../in-parallel.ts';
import { ArmReader, type ArmReaderOptions } from '../arm-reader.ts';
import { countDnsAnswers } from './dns-answers.ts';
import { known } from './known.ts';
import { meanLatencies } from './latencies.ts';
import { MINUTE_MS, readMetric, wholeMinutes, type MetricSeries, type Span } from './metrics.ts';
import { readServingNodes } from './node-pools.ts';
import { readOriginLabels } from './origin-labels.ts';
import { countRequests, type Requests } from './requests.ts';

/** As much of a fleet as its readings need; a whole one will do. Ids in lower case. */
export interface MeasuredFleet {
  readonly edges: readonly MeasuredEdge[];
  readonly clusters: readonly {
    readonly name: string;
    readonly resourceId: { readonly key: string };
    readonly capacityPerNode?: number;
  }[];
}

interface MeasuredEdge {
  readonly id: string;
  readonly service: 'front-door' | 'traffic-manager';
  readonly profile: string;
  /** A second origin group with the same origins: whichever of the two serves is probed. */
  readonly twin?: { readonly originGroup: string };
  readonly origins: readonly { readonly name: string; readonly id: string; readonly cluster: string }[];
  /** Latencies are read where something is held to them. */
  readonly policy?: { readonly evidence: Pick<EvidencePolicy, 'latencyFactor' | 'latencyMaxMs'> };
}

export interface AzureMonitorOptions extends ArmReaderOptions {
  readonly clock: Clock;
  readonly fleet: () => Promise<MeasuredFleet>;
  /**
   * Requests a second of a Traffic Manager profile, in all. It answers names and never sees a request: from its own
   * metrics no load can be told, and without one there is no reading.
   */
  readonly requestRate?: (edge: string) => Promise<number | undefined>;
  /** How late values may come, in milliseconds; what is younger is not asked for. */
  readonly lagMs?: number;
}

/** Front Door's metrics come up to 3 minutes late: https://learn.microsoft.com/azure/frontdoor/monitor-front-door */
const LAG_MS = 3 * MINUTE_MS;
/** Probes are those of the newest minutes alone; together with the lag they are as old as may be. */
const HEALTH_MINUTES = 2;
/** Each of many probing places reports on its own: an origin that most of them reach is well. */
const HEALTHY_PERCENT = 50;
const PARALLEL_CLUSTERS = 8;

type Healthy = ReadonlyMap<string, boolean>;

/**
 * EdgeReadings from Azure Monitor's metrics of a profile and from the node pools of the clusters behind it, with the
 * metrics of clusters that an autoscaler gives nodes.
 *
 * Absent data stays absent: an origin without traffic has no error rate, one that is not probed has no health, one whose
 * node pools cannot be read has no capacity. Percentiles are not to be had: `OriginLatency` is an average, and is asked for
 * only where the edge's policy holds somebody to it.
 */
export class AzureMonitorEdgeReadings implements EdgeReadings {
  readonly #options: AzureMonitorOptions;
  readonly #arm: ArmReader;

  constructor(options: AzureMonitorOptions) {
    this.#options = options;
    this.#arm = new ArmReader(options);
  }

  async read(edge: string): Promise<EdgeReading | undefined> {
    const fleet = await this.#options.fleet();
    const measured = fleet.edges.find(({ id }) => id === edge.toLowerCase());
    if (measured === undefined) {
      throw new NotFoundError(`${edge} is no edge of the fleet`);
    }
    return measured.service === 'front-door'
      ? await this.#readFrontDoor(measured, fleet)
      : await this.#readTrafficManager(measured, fleet);
  }

  async #readFrontDoor(edge: MeasuredEdge, fleet: MeasuredFleet): Promise<EdgeReading | undefined> {
    const { id, profile, twin } = edge;
    const window = this.#window();
    const counted = { metric: 'OriginRequestCount', aggregation: 'total', span: window } as const;
    const probed = { metric: 'OriginHealthPercentage', aggregation: 'average', span: newest(window) } as const;
    const timed = { metric: 'OriginLatency', aggregation: 'average', span: window } as const;
    const [labels, counts, probes, times, capacity] = await Promise.all([
      readOriginLabels(this.#arm, id),
      readMetric(this.#arm, profile, { ...counted, dimensions: ['Origin', 'HttpStatusGroup'] }),
      readMetric(this.#arm, profile, { ...probed, dimensions: ['Origin', 'OriginGroup'] }),
      isHeldToLatency(edge) ? known(readMetric(this.#arm, profile, { ...timed, dimensions: ['Origin'] })) : undefined,
      this.#capacity(edge, fleet),
    ]);
    const requests = countRequests(counts ?? [], labels);
    if (requests === undefined) {
      return undefined;
    }
    const groups = [id, ...(twin === undefined ? [] : [twin.originGroup])].map((group) => group.split('/').at(-1));
    const ofGroup = probes?.filter(({ dimensions }) => groups.includes(dimensions.get('origingroup'))) ?? [];
    const idOf = ({ dimensions }: MetricSeries) => onlyOne(labels.get(dimensions.get('origin') ?? ''));
    const healthy = healthOf(ofGroup, idOf, HEALTHY_PERCENT);
    const { load, total, failed } = requests;
    const latencies = meanLatencies(times ?? [], labels, requests.counts);
    return {
      asOf: window.to,
      since: window.from,
      load,
      origins: originsOf(edge, { healthy, capacity, requests: requests.byOrigin, latencies }),
      ...(total === 0 ? {} : { served: { requests: total, errorRate: failed / total } }),
    };
  }

  async #readTrafficManager(edge: MeasuredEdge, fleet: MeasuredFleet): Promise<EdgeReading | undefined> {
    const load = await this.#options.requestRate?.(edge.id);
    if (load === undefined) {
      return undefined;
    }
    const window = this.#window();
    const dimensions = ['EndpointName'];
    const probed = {
      metric: 'ProbeAgentCurrentEndpointStateByProfileResourceId',
      aggregation: 'maximum',
      span: newest(window),
    } as const;
    const named = { metric: 'QpsByEndpoint', aggregation: 'total', span: window } as const;
    const [states, answers, capacity] = await Promise.all([
      readMetric(this.#arm, edge.id, { ...probed, dimensions }),
      known(readMetric(this.#arm, edge.id, { ...named, dimensions })),
      this.#capacity(edge, fleet),
    ]);
    const byName = new Map(edge.origins.map(({ id }) => [id.split('/').at(-1) ?? '', id]));
    const idOf = ({ dimensions }: MetricSeries) => byName.get(dimensions.get('endpointname') ?? '');
    // 1 is up, 0 is down.
    const healthy = healthOf(states ?? [], idOf, HEALTHY_PERCENT / 100);
    const counted = countDnsAnswers(answers ?? [], window);
    // Endpoints that only Azure knows are named as well: without them the others' shares would be too large.
    const byOrigin = [...(counted?.byEndpoint ?? [])].map(
      ([name, perMinute]) => [byName.get(name) ?? name, perMinute] as const,
    );
    return {
      asOf: window.to,
      load,
      origins: originsOf(edge, { healthy, capacity, dnsAnswers: new Map(byOrigin) }),
      ...(counted === undefined ? {} : { dnsAnswers: { count: counted.count, since: counted.since } }),
    };
  }

  #window(): Span {
    const { clock, lagMs = LAG_MS } = this.#options;
    return wholeMinutes(clock.now(), { lagMs, count: COUNTED_MINUTES });
  }

  /** Requests a second by id of the origin. Origins of one cluster share it in equal parts. */
  async #capacity({ origins }: MeasuredEdge, { clusters }: MeasuredFleet): Promise<ReadonlyMap<string, number>> {
    const declared = clusters.flatMap(({ name, resourceId, capacityPerNode }) => {
      const ids = origins.filter(({ cluster }) => cluster === name).map(({ id }) => id);
      return capacityPerNode === undefined || ids.length === 0 ? [] : [{ ids, resourceId, capacityPerNode }];
    });
    const span = newest(this.#window());
    const read = await inParallel(declared, PARALLEL_CLUSTERS, async ({ ids, resourceId, capacityPerNode }) => {
      const nodes = await readServingNodes(this.#arm, resourceId.key, span);
      return nodes === undefined ? [] : ids.map((id) => [id, (nodes * capacityPerNode) / ids.length] as const);
    });
    return new Map(read.flat());
  }
}

function isHeldToLatency({ policy }: MeasuredEdge): boolean {
  const { latencyFactor, latencyMaxMs } = policy?.evidence ?? {};
  return latencyFactor !== undefined || latencyMaxMs !== undefined;
}

function newest({ to }: Span): Span {
  return { from: to - HEALTH_MINUTES * MINUTE_MS, to };
}

function onlyOne([id, other]: readonly string[] = []): string | undefined {
  return other === undefined ? id : undefined;
}

/** By id of the origin; one without any value is not there. */
function healthOf(
  series: readonly MetricSeries[],
  idOf: (one: MetricSeries) => string | undefined,
  threshold: number,
): Healthy {
  const values = Map.groupBy(
    series.flatMap((one) => [...one.values.values()].map((value) => ({ id: idOf(one), value }))),
    ({ id }) => id,
  );
  return new Map(
    [...values].flatMap(([id, all]) => {
      const mean = all.reduce((sum, { value }) => sum + value, 0) / all.length;
      return id === undefined ? [] : [[id, mean >= threshold] as const];
    }),
  );
}

interface Found {
  readonly healthy: Healthy;
  readonly capacity: ReadonlyMap<string, number>;
  readonly requests?: Requests['byOrigin'];
  readonly latencies?: ReadonlyMap<string, number>;
  /** A minute. */
  readonly dnsAnswers?: ReadonlyMap<string, number>;
}

/** The fleet's name of an origin; the last part of the id for those that only Azure knows. */
function originsOf(
  { origins }: MeasuredEdge,
  { healthy, capacity, requests, latencies, dnsAnswers }: Found,
): EdgeReading['origins'] {
  const ids = new Set([
    ...origins.map(({ id }) => id),
    ...healthy.keys(),
    ...(requests?.keys() ?? []),
    ...(dnsAnswers?.keys() ?? []),
  ]);
  return Object.fromEntries(
    [...ids].map((id): [string, OriginReading] => {
      const name = origins.find((origin) => origin.id === id)?.name ?? id.split('/').at(-1) ?? '';
      const [isHealthy, carries, served] = [healthy.get(id), capacity.get(id), requests?.get(id)];
      const [averageMs, dnsAnswersPerMinute] = [latencies?.get(id), dnsAnswers?.get(id)];
      return [
        name,
        {
          ...(isHealthy === undefined ? {} : { healthy: isHealthy }),
          ...(carries === undefined ? {} : { capacity: carries }),
          ...(served === undefined ? {} : { requestsPerMinute: served.perMinute }),
          ...(served?.errorRate === undefined ? {} : { errorRate: served.errorRate }),
          ...(averageMs === undefined ? {} : { averageMs }),
          ...(dnsAnswersPerMinute === undefined ? {} : { dnsAnswersPerMinute }),
        },
      ];
    }),
  );
}
