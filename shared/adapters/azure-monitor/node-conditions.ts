import type { ArmReader } from '../arm-reader.ts';
import { newestFull, readMetric, type MetricSeries, type Span } from './metrics.ts';

/** Nodes whose condition `Ready` was told, of one minute. */
export interface NodesTold {
  readonly ready: number;
  readonly all: number;
  /** Start of the minute that they are of. */
  readonly minute: number;
}

/**
 * Nodes of a cluster by its own platform metric: who has registered, and who of them is ready. Nodes that were ordered
 * and have not come are not among them.
 *
 * https://learn.microsoft.com/azure/aks/monitor-aks-reference#metrics
 *
 * @param cluster - ARM id.
 * @returns undefined without data.
 * @throws NotFoundError, RateLimitedError, UpstreamError.
 */
export async function readNodes(arm: ArmReader, cluster: string, span: Span): Promise<NodesTold | undefined> {
  const question = { metric: 'kube_node_status_condition', aggregation: 'total', span } as const;
  return nodesTold((await readMetric(arm, cluster, { ...question, dimensions: ['condition', 'status'] })) ?? []);
}

/** Of the newest minute that came whole. Pure. */
function nodesTold(conditions: readonly MetricSeries[]): NodesTold | undefined {
  const told = conditions.filter(({ dimensions }) => dimensions.get('condition') === 'ready');
  const minute = newestFull(told);
  return minute === undefined
    ? undefined
    : { ready: countAt(told, minute, 'status', ['true']), all: countAt(told, minute), minute };
}

/** Sum of a minute's values, of those series whose dimension is one of what is wanted. Pure. */
export function countAt(
  series: readonly MetricSeries[],
  minute: number,
  dimension = '',
  wanted?: readonly string[],
): number {
  return series
    .filter(({ dimensions }) => wanted?.includes(dimensions.get(dimension) ?? '') ?? true)
    .reduce((sum, { values }) => sum + (values.get(minute) ?? 0), 0);
}
