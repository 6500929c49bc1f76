import type { JsonObject } from '../../shared/domain/json.ts';
import { isAgentPool, shownPool } from './agent-pools.ts';
import type { ArmFault } from './arm-faults.ts';
import type { ArmResource } from './arm-state.ts';
import { typeOf } from './resource-types.ts';

/** Bodies recorded from the services, for statuses that a fault gives without one. */
const RECORDED: Readonly<Record<number, { readonly code: string; readonly message: string }>> = {
  400: { code: 'BadRequest', message: 'The request is invalid.' },
  403: {
    code: 'AuthorizationFailed',
    message:
      "The client 'reflex' does not have authorization to perform action over scope or the scope is invalid. If access was recently granted, please refresh your credentials.",
  },
  404: { code: 'ResourceNotFound', message: 'The Resource was not found.' },
  409: {
    code: 'Conflict',
    message: 'The requested operation cannot be executed on the entity as another operation is in progress.',
  },
  429: {
    code: 'ResourceRequestsThrottled',
    message: "Number of requests exceeded the limit. Please try again after '10' seconds.",
  },
  500: { code: 'InternalServerError', message: 'An internal error occurred.' },
  503: { code: 'ServiceUnavailable', message: 'The service is temporarily unavailable.' },
};

const TRAFFIC_MANAGER_CONFLICT = {
  code: 'Conflict',
  message:
    'Conflicting changes were detected when processing the request. This can happen when there are multiple requests trying to update one profile at the same time. Please retry your request.',
};

/** An error in ARM's shape. */
export function armError(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json({ error: { code, message } }, { status, headers: { ...headers } });
}

/** The answer that a fault asks for, about a resource. */
export function faultAnswer({ status = 500, body, headers = {} }: Omit<ArmFault, 'on'>, id = ''): Response {
  if (typeof body === 'string') {
    return new Response(body, { status, headers: { 'content-type': 'text/html', ...headers } });
  }
  if (body !== undefined) {
    return Response.json(body, { status, headers: { ...headers } });
  }
  const recorded = status === 409 && isTrafficManager(id) ? TRAFFIC_MANAGER_CONFLICT : RECORDED[status];
  const { code, message } = recorded ?? { code: 'Error', message: `status ${status}` };
  return armError(status, code, message, headers);
}

/** The service throttles: what it says and how long to wait. */
export function throttled(
  { verb, id, seconds }: { readonly verb: string; readonly id: string; readonly seconds: number },
  { limit, windowSec }: { readonly limit: number; readonly windowSec: number },
): Response {
  const action = `${typeOf(id)}/${verb === 'GET' ? 'read' : 'write'}`;
  const interval = new Date(windowSec * 1000).toISOString().slice(11, 19);
  const message = `Number of requests for action '${action}' exceeded the limit of '${limit}' for time interval '${interval}'. Please try again after '${seconds}' seconds.`;
  return armError(429, 'ResourceRequestsThrottled', message, { 'retry-after': String(seconds) });
}

/** A resource that is not there. */
export function notFound(id: string): Response {
  return armError(404, 'ResourceNotFound', `The Resource '${id}' was not found.`);
}

/** A resource as GET shows it; Front Door writes segments of ids and types in lower case, Traffic Manager does not. */
export function shown(resource: ArmResource): JsonObject {
  const { id, type, tags, properties } = resource;
  if (isAgentPool(id)) {
    return shownPool(resource);
  }
  const name = id.split('/').at(-1) ?? '';
  const rest = { name, ...(tags === undefined ? {} : { tags }), properties };
  if (isTrafficManager(id)) {
    return { id, type, ...rest };
  }
  return {
    id: id.replace(/\/resourceGroups\//i, '/resourcegroups/').replace(/\/originGroups\//i, '/origingroups/'),
    type: type.replace(/\/originGroups\b/i, '/origingroups'),
    ...rest,
  };
}

function isTrafficManager(id: string): boolean {
  return /\/microsoft\.network\/trafficmanagerprofiles\//i.test(id);
}
