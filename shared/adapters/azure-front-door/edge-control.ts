import {
  CdnManagementClient,
  type AFDOrigin,
  type AFDOriginGroup,
  type CdnManagementClientOptionalParams,
} from '@azure/arm-cdn';

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
    const at = locate(group);
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
    const properties = 'weight' in change ? change : { enabledState: change.enabled ? 'Enabled' : 'Disabled' };
    try {
      return await this.#update(origin, properties);
    } catch (error) {
      return sendOutcome('write origin', error);
    }
  }

  async poll(origin: string, state: string): Promise<EdgeOperation> {
    try {
      return await this.#update(origin, {}, state);
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

  async #update(origin: string, properties: object, resumeFrom?: string): Promise<EdgeOperation> {
    const at = locate(origin);
    const poller = await this.#client(at).afdOrigins.beginUpdate(
      at.resourceGroup,
      at.profile,
      at.group,
      at.origin,
      properties,
      resumeFrom === undefined ? {} : { resumeFrom },
    );
    const result = poller.getResult();
    return poller.isDone() && result !== undefined ? ended(result) : { status: 'running', state: poller.toString() };
  }

  #client({ subscription }: { readonly subscription: string }): CdnManagementClient {
    return new CdnManagementClient(this.#credential, subscription, this.#options);
  }
}

/** The poller also resolves on an origin whose provisioning failed, and on a 202 without a status address. */
function ended(origin: AFDOrigin): EdgeOperation {
  switch (origin.provisioningState) {
    case 'Succeeded':
      return { status: 'succeeded' };
    case 'Failed':
      return { status: 'failed', detail: 'provisioning failed' };
    default:
      return { status: 'unknown', detail: `provisioning is ${origin.provisioningState ?? 'not given'}` };
  }
}

/** Without a value the service takes 0: only the fastest origin is asked, and weights mean nothing. */
function toRouting({ loadBalancingSettings, sessionAffinityState }: AFDOriginGroup): EdgeRouting {
  return {
    method: 'latency-then-weight',
    latencySensitivityMs: loadBalancingSettings?.additionalLatencyInMilliseconds ?? 0,
    hasAffinity: sessionAffinityState === 'Enabled',
  };
}

function toState(origin: AFDOrigin): OriginState {
  const { id, weight, priority } = origin;
  if (id === undefined || weight === undefined || priority === undefined) {
    throw new UpstreamError('read origins: an origin without id, weight or priority', 502);
  }
  return {
    id: id.toLowerCase(),
    enabled: origin.enabledState !== 'Disabled',
    weight,
    priority,
    terminal: origin.provisioningState === 'Succeeded' || origin.provisioningState === 'Failed',
  };
}

function locate(id: string) {
  const [, subscription, resourceGroup, profile, group, origin = ''] = GROUP.exec(id) ?? [];
  if (subscription === undefined || resourceGroup === undefined || profile === undefined || group === undefined) {
    throw new NotFoundError(`${id} is no Front Door origin group or origin`);
  }
  return { subscription, resourceGroup, profile, group, origin };
}
