import { ALL_ORIGINS, type EvidenceSettings } from '../../domain/traffic/evidence-settings.ts';
import { parseResourceId } from '../../domain/azure/resource-id.ts';
import type { FleetCluster, FleetOrigin } from '../model.ts';
import { durationMs, percentNumber } from '../schema/scalars.ts';
import type { Edge } from '../schema.ts';

type Evidence = NonNullable<Edge['evidence']>;

/** What a cluster cannot do without, as Service Health writes it. */
const SERVICES = [
  'Azure Kubernetes Service (AKS)',
  'Network Infrastructure',
  'Virtual Machine Scale Sets',
  'Virtual Machines',
];

/**
 * The sources of an edge as they are asked: ARM ids in lower case, times in milliseconds, shares from 0 to 1, and only
 * origins that are in force, by their names.
 */
export function evidenceOf(
  evidence: Evidence,
  origins: readonly FleetOrigin[],
  clusters: readonly FleetCluster[],
): EvidenceSettings {
  const { appGateways, logs, resourceHealth, serviceHealth, synthetic } = evidence;
  const clusterIds = origins.flatMap(({ name, cluster }) => {
    const id = clusters.find((each) => each.name === cluster)?.resourceId.key;
    return id === undefined ? [] : [[name, id] as const];
  });
  const gateways = Object.entries(byOrigin(appGateways ?? {}, origins)).flatMap(([name, id]) => {
    const key = parseResourceId(id)?.key;
    return key === undefined ? [] : [[name, key] as const];
  });
  const alertResources = subjectsOf(evidence.alertResources ?? {}, origins);
  return {
    ...(Object.keys(alertResources).length === 0 ? {} : { alertResources }),
    clusterIds: Object.fromEntries(clusterIds),
    ...(gateways.length === 0 ? {} : { appGateways: Object.fromEntries(gateways) }),
    ...(evidence.clusters === undefined ? {} : { clusters: sharesOf(evidence.clusters) }),
    ...(logs === undefined ? {} : { logs: logs.map(logOf) }),
    ...(resourceHealth ? { resourceHealth } : {}),
    ...(serviceHealth === undefined
      ? {}
      : { serviceHealth: { services: (serviceHealth.services ?? SERVICES).map((name) => name.toLowerCase()) } }),
    ...(synthetic === undefined ? {} : { synthetic: syntheticOf(synthetic, origins) }),
  };
}

/** What alerts on resources are about, by ARM id in lower case; without origins that are not in force. */
function subjectsOf(
  written: NonNullable<Evidence['alertResources']>,
  origins: readonly FleetOrigin[],
): Readonly<Record<string, string>> {
  const subjects = new Map(origins.map(({ name }) => [name.toLowerCase(), name]));
  subjects.set(ALL_ORIGINS, ALL_ORIGINS);
  return Object.fromEntries(
    Object.entries(written).flatMap(([id, named]) => {
      const key = parseResourceId(id)?.key;
      const subject = subjects.get(named.toLowerCase());
      return key === undefined || subject === undefined ? [] : [[key, subject] as const];
    }),
  );
}

/** A map from origins with the names that the origins have, whatever its case; others are not in it. */
function byOrigin(
  map: Readonly<Record<string, string>>,
  origins: readonly FleetOrigin[],
): Readonly<Record<string, string>> {
  const wanted = new Map(Object.entries(map).map(([name, value]) => [name.toLowerCase(), value]));
  return Object.fromEntries(
    origins.flatMap(({ name }) => {
      const value = wanted.get(name.toLowerCase());
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

function sharesOf({ minReadyNodes, minReadyPods }: NonNullable<Evidence['clusters']>) {
  return { minReadyNodes: percentNumber(minReadyNodes) / 100, minReadyPods: percentNumber(minReadyPods) / 100 };
}

function logOf({ name, workspace, query, every }: NonNullable<Evidence['logs']>[number]) {
  return {
    name,
    workspace: workspace.toLowerCase(),
    query,
    ...(every === undefined ? {} : { everyMs: durationMs(every) }),
  };
}

function syntheticOf({ url, timeout, ...rest }: NonNullable<Evidence['synthetic']>, origins: readonly FleetOrigin[]) {
  return {
    ...(url === undefined ? {} : { url }),
    origins: byOrigin(rest.origins, origins),
    timeoutMs: durationMs(timeout),
  };
}
