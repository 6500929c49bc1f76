import type { JsonObject } from '../../shared/domain/json.ts';
import { isAgentPool, poolRefusal } from './agent-pools.ts';
import type { ArmResource } from './arm-state.ts';

/** Defaults that the services give to what is not said. */
const DEFAULTS: Readonly<Record<string, JsonObject>> = {
  'microsoft.cdn/profiles/origingroups': {
    loadBalancingSettings: { sampleSize: 4, successfulSamplesRequired: 3, additionalLatencyInMilliseconds: 50 },
    sessionAffinityState: 'Disabled',
    provisioningState: 'Succeeded',
    deploymentStatus: 'NotStarted',
  },
  'microsoft.cdn/profiles/origingroups/origins': {
    priority: 1,
    weight: 50,
    enabledState: 'Enabled',
    provisioningState: 'Succeeded',
    deploymentStatus: 'NotStarted',
  },
  'microsoft.cdn/profiles/afdendpoints': {
    enabledState: 'Enabled',
    provisioningState: 'Succeeded',
    deploymentStatus: 'NotStarted',
  },
  'microsoft.cdn/profiles/afdendpoints/routes': {
    patternsToMatch: ['/*'],
    supportedProtocols: ['Http', 'Https'],
    httpsRedirect: 'Enabled',
    linkToDefaultDomain: 'Enabled',
    enabledState: 'Enabled',
    provisioningState: 'Succeeded',
    deploymentStatus: 'NotStarted',
  },
  'microsoft.network/trafficmanagerprofiles': {
    profileStatus: 'Enabled',
    trafficRoutingMethod: 'Weighted',
    dnsConfig: { ttl: 30 },
  },
};

const ENDPOINT = { endpointStatus: 'Enabled', endpointMonitorStatus: 'Online', weight: 1, priority: 1 };

/** The type in an ARM id: `Microsoft.Cdn/profiles/originGroups/origins`. */
export function typeOf(id: string): string {
  const [, rest = ''] = /\/providers\/(.+)$/i.exec(id) ?? [];
  const [namespace = '', ...segments] = rest.split('/');
  return [namespace, ...segments.filter((_, index) => index % 2 === 0)].join('/');
}

/** Properties of a new resource, with the service's defaults. */
export function withDefaults(id: string, properties: JsonObject): JsonObject {
  const type = typeOf(id).toLowerCase();
  const defaults = /trafficmanagerprofiles\/\w+endpoints$/.test(type) ? ENDPOINT : (DEFAULTS[type] ?? {});
  return { ...defaults, ...properties };
}

/** Writes of one channel run one after another: all of a Front Door profile, or one resource alone. */
export function channelOf(id: string): string {
  const [profile] = /^.*\/microsoft\.cdn\/profiles\/[^/]+/i.exec(id) ?? [id];
  return profile.toLowerCase();
}

/** True for what goes on after its answer: Front Door's writes, and those of node pools; Traffic Manager answers at once. */
export function isLongRunning(id: string): boolean {
  return /\/microsoft\.cdn\/profiles\//i.test(id) || isAgentPool(id);
}

/** ARM id of the origin group that a route is set to; undefined for anything else. */
export function groupSetBy({ id }: Pick<ArmResource, 'id'>, set: JsonObject): string | undefined {
  const reference = set['originGroup'] as { readonly id?: unknown } | null | undefined;
  const isRoute = /\/afdendpoints\/[^/]+\/routes\/[^/]+$/i.test(id);
  return isRoute && typeof reference?.id === 'string' ? reference.id : undefined;
}

/** What the service refuses, in its words. */
export function refusal(
  { id, properties }: ArmResource,
  set: JsonObject,
  siblings: readonly ArmResource[],
): { readonly code: string; readonly message: string } | undefined {
  if (isAgentPool(id)) {
    return poolRefusal(properties, set);
  }
  const weight = set['weight'];
  if (
    weight !== undefined &&
    !(typeof weight === 'number' && Number.isInteger(weight) && weight >= 1 && weight <= 1000)
  ) {
    return { code: 'BadRequest', message: 'Weight must be a whole number from 1 to 1000.' };
  }
  const isLast = siblings.every((other) => other.properties['enabledState'] === 'Disabled');
  return set['enabledState'] === 'Disabled' && properties['enabledState'] === 'Enabled' && isLast
    ? { code: 'BadRequest', message: 'Endpoint pools must contain at least one enabled endpoint' }
    : undefined;
}
