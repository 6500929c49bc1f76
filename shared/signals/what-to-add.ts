import type { ResourceId } from '../domain/azure/resource-id.ts';

/** Where a fleet file names resources of a type; types below it too. */
const SECTIONS: readonly (readonly [string, string])[] = [
  ['microsoft.containerservice/managedclusters', 'under `clusters`'],
  ['microsoft.containerregistry/registries', 'under `registries`'],
  ['microsoft.keyvault/vaults', 'under `keyVaults`'],
  ['microsoft.cdn/profiles', 'in an edge (`frontDoor`)'],
  ['microsoft.network/trafficmanagerprofiles', 'in an edge (`trafficManager`)'],
  ['microsoft.network/applicationgateways', 'in `evidence.appGateways` of the edge that it serves'],
];

const ELSE = 'in `evidence.alertResources` of the edge that its alerts are about';

/** What to write into a fleet file so that alerts on a resource count; undefined for what is no resource. */
export function whatToAdd({ key, type }: ResourceId): string | undefined {
  if (type === undefined) {
    return undefined;
  }
  const [, place = ELSE] = SECTIONS.find(([above]) => `${type}/`.startsWith(`${above}/`)) ?? [];
  return `name ${key} ${place}`;
}
