import { askEach } from '../adapters/ask-each.ts';
import type { FleetEdge } from '../fleet/model.ts';
import type { Measurement } from '../pipeline/edges/edges.ts';
import { judgedVotes } from '../pipeline/edges/judge-votes.ts';
import { measurementsOf, shutGates } from '../pipeline/edges/measure.ts';
import type { Clock } from '../ports/clock.ts';
import type { EdgeReadings } from '../ports/edge-readings.ts';
import type { EvidenceSource } from '../ports/evidence-source.ts';
import type { GateDocuments } from '../ports/gate-documents.ts';
import type { Log } from '../ports/log.ts';

interface Measuring {
  readonly readings: EdgeReadings;
  readonly sources: readonly EvidenceSource[];
  readonly gates?: Pick<GateDocuments, 'read'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Region-tick comes once a minute and looks at one edge after the other. */
const SOURCE_MS = 10_000;

/**
 * Measures an edge: its own readings and every source at once. One that fails or takes longer than 10 s is logged and
 * has no votes, which is no good vote.
 */
export function measureBy({ readings, sources, gates, clock, log }: Measuring) {
  return async (edge: FleetEdge): Promise<readonly Measurement[]> => {
    const own = async (): Promise<readonly Measurement[]> => {
      const reading = await readings.read(edge.id);
      const shut = await shutGates(edge, gates);
      return reading === undefined ? [] : measurementsOf(edge, reading, { now: clock.now(), shut });
    };
    const asked = sources.map((source) => ({
      of: source.name,
      ask: async () => judgedVotes(edge, await source.measure(edge)),
    }));
    const asking = { clock, log, source: 'edge', edge: edge.id, withinMs: SOURCE_MS };
    return await askEach([{ of: 'readings', ask: own }, ...asked], asking);
  };
}
