import { stringify } from 'yaml';

export const SUBSCRIPTION = '/subscriptions/00000000-0000-4000-8000-000000000001';
export const GROUP = `${SUBSCRIPTION}/resourceGroups/shop/providers`;
export const FRONT_DOOR = { resourceId: `${GROUP}/Microsoft.Cdn/profiles/Shop`, originGroup: 'Apps' };
export const TRAFFIC_MANAGER = { resourceId: `${GROUP}/Microsoft.Network/trafficManagerProfiles/Shop` };

/** Three clusters; the last has no region and is in no environment. */
export const CLUSTERS = {
  'shop-weu': cluster('shop-weu', { environment: 'production', region: 'West-Europe' }, 'West-Europe'),
  'shop-neu': cluster('shop-neu', { environment: 'production', region: 'northeurope' }, 'NEU'),
  'shop-lab': cluster('shop-lab', {}),
};

/** A cluster's entry; `site` is what its origins are called by. */
export function cluster(name: string, labels: Readonly<Record<string, string>>, site?: string): object {
  const sites = site === undefined ? {} : { labels: { site } };
  return { resourceId: `${GROUP}/Microsoft.ContainerService/managedClusters/${name}`, ...labels, ...sites };
}

/** A fleet file with the edge `shop`; by default two origins of a Front Door profile. */
export function edgeText(edge: object = {}, more: object = {}): string {
  const origins = { name: 'origin-{site}', select: { environment: 'production' } };
  const service = 'trafficManager' in edge ? {} : { frontDoor: FRONT_DOOR };
  const edges = { shop: { ...service, origins, ...edge } };
  return stringify({ version: 1, fleet: 'shop', clusters: CLUSTERS, edges, ...more });
}
