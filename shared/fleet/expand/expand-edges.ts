import { edgeIdsOf, originIdOf, parseOriginName, placeOrigins, twinOf, type EdgeIds } from '../check/edge-origins.ts';
import { edgePolicyOf } from './edge-policy.ts';
import { evidenceOf } from './evidence.ts';
import { compareText } from '../findings.ts';
import { manualStepsOf } from '../check/manual.ts';
import type { Entry, MergedFleet } from '../read/merge.ts';
import type { FleetCluster, FleetEdge, FleetOrigin } from '../model.ts';
import type { Edge } from '../schema.ts';
import { isSelected, regionOf } from '../selectors.ts';

/**
 * Edges with the origins whose clusters are in force, by name; an edge that is left without any is left out.
 *
 * @param merged - checked and bounded: origin names can be filled in, and every cluster of an origin has a region.
 */
export function expandEdges(
  { sections, defaults, freezes }: MergedFleet,
  clusters: readonly FleetCluster[],
): readonly FleetEdge[] {
  return [...sections.edges.values()].flatMap(({ name, value }: Entry<Edge>) => {
    const ids = edgeIdsOf(value);
    const origins = expandOrigins(value, ids, clusters);
    const policy = edgePolicyOf(value, ids.service, defaults);
    const load = value.load === undefined ? {} : { declaredLoad: value.load };
    const gates = value.gate ? { hasGates: true as const } : {};
    const frozen = freezesOf(origins, freezes, clusters);
    const evidence = value.evidence === undefined ? {} : { evidence: evidenceOf(value.evidence, origins, clusters) };
    const manual = value.manual === undefined ? {} : { manual: manualStepsOf(value.manual, origins) };
    const asked = value.data.evidence;
    const data = asked === undefined ? {} : { dataTier: { ...asked, workspace: asked.workspace.toLowerCase() } };
    const second = twinOf(value);
    const twin = second === undefined ? {} : { twin: second };
    const { priority } = value;
    return origins.length === 0
      ? []
      : [
          {
            name,
            ...ids,
            ...twin,
            priority,
            origins,
            policy,
            ...load,
            ...gates,
            ...frozen,
            ...evidence,
            ...manual,
            ...data,
          },
        ];
  });
}

/** Freezes of an edge: those of the whole fleet, and those of any cluster behind it. */
function freezesOf(
  origins: readonly FleetOrigin[],
  freezes: MergedFleet['freezes'],
  clusters: readonly FleetCluster[],
): Pick<FleetEdge, 'freezes'> {
  const behind = clusters.filter(({ name }) => origins.some(({ cluster }) => cluster === name));
  const found = freezes
    .map(({ value }) => value)
    .filter(({ select }) => select === undefined || behind.some((cluster) => isSelected(select, cluster)))
    .map(({ from, to, except }) => ({ from, to, except }))
    .toSorted((a, b) => compareText(`${a.from} ${a.to}`, `${b.from} ${b.to}`));
  return found.length === 0 ? {} : { freezes: found };
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
