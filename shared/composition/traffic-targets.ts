import { sumOf, type Burden } from '../domain/traffic/burden.ts';
import { evidenceKey, NO_EVIDENCE, heardIn, type EdgeEvidence } from '../domain/traffic/evidence.ts';
import { NotFoundError } from '../errors.ts';
import { isWithin, parseCeiling } from '../fleet/ceiling.ts';
import type { Fleet, FleetEdge } from '../fleet/model.ts';
import { Clusters } from '../pipeline/clusters/clusters.ts';
import type { Wakes } from '../pipeline/wakes.ts';
import type { EdgeControl } from '../ports/edge-control.ts';
import type { EdgeReadings } from '../ports/edge-readings.ts';
import type { GateDocuments } from '../ports/gate-documents.ts';
import type { NodePools } from '../ports/node-pools.ts';
import type { StepEvidence } from '../ports/step-evidence.ts';
import type { ReconcileDependencies } from '../reconcile/look-context.ts';
import { readSwitches } from '../reconcile/guards/switches.ts';
import type { Settings } from '../settings.ts';
import { clusterKind, clusterTarget } from '../targets/cluster/index.ts';
import { burdenKey, EDGES, edgeKind, type EdgeKind } from '../targets/edge/index.ts';

interface EdgePorts extends Pick<ReconcileDependencies, 'rows' | 'clock'> {
  readonly known: () => Promise<Fleet>;
  readonly knownEdge: (id: string) => Promise<FleetEdge | undefined>;
  readonly edgeControl: (edge: FleetEdge) => EdgeControl;
  readonly edgeReadings: EdgeReadings;
  readonly gates?: GateDocuments;
  readonly stepEvidence: StepEvidence;
}

/** The edges as the loop knows them. */
export function edgeTargets(ports: EdgePorts): EdgeKind {
  const { rows, clock, known, knownEdge, edgeControl, edgeReadings, gates, stepEvidence } = ports;
  const heard = async (id: string): Promise<EdgeEvidence> => {
    const row = await rows.get(EDGES, evidenceKey(id));
    return (row?.value as unknown as EdgeEvidence | undefined) ?? NO_EVIDENCE;
  };
  return edgeKind({
    edge: async ({ key }) => {
      const found = await knownEdge(key);
      if (found === undefined) {
        throw new NotFoundError(`the fleet names no edge ${key}`);
      }
      return found;
    },
    control: edgeControl,
    readings: edgeReadings,
    switches: async () => await readSwitches(rows),
    clock,
    evidence: stepEvidence,
    gates: ({ hasGates }) => (hasGates === true ? gates : undefined),
    burdens: async ({ id }) => {
      const { edges } = await known();
      const keys = new Set(edges.filter((edge) => edge.id !== id).map((edge) => burdenKey(edge.id)));
      const others = (await rows.list(EDGES, 'burden|')).filter(({ rowKey }) => keys.has(rowKey));
      return sumOf(others.map(({ value }) => value as unknown as Burden));
    },
    lastSeen: async ({ id }) => (await heard(id)).seen,
    heard: async ({ id }) => heardIn(await heard(id), clock.now().getTime()),
  });
}

interface ClusterPorts extends ReconcileDependencies {
  readonly known: () => Promise<Fleet>;
  readonly nodePools: NodePools;
  readonly wakes: Wakes;
}

/** The clusters behind the edges; the ceiling's resources bound which of them are written. */
export function openClusters({ ceiling }: Settings, ports: ClusterPorts): Clusters {
  const { rows, clock, nodePools, wakes } = ports;
  const { resources } = parseCeiling(ceiling).targets;
  return new Clusters({
    ...ports,
    clusters: clusterKind({
      nodePools,
      clock,
      switches: async () => await readSwitches(rows),
      isWritable: (id) => isWithin(resources, id),
    }),
    wakeCluster: async (id, inMs) => {
      await wakes.send(clusterTarget(id, EDGES), inMs, 'plan');
    },
  });
}
