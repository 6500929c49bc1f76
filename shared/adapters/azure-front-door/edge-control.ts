import {
  CdnManagementClient,
  type AFDOrigin,
  type AFDOriginGroup,
  type CdnManagementClientOptionalParams,
} from '@azure/arm-cdn';

import { hostLabels } from '../../domain/traffic/named-origins.ts';
import { NotFoundError, UpstreamError } from '../../errors.ts';
import type {
  EdgeControl,
  EdgeOperation,
  EdgeRouting,
  EdgeState,
  OriginChange,
  OriginState,
} from '../../ports/edge-control.ts';
import { sendOutcome, toReflexError } from '../arm-failures.ts';
import { allowLoopback } from '../arm-access.ts';

const GROUP =
  /^\/subscriptions\/([^/]+)\/resourcegroups\/([^/]+)\/providers\/microsoft\.cdn\/profiles\/([^/]+)\/origingroups\/([^/]+)(?:\/origins\/([^/]+))?$/i;

type Credential = ConstructorParameters<typeof CdnManagementClient>[0];

/** Azure Front Door Standard and Premium, by PATCH of single origins. */
export class FrontDoorEdgeControl implements EdgeControl {
  readonly #credential: Credential;
  readonly #options: CdnManagementClientOptionalParams;

  constructor(credential: Credential, options: CdnManagementClientOptionalParams = {}) {
    this.#credential = credential;
    // The SDK would sleep as long as Retry-After says, without a cap: waits are the caller's.
    this.#options = { ...options, retryOptions: { maxRetries: 0 } };
  }

  async read(group: string): Promise<EdgeState> {
    const at = locate(group, 'group');
    const { afdOriginGroups, afdOrigins } = this.#client(at);
    const where = [at.resourceGroup, at.profile, at.group] as const;
    const origins: OriginState[] = [];
    try {
      const routing = toRouting(await afdOriginGroups.get(...where));
      for await (const origin of afdOrigins.listByOriginGroup(...where)) {
        origins.push(toState(origin));
      }
      return { origins, routing };
    } catch (error) {
      throw toReflexError('read origins', error);
    }
  }

  async begin(origin: string, change: OriginChange): Promise<EdgeOperation> {
    const at = locate(origin, 'origin');
    const properties = 'weight' in change ? change : { enabledState: change.enabled ? 'Enabled' : 'Disabled' };
    try {
      return await this.#update(at, properties);
    } catch (error) {
      return sendOutcome('write origin', error);
    }
  }

  async poll(origin: string, state: string): Promise<EdgeOperation> {
    // Without an address the SDK's poller would send the write instead of asking.
    if (!namesAddress(state)) {
      return { status: 'unknown', detail: 'the state names no operation' };
    }
    const at = locate(origin, 'origin');
    try {
      return await this.#update(at, {}, state);
    } catch (error) {
      const outcome = sendOutcome('poll origin', error);
      if (outcome.status === 'failed') {
        return outcome;
      }
      const reason = toReflexError('poll origin', error);
      if (reason instanceof NotFoundError) {
        return { status: 'unknown', detail: 'the operation is no longer known' };
      }
      throw reason;
    }
  }

