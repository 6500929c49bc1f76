import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import type { EvidenceSettings } from '../../../shared/domain/traffic/evidence-settings.ts';
import type { WatchedEdge } from '../../../shared/ports/evidence-source.ts';
import type { Log, LogFields } from '../../../shared/ports/log.ts';

export const MINUTE = 60_000;
const SCOPE = '/subscriptions/11111111-2222-4333-8444-555555555555/resourcegroups/shop/providers';
export const CLUSTER = `${SCOPE}/microsoft.containerservice/managedclusters`;
export const GATEWAY = `${SCOPE}/microsoft.network/applicationgateways`;

/** Two origins in two regions, and what they are asked by. */
export function watched(evidence?: Partial<EvidenceSettings>): WatchedEdge {
  const origins = [
    { name: 'weu', region: 'westeurope' },
    { name: 'neu', region: 'northeurope' },
  ];
  const clusterIds = { weu: `${CLUSTER}/weu`, neu: `${CLUSTER}/neu` };
  return { id: '/edge', origins, ...(evidence === undefined ? {} : { evidence: { clusterIds, ...evidence } }) };
}

export class Warnings implements Log {
  readonly lines: LogFields[] = [];

  debug(): void {
    throw new Error('nothing to debug');
  }

  info(): void {
    throw new Error('nothing to say');
  }

  warn(_: string, fields: LogFields = {}): void {
    this.lines.push(fields);
  }

  error(): void {
    throw new Error('nothing is an error');
  }
}

/** Values of one series by minutes before now, and the values of its dimensions. */
export interface Scripted {
  readonly dimensions: Readonly<Record<string, string>>;
  /** Minutes ago at its start -> value; null: a point without a value. */
  readonly points: Readonly<Record<number, number | null>>;
}

/** By name of the resource, then by metric. */
export type Metrics = Readonly<Record<string, Readonly<Record<string, readonly Scripted[] | Response>>>>;

/** Azure Monitor's metrics API as the wire has it (names of its own, localized values), and who was asked for what. */
export function scriptedArm(metrics: Metrics) {
  const clock = new VirtualClock();
  const log = new Warnings();
  const asked: URL[] = [];
  const fetch = (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    asked.push(url);
    const [, name = ''] = /\/([^/]+)\/providers\/Microsoft.Insights\/metrics$/.exec(url.pathname) ?? [];
    const metric = url.searchParams.get('metricnames') ?? '';
    const series = metrics[name]?.[metric] ?? [];
    return Promise.resolve(series instanceof Response ? series : metricAnswer(metric, series, { url, clock }));
  };
  const options = { clock, log, fetch, armToken: () => Promise.resolve('token'), lagMs: 0 };
  return { clock, log, asked, options };
}

interface Asked {
  readonly url: URL;
  readonly clock: VirtualClock;
}

function metricAnswer(metric: string, series: readonly Scripted[], { url, clock }: Asked): Response {
  const aggregation = (url.searchParams.get('aggregation') ?? '').toLowerCase();
  const at = (ago: string): string => new Date(clock.now().getTime() - Number(ago) * MINUTE).toISOString();
  return Response.json({
    cost: 1,
    timespan: url.searchParams.get('timespan'),
    interval: 'PT1M',
    value: [
      {
        name: { value: metric, localizedValue: `Some ${metric}` },
        unit: 'Count',
        errorCode: 'Success',
        timeseries: series.map(({ dimensions, points }) => ({
          metadatavalues: Object.entries(dimensions).map(([name, value]) => ({
            name: { value: name.toLowerCase(), localizedValue: name },
            value,
          })),
          data: Object.entries(points).map(([ago, value]) => ({
            timeStamp: at(ago),
            ...(value === null ? {} : { [aggregation]: value }),
          })),
        })),
      },
    ],
  });
}
