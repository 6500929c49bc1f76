import {
  TrafficManagerManagementClient,
  type Endpoint,
  type Profile,
  type TrafficManagerManagementClientOptionalParams,
} from '@azure/arm-trafficmanager';

import { hostLabels } from '../../domain/traffic/named-origins.ts';
import { NotFoundError, UpstreamError } from '../../errors.ts';
import type {
  EdgeControl,
  EdgeRoutes,
  EdgeRouting,
  EdgeState,
  OriginChange,
  OriginState,
  RouteChange,
} from '../../ports/edge-control.ts';
import type { Operation } from '../../ports/operation.ts';
import { sendOutcome, toReflexError } from '../arm-failures.ts';
import { allowLoopback } from '../arm-access.ts';

const PROFILE =
  /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/providers\/microsoft\.network\/trafficmanagerprofiles\/([^/]+)(?:\/((?:azure|external|nested)endpoints)\/([^/]+))?$/i;

const TYPES = {
  azureendpoints: 'AzureEndpoints',
  externalendpoints: 'ExternalEndpoints',
  nestedendpoints: 'NestedEndpoints',
} as const;

type Credential = ConstructorParameters<typeof TrafficManagerManagementClient>[0];

/** Azure Traffic Manager, by PATCH of single endpoints; the service has no long-running operations. */
export class TrafficManagerEdgeControl implements EdgeControl, EdgeRoutes {
  readonly #credential: Credential;
  readonly #options: TrafficManagerManagementClientOptionalParams;

  constructor(credential: Credential, options: TrafficManagerManagementClientOptionalParams = {}) {
    this.#credential = credential;
    // The SDK would sleep as long as Retry-After says, without a cap: waits are the caller's.
    this.#options = { ...options, retryOptions: { maxRetries: 0 } };
  }

  async read(edge: string): Promise<EdgeState> {
    const at = locate(edge, 'profile');
    try {
      const profile = await this.#client(at).profiles.get(at.resourceGroup, at.profile);
      if (profile.id === undefined) {
        throw new UpstreamError('read endpoints: a profile without id', 502);
      }
      return { origins: (profile.endpoints ?? []).map(toState), routing: toRouting(profile) };
    } catch (error) {
      throw toReflexError('read endpoints', error);
    }
  }

  routesTo(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async begin(resource: string, change: OriginChange | RouteChange): Promise<Operation> {
    const at = locate(resource, 'endpoint');
    if ('originGroup' in change) {
      throw new NotFoundError(`${resource} has no origin groups`);
    }
    const type = TYPES[at.type.toLowerCase() as keyof typeof TYPES];
    const properties = {
      ...('weight' in change ? { weight: change.weight } : {}),
      ...('enabled' in change ? { endpointStatus: change.enabled ? 'Enabled' : 'Disabled' } : {}),
    };
    try {
      const { endpoints } = this.#client(at);
      const { id } = await endpoints.update(at.resourceGroup, at.profile, type, at.endpoint, properties);
      return id === undefined ? { status: 'unknown', detail: 'an answer without id' } : { status: 'succeeded' };
    } catch (error) {
      return sendOutcome('write endpoint', error);
    }
  }

  poll(): Promise<Operation> {
    return Promise.resolve({ status: 'unknown', detail: 'Traffic Manager answers writes at once' });
  }

  #client({ subscription }: { readonly subscription: string }): TrafficManagerManagementClient {
    const client = new TrafficManagerManagementClient(this.#credential, subscription, this.#options);
    const { endpoint } = this.#options;
    return endpoint === undefined ? client : allowLoopback(client, { url: endpoint, credential: this.#credential });
  }
}

function toRouting({ trafficRoutingMethod, dnsConfig, monitorConfig }: Profile): EdgeRouting {
  const path: unknown = monitorConfig?.path;
  const method = trafficRoutingMethod?.toLowerCase();
  const ttl: unknown = dnsConfig?.ttl;
  return {
    method: method === 'weighted' ? 'weight' : method === 'priority' ? 'priority' : 'other',
    hasAffinity: false,
    ...(typeof path === 'string' ? { probe: { path, ...outAfter(monitorConfig) } } : {}),
    ...(typeof ttl === 'number' ? { ttlSeconds: ttl } : {}),
  };
}

/**
 * An endpoint is left out when more probes in a row have failed than are tolerated; the last one may run into its timeout.
 * @see https://learn.microsoft.com/azure/traffic-manager/traffic-manager-monitoring#endpoint-failover-and-recovery
 */
function outAfter(monitor: Profile['monitorConfig']): { readonly outAfterSeconds?: number } {
  const seconds =
    Number(monitor?.intervalInSeconds) * (Number(monitor?.toleratedNumberOfFailures) + 1) +
    Number(monitor?.timeoutInSeconds);
  return Number.isFinite(seconds) ? { outAfterSeconds: seconds } : {};
}

/** The SDK hands on the nulls of the service, of which its types know nothing. */
function toState(endpoint: Endpoint): OriginState {
  const { id, endpointStatus, weight, priority, alwaysServe } = endpoint;
  const target: unknown = endpoint.target;
  const hosts = typeof target === 'string' ? hostLabels(target, []) : [];
  if (typeof id !== 'string' || typeof weight !== 'number' || typeof priority !== 'number') {
    throw new UpstreamError('read endpoints: an endpoint without id, weight or priority', 502);
  }
  return {
    id: id.toLowerCase(),
    enabled: endpointStatus !== 'Disabled',
    weight,
    priority,
    terminal: true,
    monitor: alwaysServe === 'Enabled' ? 'always' : monitorOf(endpoint),
    ...(hosts.length === 0 ? {} : { hosts }),
  };
}

/** An endpoint that is being checked is answered with already, but nothing is known of it. */
function monitorOf({ endpointMonitorStatus }: Endpoint): NonNullable<OriginState['monitor']> {
  switch (endpointMonitorStatus) {
    case 'Online':
      return 'healthy';
    case 'Degraded':
    case 'Inactive':
    case 'Stopped':
      return 'unhealthy';
    default:
      return 'unknown';
  }
}

/** @throws NotFoundError for an id of anything else. */
function locate(id: string, kind: 'profile' | 'endpoint') {
  const [, subscription, resourceGroup, profile, type = '', endpoint = ''] = PROFILE.exec(id) ?? [];
  const isKind = (endpoint === '') === (kind === 'profile');
  if (subscription === undefined || resourceGroup === undefined || profile === undefined || !isKind) {
    throw new NotFoundError(`${id} is no Traffic Manager ${kind}`);
  }
  return { subscription, resourceGroup, profile, type, endpoint };
}
