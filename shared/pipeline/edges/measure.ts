import { probeVotes } from '../../domain/traffic/probe-votes.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import { SLOW_SOURCE } from '../../reactions/region-failover/index.ts';
import type { EdgeReading } from '../../ports/edge-readings.ts';
import type { Measurement } from './edges.ts';

/** An edge's own measurements as votes about its regions: only those that say something. Pure. */
export function measurementsOf(edge: FleetEdge, reading: EdgeReading, now: Date): readonly Measurement[] {
  const limits = edge.policy.evidence;
  return probeVotes(reading, edge.origins, { limits, at: reading.asOf ?? now.getTime() })
    .filter(({ isBad }) => isBad !== undefined)
    .map(({ source, region, isBad = false, at, errorRate, p95Ms }) => ({
      kind: 'measurement',
      source,
      region,
      at,
      isBad,
      hasNoData: false,
      ...(isBad && source === SLOW_SOURCE ? { isSlow: true } : {}),
      ...(errorRate === undefined ? {} : { errorRate }),
      ...(p95Ms === undefined ? {} : { p95Ms }),
    }));
}