  async #update(at: Place, properties: object, resumeFrom?: string): Promise<EdgeOperation> {
    const poller = await this.#client(at).afdOrigins.beginUpdate(
      at.resourceGroup,
      at.profile,
      at.group,
      at.origin,
      properties,
      resumeFrom === undefined ? {} : { resumeFrom },
    );
    const state = poller.toString();
    return poller.isDone() ? ended(poller.getResult(), namesAddress(state)) : { status: 'running', state };
  }

  #client({ subscription }: { readonly subscription: string }): CdnManagementClient {
    const client = new CdnManagementClient(this.#credential, subscription, this.#options);
    const { endpoint } = this.#options;
    return endpoint === undefined ? client : allowLoopback(client, { url: endpoint, credential: this.#credential });
  }
}

/**
 * The poller also resolves on an origin whose provisioning failed, and on a 202 without a status address. An origin that
 * is updated again although the operation has succeeded has another write behind it.
 */
function ended(origin: AFDOrigin | undefined, isSaid: boolean): EdgeOperation {
  const provisioning = origin?.provisioningState;
  if (provisioning === 'Succeeded' || (provisioning === 'Updating' && isSaid)) {
    return { status: 'succeeded' };
  }
  return provisioning === 'Failed'
    ? { status: 'failed', detail: 'provisioning failed' }
    : { status: 'unknown', detail: `provisioning is ${provisioning ?? 'not given'}` };
}

/** True for the text of a poller, `{"state":{"config":{"operationLocation":"https:..."}}}`, that knows whom to ask. */
function namesAddress(text: string): boolean {
  try {
    const { state } = JSON.parse(text) as { readonly state?: { readonly config?: Record<string, unknown> } };
    return typeof state?.config?.['operationLocation'] === 'string';
  } catch {
    return false;
  }
}

/** Without a value the service takes 0: only the fastest origin is asked, and weights mean nothing. */
function toRouting({
  id,
  loadBalancingSettings,
  sessionAffinityState,
  healthProbeSettings,
}: AFDOriginGroup): EdgeRouting {
  const { probePath, probeRequestType } = healthProbeSettings ?? {};
  if (id === undefined) {
    throw new UpstreamError('read origins: a group without id', 502);
  }
  return {
    method: 'latency-then-weight',
    latencySensitivityMs: loadBalancingSettings?.additionalLatencyInMilliseconds ?? 0,
    hasAffinity: sessionAffinityState === 'Enabled',
    ...(typeof probePath === 'string'
      ? { probe: { path: probePath, ...(typeof probeRequestType === 'string' ? { method: probeRequestType } : {}) } }
      : {}),
  };
}

/** The SDK hands on the nulls of the service, of which its types know nothing. */
function toState(origin: AFDOrigin): OriginState {
  const { id, weight, priority } = origin;
  if (typeof id !== 'string' || typeof weight !== 'number' || typeof priority !== 'number') {
    throw new UpstreamError('read origins: an origin without id, weight or priority', 502);
  }
  return {
    id: id.toLowerCase(),
    enabled: origin.enabledState !== 'Disabled',
    weight,
    priority,
    terminal: origin.provisioningState === 'Succeeded' || origin.provisioningState === 'Failed',
    ...hostsOf(origin),
  };
}

/** Without ports of its own an origin has 80 and 443. */
function hostsOf(origin: AFDOrigin): Pick<OriginState, 'hosts' | 'hostHeaders'> {
  const { hostName, originHostHeader, httpPort, httpsPort } = origin as Partial<Record<keyof AFDOrigin, unknown>>;
  const ports = [typeof httpPort === 'number' ? httpPort : 80, typeof httpsPort === 'number' ? httpsPort : 443];
  const hosts = typeof hostName === 'string' ? hostLabels(hostName, ports) : [];
  const headers = typeof originHostHeader === 'string' ? hostLabels(originHostHeader, ports) : [];
  const hostHeaders = headers.filter((label) => !hosts.includes(label));
  return { ...(hosts.length === 0 ? {} : { hosts }), ...(hostHeaders.length === 0 ? {} : { hostHeaders }) };
}

type Place = ReturnType<typeof locate>;

/** @throws NotFoundError for an id of anything else. */
function locate(id: string, kind: 'group' | 'origin') {
  const [, subscription, resourceGroup, profile, group, origin = ''] = GROUP.exec(id) ?? [];
  const isKind = (origin === '') === (kind === 'group');
  if (
    subscription === undefined ||
    resourceGroup === undefined ||
    profile === undefined ||
    group === undefined ||
    !isKind
  ) {
    throw new NotFoundError(`${id} is no Front Door ${kind === 'group' ? 'origin group' : 'origin'}`);
  }
  return { subscription, resourceGroup, profile, group, origin };
}
