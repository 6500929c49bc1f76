import { probeVotes } from '../../domain/traffic/probe-votes.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import { SLOW_SOURCE } from '../../reactions/region-failover/index.ts';
import type { EdgeReading } from '../../ports/edge-readings.ts';
import { StorageUnavailableError } from '../../errors.ts';
import type { GateDocuments } from '../../ports/gate-documents.ts';
import type { Measurement } from './edges.ts';

/** When an edge was measured, and whose gates are shut then. */
export interface MeasuredAt {
  readonly now: Date;
  /** Names of origins. */
  readonly shut: readonly string[];
}

/**
 * An edge's own measurements as votes about its regions: only those that say something. Pure.
 *
 * Its probes ask the gates: that an origin fails them whose gate we have shut says nothing about its region.
 */
export function measurementsOf(
  edge: FleetEdge,
  reading: EdgeReading,
  { now, shut }: MeasuredAt,
): readonly Measurement[] {
  const limits = edge.policy.evidence;
  const origins = Object.fromEntries(
    Object.entries(reading.origins).map(([name, { healthy, ...rest }]) => [
      name,
      healthy === undefined || (!healthy && shut.includes(name)) ? rest : { ...rest, healthy },
    ]),
  );
  return probeVotes({ ...reading, origins }, edge.origins, { limits, at: reading.asOf ?? now.getTime() })
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

/**
 * Names of an edge's origins whose gates are shut. While nobody can tell, all of them may be: their probes count for
 * nothing then.
 */
export async function shutGates(
  { id, hasGates, origins }: FleetEdge,
  gates: Pick<GateDocuments, 'read'> | undefined,
): Promise<readonly string[]> {
  if (hasGates !== true || gates === undefined) {
    return [];
  }
  try {
    return (await gates.read(id))?.document.closed ?? [];
  } catch (error) {
    if (error instanceof StorageUnavailableError) {
      return origins.map(({ name }) => name);
    }
    throw error;
  }
}
