import {
  CdnManagementClient,
  type AFDOrigin,
  type AFDOriginGroup,
  type CdnManagementClientOptionalParams,
  type Route,
} from '@azure/arm-cdn';

import { nameIn, readTwin, type EdgeTwin, type FoundGroup, type RouteState } from '../../domain/traffic/twin.ts';
import { NotFoundError } from '../../errors.ts';
import type {
  EdgeControl,
  EdgeRoutes,
  EdgeState,
  OriginChange,
  OriginState,
  RouteChange,
} from '../../ports/edge-control.ts';
import type { Operation } from '../../ports/operation.ts';
import { sendOutcome, toReflexError } from '../arm-failures.ts';
import { namesAddress } from '../arm-poller.ts';
import { allowLoopback } from '../arm-access.ts';
import { settingsOf, toRouting, toState } from './states.ts';

const PROFILE = '^/subscriptions/([^/]+)/resourcegroups/([^/]+)/providers/microsoft\\.cdn/profiles/([^/]+)/';
const PLACES = {
  'origin group': new RegExp(`${PROFILE}origingroups/([^/]+)$`, 'i'),
  origin: new RegExp(`${PROFILE}origingroups/([^/]+)/origins/([^/]+)$`, 'i'),
  route: new RegExp(`${PROFILE}afdendpoints/([^/]+)/routes/([^/]+)$`, 'i'),
};

type Credential = ConstructorParameters<typeof CdnManagementClient>[0];

/** Azure Front Door Standard and Premium, by PATCH of single origins and routes. */
export class FrontDoorEdgeControl implements EdgeControl, EdgeRoutes {
  readonly #credential: Credential;
  readonly #options: CdnManagementClientOptionalParams;

  constructor(credential: Credential, options: CdnManagementClientOptionalParams = {}) {
    this.#credential = credential;
    // The SDK would sleep as long as Retry-After says, without a cap: waits are the caller's.
    this.#options = { ...options, retryOptions: { maxRetries: 0 } };
  }

