import { parseResourceId } from '../../domain/azure/resource-id.ts';
import type { EdgeTwin } from '../../domain/traffic/twin.ts';
import type { FleetPath } from '../findings.ts';
import type { FleetEdge } from '../model.ts';
import type { Edge } from '../schema.ts';
import { fillIn, isSelected, type LabelledCluster } from '../selectors.ts';

/** What an edge is in Azure: ARM ids in lower case. */
export type EdgeIds = Pick<FleetEdge, 'id' | 'service' | 'profile'>;

/** One origin of an edge section and the cluster behind it. */
export interface PlacedOrigin<C extends LabelledCluster> {
  /** Where the section names it, below the edge. */
  readonly path: FleetPath;
  readonly template: string;
  /** The template with `{label}` filled in; undefined if the cluster lacks one of the labels. */
  readonly written: string | undefined;
  readonly cluster: C;
}

type Origins = Edge['origins'];
type Template = Extract<Origins, { readonly select: object }>;

/** Tells `{name, select}` from a map of origins. */
export function isTemplate(origins: Origins): origins is Template {
  return 'select' in origins && typeof origins.select === 'object';
}

/** Origin to cluster, where an edge spells it out. */
export function originMapOf(origins: Origins): Readonly<Record<string, string>> {
  return isTemplate(origins) ? {} : origins;
}

/** The origins of an edge whose clusters are among those given, in the order of the file or of the clusters. */
export function placeOrigins<C extends LabelledCluster>(
  { origins }: Pick<Edge, 'origins'>,
  clusters: readonly C[],
): readonly PlacedOrigin<C>[] {
  const place = (template: string, path: FleetPath, cluster: C): PlacedOrigin<C> => ({
    path,
    template,
    written: fillIn(template, cluster),
    cluster,
  });
  if (isTemplate(origins)) {
    return clusters
      .filter((cluster) => isSelected(origins.select, cluster))
      .map((cluster) => place(origins.name, ['origins', 'name'], cluster));
  }
  return Object.entries(originMapOf(origins)).flatMap(([template, name]) => {
    const cluster = clusters.find((each) => each.name === name);
    return cluster === undefined ? [] : [place(template, ['origins', template], cluster)];
  });
}

/** The kinds of Traffic Manager's endpoints: Azure resources, other hosts, other profiles. */
type EndpointType = 'azure' | 'external' | 'nested';

/** Reads `external:shop-weu`; an endpoint without a type is an Azure resource. */
export function parseOriginName(written: string): {
  readonly type: EndpointType;
  /** True if the type is written down. */
  readonly isTyped: boolean;
  readonly name: string;
} {
  const [, type, name = written] = /^(azure|external|nested):(.*)$/.exec(written) ?? [];
  return { type: (type as EndpointType | undefined) ?? 'azure', isTyped: type !== undefined, name };
}

/** Ids of a valid edge section: an origin group of a Front Door profile, or a Traffic Manager profile. */
export function edgeIdsOf({ frontDoor, trafficManager }: Pick<Edge, 'frontDoor' | 'trafficManager'>): EdgeIds {
  if (frontDoor === undefined) {
    const profile = parseResourceId(trafficManager?.resourceId ?? '')?.key ?? '';
    return { id: profile, profile, service: 'traffic-manager' };
  }
  const profile = parseResourceId(frontDoor.resourceId)?.key ?? '';
  return { id: `${profile}/origingroups/${frontDoor.originGroup.toLowerCase()}`, profile, service: 'front-door' };
}

/** The second group of a valid edge section and its routes; undefined without one. */
export function twinOf({ frontDoor }: Pick<Edge, 'frontDoor'>): EdgeTwin | undefined {
  const { twin, resourceId = '' } = frontDoor ?? {};
  const profile = parseResourceId(resourceId)?.key ?? '';
  return twin === undefined
    ? undefined
    : {
        originGroup: `${profile}/origingroups/${twin.originGroup.toLowerCase()}`,
        routes: twin.routes.map((written) => {
          const [endpoint = '', route = ''] = written.toLowerCase().split('/');
          return `${profile}/afdendpoints/${endpoint}/routes/${route}`;
        }),
      };
}

/** Every resource of an edge that we may write, but for its origins. */
export function writtenBy(edge: Pick<Edge, 'frontDoor' | 'trafficManager'>): readonly string[] {
  const { originGroup, routes = [] } = twinOf(edge) ?? {};
  return [edgeIdsOf(edge).id, ...(originGroup === undefined ? [] : [originGroup]), ...routes];
}

/** ARM id of an origin or endpoint, lower case. */
export function originIdOf({ id, service }: EdgeIds, written: string): string {
  const { type, name } = parseOriginName(written);
  return `${id}/${service === 'front-door' ? 'origins' : `${type}endpoints`}/${name.toLowerCase()}`;
}
