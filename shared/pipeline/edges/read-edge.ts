import type { EdgeEvidence } from '../../domain/traffic/evidence.ts';
import type { Measurement } from '../../domain/traffic/judge.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import type { EdgeState } from '../../ports/edge-control.ts';
import type { FailoverFacts } from '../../reactions/region-failover/index.ts';
import { edgeTarget, type ObservedEdge } from '../../targets/edge/index.ts';
import { troubleOf, type EdgeTools, type Trouble } from './look.ts';

/** An edge as it is, or as the fleet knows it while it cannot be read. */
export interface ReadEdge {
  /** Absent while the control plane does not answer. */
  readonly seen?: ObservedEdge;
  /** Why it does not. */
  readonly trouble?: Trouble;
  readonly unusable?: NonNullable<FailoverFacts['unusable']>;
  readonly origins: readonly Origin[];
  readonly measured: Readonly<Record<string, Measurement>>;
}

/** Gates work on, so a look at the edge does not fail: people hear of it all the same. */
const BLIND: Trouble = { reason: 'control-plane-unavailable', isPassing: true };

/**
 * Reads an edge before a decision: what is said of it is kept, whether it can be read or not.
 *
 * @param evidence - what origins were called when they were last read.
 */
export async function readEdge(
  edge: FleetEdge,
  evidence: EdgeEvidence,
  { edges, clock }: EdgeTools,
): Promise<ReadEdge> {
  try {
    const situation = { acting: [], leaving: [], fields: [], journal: [], others: { intents: [], fields: [] } };
    const seen = await edges.observe(edgeTarget(edge), { ...situation, isUndoing: false, now: clock.now() });
    const known = new Set(edge.origins.map(({ id }) => id));
    const missing = edge.origins.filter(({ id }) => !seen.origins.some((origin) => origin.id === id));
    const readings = Object.entries(seen.measured?.readings ?? {});
    return {
      ...(seen.isBlind ? { trouble: BLIND } : { seen }),
      ...(missing.length === 0 ? {} : { unusable: { decision: 'refuse', reason: 'config-error:origin-not-found' } }),
      origins: [...seen.origins.filter(({ id }) => known.has(id)), ...missing.map(unseen)],
      measured: Object.fromEntries(
        readings.map(([name, { errorRate, p95Ms }]) => [name, measurementOf(errorRate, p95Ms)]),
      ),
    };
  } catch (error) {
    const trouble = troubleOf(error);
    if (trouble === undefined) {
      throw error;
    }
    const { reason, isPassing } = trouble;
    const decision = reason.startsWith('config-error') ? 'refuse' : 'escalate';
    return {
      trouble,
      origins: edge.origins.map((origin) => ({ ...unseen(origin), ...lastNamesOf(origin.id, evidence) })),
      measured: {},
      ...(isPassing ? {} : { unusable: { decision, reason } }),
    };
  }
}

/** What the control plane said, for the time when it does not answer. */
export function stateOf({ origins, routing }: ObservedEdge): EdgeState {
  return {
    origins: origins.map(({ id, enabled, weight, priority, hosts, hostHeaders }) => {
      return { id, enabled, weight, priority, terminal: true, ...namesOf({ hosts, hostHeaders }) };
    }),
    routing,
  };
}

function lastNamesOf(id: string, { seen }: EdgeEvidence): Names {
  return namesOf(seen?.origins.find((origin) => origin.id === id) ?? {});
}

type Names = Pick<Origin, 'hosts' | 'hostHeaders'>;

function namesOf({ hosts, hostHeaders }: { [Name in keyof Names]: Names[Name] | undefined }): Names {
  return { ...(hosts === undefined ? {} : { hosts }), ...(hostHeaders === undefined ? {} : { hostHeaders }) };
}

function unseen({ id, name, region }: FleetEdge['origins'][number]): Origin {
  return { id, name, region, enabled: true, healthy: undefined, priority: 1, weight: 1 };
}

function measurementOf(errorRate: number | undefined, p95Ms: number | undefined): Measurement {
  return { ...(errorRate === undefined ? {} : { errorRate }), ...(p95Ms === undefined ? {} : { p95Ms }) };
}
