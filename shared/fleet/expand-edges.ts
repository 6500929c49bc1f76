import { edgeIdsOf, originIdOf, parseOriginName, placeOrigins, type EdgeIds } from './edge-origins.ts';
import { edgePolicyOf } from './edge-policy.ts';
import { compareText } from './findings.ts';
import type { Entry, MergedFleet } from './merge.ts';
import type { FleetCluster, FleetEdge, FleetOrigin } from './model.ts';
import type { Edge } from './schema.ts';
import { regionOf } from './selectors.ts';

/**
 * Edges with the origins whose clusters are in force, by name; an edge that is left without any is left out.
 *
 * @param merged - checked and bounded: origin names can be filled in, and every cluster of an origin has a region.
 */
export function expandEdges(
  { sections, defaults }: MergedFleet,
  clusters: readonly FleetCluster[],
): readonly FleetEdge[] {
  return [...sections.edges.values()].flatMap(({ name, value }: Entry<Edge>) => {
    const ids = edgeIdsOf(value);
    const origins = expandOrigins(value, ids, clusters);
    const policy = edgePolicyOf(value, ids.service, defaults.mode);
    const gates = value.gate ? { hasGates: true as const } : {};
    return origins.length === 0 ? [] : [{ name, ...ids, priority: value.priority, origins, policy, ...gates }];
  });
}

function expandOrigins(edge: Edge, ids: EdgeIds, clusters: readonly FleetCluster[]): readonly FleetOrigin[] {
  return placeOrigins(edge, clusters)
    .flatMap(({ written, cluster }) => {
      const region = regionOf(cluster);
      return written === undefined || region === undefined
        ? []
        : [{ name: parseOriginName(written).name, id: originIdOf(ids, written), region, cluster: cluster.name }];
    })
    .toSorted((a, b) => compareText(a.name, b.name));
}