  async read(edge: string, twin?: EdgeTwin): Promise<EdgeState> {
    const at = locate(edge, 'origin group');
    try {
      if (twin === undefined) {
        const { routing, origins } = await this.#readGroup(at);
        return { origins, routing };
      }
      const [own, other, routes] = await Promise.all([
        this.#readGroup(at),
        orAbsent(this.#readGroup(locate(twin.originGroup, 'origin group'))),
        this.#listRoutes(at),
      ]);
      const {
        origins,
        isOther,
        twin: state,
      } = readTwin(edge.toLowerCase(), twin, {
        own,
        other,
        routes: routes.flatMap(toRoute),
      });
      return { origins, routing: (isOther ? other : own)?.routing ?? own.routing, twin: state };
    } catch (error) {
      throw toReflexError('read origins', error);
    }
  }

  async routesTo(edge: string): Promise<readonly string[]> {
    const routes = await this.#listRoutes(locate(edge, 'origin group')).catch((error: unknown) => {
      throw toReflexError('read routes', error);
    });
    return routes
      .filter(({ originGroup, enabledState }) => isSameId(originGroup?.id, edge) && enabledState !== 'Disabled')
      .map(({ name = '' }) => name);
  }

  async begin(resource: string, change: OriginChange | RouteChange): Promise<Operation> {
    const send = 'originGroup' in change ? this.#route(resource, change) : this.#origin(resource, change);
    try {
      return await send();
    } catch (error) {
      return sendOutcome('write origin', error);
    }
  }

  async poll(resource: string, state: string): Promise<Operation> {
    if (!namesAddress(state)) {
      return { status: 'unknown', detail: 'the state names no operation' };
    }
    const ask = PLACES.route.test(resource)
      ? this.#route(resource, undefined, state)
      : this.#origin(resource, undefined, state);
    try {
      return await ask();
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

  /** @throws NotFoundError for an id of anything else, before anything is sent. */
  #origin(id: string, change: OriginChange | undefined, resumeFrom?: string): () => Promise<Operation> {
    const at = locate(id, 'origin');
    const { afdOrigins } = this.#client(at);
    const resume = resumeFrom === undefined ? {} : { resumeFrom };
    return async () =>
      operationOf(
        await afdOrigins.beginUpdate(at.resourceGroup, at.profile, at.parent, at.name, originBody(change), resume),
      );
  }

  #route(id: string, change: RouteChange | undefined, resumeFrom?: string): () => Promise<Operation> {
    const at = locate(id, 'route');
    const { routes } = this.#client(at);
    const body = change === undefined ? {} : { originGroup: { id: change.originGroup } };
    const resume = resumeFrom === undefined ? {} : { resumeFrom };
    return async () =>
      operationOf(await routes.beginUpdate(at.resourceGroup, at.profile, at.parent, at.name, body, resume));
  }

  async #readGroup(at: Place): Promise<ReadGroup> {
    const { afdOriginGroups, afdOrigins } = this.#client(at);
    const where = [at.resourceGroup, at.profile, at.name] as const;
    const group = await afdOriginGroups.get(...where);
    const routing = toRouting(group);
    const found: AFDOrigin[] = [];
    for await (const origin of afdOrigins.listByOriginGroup(...where)) {
      found.push(origin);
    }
    const origins = found.map(toState);
    const ofEach = found.map((origin, index) => [nameIn(origins[index]?.id ?? ''), settingsOf(origin)] as const);
    return { routing, origins, settings: settingsOf(group), settingsOf: new Map(ofEach) };
  }

  /** Every route of the profile: one that nobody has listed may refer to a group as well. */
  async #listRoutes(at: Place): Promise<readonly Route[]> {
    const { afdEndpoints, routes } = this.#client(at);
    const found: Route[] = [];
    for await (const { name = '' } of afdEndpoints.listByProfile(at.resourceGroup, at.profile)) {
      for await (const route of routes.listByEndpoint(at.resourceGroup, at.profile, name)) {
        found.push(route);
      }
    }
    return found;
  }

  #client({ subscription }: { readonly subscription: string }): CdnManagementClient {
    const client = new CdnManagementClient(this.#credential, subscription, this.#options);
    const { endpoint } = this.#options;
    return endpoint === undefined ? client : allowLoopback(client, { url: endpoint, credential: this.#credential });
  }
}

interface ReadGroup extends FoundGroup<OriginState> {
  readonly routing: EdgeState['routing'];
}

interface Poller {
  toString(): string;
  isDone(): boolean;
  getResult(): Provisioned | undefined;
}

type Provisioned = Pick<AFDOrigin | AFDOriginGroup | Route, 'provisioningState'>;

function operationOf(poller: Poller): Operation {
  const state = poller.toString();
  return poller.isDone() ? ended(poller.getResult(), namesAddress(state)) : { status: 'running', state };
}

function originBody(change: OriginChange | undefined): object {
  return {
    ...(change !== undefined && 'weight' in change ? { weight: change.weight } : {}),
    ...(change !== undefined && 'enabled' in change ? { enabledState: change.enabled ? 'Enabled' : 'Disabled' } : {}),
  };
}

/** What the service does not have. */
async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (toReflexError('read origins', error) instanceof NotFoundError) {
      return undefined;
    }
    throw error;
  }
}

/** ARM ids are compared without case. */
function isSameId(one: string | undefined, other: string): boolean {
  return one?.toLowerCase() === other.toLowerCase();
}

/** A route that refers to no group (it redirects) is nobody's here. */
function toRoute({ id, originGroup, provisioningState }: Route): readonly RouteState[] {
  const group = originGroup?.id;
  const terminal = provisioningState === 'Succeeded' || provisioningState === 'Failed';
  return typeof id === 'string' && typeof group === 'string'
    ? [{ id: id.toLowerCase(), originGroup: group.toLowerCase(), terminal }]
    : [];
}

/**
 * The poller also resolves on an origin whose provisioning failed, and on a 202 without a status address. An origin that
 * is updated again although the operation has succeeded has another write behind it.
 */
function ended(resource: Provisioned | undefined, isSaid: boolean): Operation {
  const provisioning = resource?.provisioningState;
  if (provisioning === 'Succeeded' || (provisioning === 'Updating' && isSaid)) {
    return { status: 'succeeded' };
  }
  return provisioning === 'Failed'
    ? { status: 'failed', detail: 'provisioning failed' }
    : { status: 'unknown', detail: `provisioning is ${provisioning ?? 'not given'}` };
}

type Place = ReturnType<typeof locate>;

/** @throws NotFoundError for an id of anything else. */
function locate(id: string, kind: keyof typeof PLACES) {
  const [, subscription, resourceGroup, profile, first, second] = PLACES[kind].exec(id) ?? [];
  if (subscription === undefined || resourceGroup === undefined || profile === undefined || first === undefined) {
    throw new NotFoundError(`${id} is no Front Door ${kind}`);
  }
  return { subscription, resourceGroup, profile, parent: first, name: second ?? first };
}
