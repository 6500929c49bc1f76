import { settingOf } from '../../domain/traffic/evidence-settings.ts';
import type { EdgeVote, EvidenceSource, WatchedEdge, WatchedOrigin } from '../../ports/evidence-source.ts';
import { ArmReader } from '../arm-reader.ts';
import { askEach } from '../ask-each.ts';
import { MINUTE_MS, newestFull, readMetric, wholeMinutes, type MetricSeries, type Span } from './metrics.ts';
import { countAt, readNodes } from './node-conditions.ts';
import { VOTE_MINUTES, type MetricsSourceOptions } from './source-options.ts';

type Source = 'aks-nodes' | 'aks-pods';

/** A share of what should be ready, 0 to 1, and the start of the minute that it is of. */
export interface ReadyShare {
  readonly share: number;
  readonly minute: number;
}

interface Asked {
  readonly source: Source;
  readonly cluster: string;
  /** Least share that is well, 0 to 1. */
  readonly least: number;
}

/**
 * What AKS's own metrics say of an origin's cluster: two votes, by the share of ready nodes and by that of ready pods.
 * They are taken in the cluster, so they never are outside evidence.
 *
 * https://learn.microsoft.com/azure/aks/monitor-aks-reference#metrics
 */
export class ClusterHealthEvidence implements EvidenceSource {
  readonly name = 'aks';
  readonly #options: MetricsSourceOptions;
  readonly #arm: ArmReader;

  constructor(options: MetricsSourceOptions) {
    this.#options = options;
    this.#arm = new ArmReader(options);
  }

  async measure({ id, origins, evidence }: WatchedEdge): Promise<readonly EdgeVote[]> {
    const { clusters, clusterIds } = evidence ?? {};
    if (clusters === undefined) {
      return [];
    }
    const questions = origins.flatMap((origin) => {
      const cluster = settingOf(clusterIds, origin.name);
      const asked = (source: Source, least: number) => ({
        of: `${origin.name} ${source}`,
        ask: async () => [await this.#vote(origin, { source, cluster: cluster ?? '', least })],
      });
      return cluster === undefined
        ? []
        : [asked('aks-nodes', clusters.minReadyNodes), asked('aks-pods', clusters.minReadyPods)];
    });
    return await askEach(questions, { ...this.#options, source: this.name, edge: id });
  }

  async #vote({ name: region, region: takenIn }: WatchedOrigin, { source, cluster, least }: Asked): Promise<EdgeVote> {
    const ready = source === 'aks-nodes' ? await this.#nodes(cluster) : await this.#pods(cluster);
    const common = { source, region, takenIn };
    return ready === undefined
      ? { ...common, at: this.#options.clock.now().getTime(), hasNoData: true }
      : { ...common, at: ready.minute + MINUTE_MS, isBad: ready.share < least, hasNoData: false };
  }

  async #nodes(cluster: string): Promise<ReadyShare | undefined> {
    const told = await readNodes(this.#arm, cluster, this.#span());
    return told === undefined ? undefined : shareAt(told.minute, told.ready, told.all);
  }

  async #pods(cluster: string): Promise<ReadyShare | undefined> {
    const [ready, phases] = await Promise.all([
      this.#read(cluster, 'kube_pod_status_ready', ['condition']),
      this.#read(cluster, 'kube_pod_status_phase', ['phase']),
    ]);
    return readyPods(ready, phases);
  }

  async #read(cluster: string, metric: string, dimensions: readonly string[]): Promise<readonly MetricSeries[]> {
    const question = { metric, aggregation: 'total', dimensions, span: this.#span() } as const;
    return (await readMetric(this.#arm, cluster, question)) ?? [];
  }

  #span(): Span {
    const { clock, lagMs } = this.#options;
    return wholeMinutes(clock.now(), { lagMs, count: VOTE_MINUTES });
  }
}

/** Phases of pods that should serve: a finished job's pod is not ready either, and is well. */
const SHOULD_SERVE = ['running', 'pending', 'unknown'];

/** Share of the pods that are ready, of those that should serve; undefined without data. Pure. */
export function readyPods(
  conditions: readonly MetricSeries[],
  phases: readonly MetricSeries[],
): ReadyShare | undefined {
  const minute = newestFull([...conditions, ...phases]);
  const isTold = [conditions, phases].every((series) => series.some(({ values }) => values.size > 0));
  return minute === undefined || !isTold
    ? undefined
    : shareAt(
        minute,
        countAt(conditions, minute, 'condition', ['true']),
        countAt(phases, minute, 'phase', SHOULD_SERVE),
      );
}

/** Nothing of nothing is no share. */
function shareAt(minute: number, ready: number, all: number): ReadyShare | undefined {
  return all > 0 ? { share: Math.min(1, ready / all), minute } : undefined;
}
