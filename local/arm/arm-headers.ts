import type { Clock } from '../../shared/ports/clock.ts';
import type { Random } from '../../shared/ports/random.ts';
import { isAgentPool } from './agent-pools.ts';
import type { ArmOperation } from './arm-state.ts';
import { typeOf } from './resource-types.ts';

/** Buckets of the services refill in five minutes: the first remainders recorded are one less than these. */
const WINDOW_MS = 5 * 60_000;
const REMAINING = 'x-ms-ratelimit-remaining-subscription';
const BUDGETS: readonly { readonly of: RegExp; readonly calls: Readonly<Record<string, number>> }[] = [
  { of: /^read microsoft\.cdn\/profiles$/, calls: { 'resource-requests': 50 } },
  { of: /^write microsoft\.cdn\/profiles$/, calls: { 'resource-requests': 25 } },
  { of: /^write microsoft\.cdn\//, calls: { 'resource-requests': 200 } },
  { of: /^write microsoft\.network\/trafficmanagerprofiles\/\w+endpoints$/, calls: { writes: 1_178 } },
  { of: /trafficmanagerprofiles/, calls: { 'resource-requests': 10_800 } },
  { of: /^read /, calls: { reads: 1_100, 'global-reads': 16_500 } },
  { of: /^write /, calls: { writes: 200 } },
];

/** What the services say beside their bodies, as it was recorded. */
export class ArmHeaders {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #spent = new Map<string, { readonly window: number; readonly calls: number }>();

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Adds to an answer what every answer has; what it says itself stays. */
  complete(answer: Response, extra: Readonly<Record<string, string>>): Response {
    const now = this.#clock.now();
    const [request, correlation] = [this.#random.uuid(), this.#random.uuid()];
    const stamp = now.toISOString().replace(/[-:]|\.\d+/g, '');
    const all = {
      date: now.toUTCString(),
      'x-ms-request-id': request,
      'x-ms-correlation-request-id': correlation,
      'x-ms-routing-request-id': `WESTEUROPE:${stamp}:${correlation}`,
      ...extra,
    };
    for (const [name, value] of Object.entries(all)) {
      if (!answer.headers.has(name)) {
        answer.headers.set(name, value);
      }
    }
    return answer;
  }

  /** Counts a call and tells how many are left. Nothing is refused by it: that is for faults with a `limit`. */
  remaining(verb: string, id: string): Readonly<Record<string, string>> {
    const kind = `${verb === 'GET' ? 'read' : 'write'} ${typeOf(id).toLowerCase()}`;
    const [subscription = ''] = /^\/subscriptions\/[^/]+/i.exec(id) ?? [];
    const { of, calls = {} } = BUDGETS.find((budget) => budget.of.test(kind)) ?? {};
    const window = Math.floor(this.#clock.now().getTime() / WINDOW_MS);
    const key = `${of?.source ?? ''} ${subscription.toLowerCase()}`;
    const before = this.#spent.get(key);
    const spent = before?.window === window ? before.calls + 1 : 1;
    this.#spent.set(key, { window, calls: spent });
    return Object.fromEntries(
      Object.entries(calls).map(([name, limit]) => [`${REMAINING}-${name}`, String(Math.max(0, limit - spent))]),
    );
  }
}

/** What is left of a limit that was asked for. */
export function left(calls: number): Readonly<Record<string, string>> {
  return { [`${REMAINING}-resource-requests`]: String(calls) };
}

/** Where to ask after an operation: its status, and the resource as soon as it has ended. */
export function acceptedHeaders(
  { id, resource, startsAt }: ArmOperation,
  publicUrl: string,
  apiVersion: string,
): Readonly<Record<string, string>> {
  const [, , subscription = '', , group = ''] = resource.split('/');
  // The service signs its addresses; nobody but the service reads what it signs.
  const query = `api-version=${apiVersion}&t=${startsAt}&c=local&s=local&h=local`;
  if (isAgentPool(resource)) {
    const operations = `/subscriptions/${subscription}/providers/Microsoft.ContainerService/locations/westeurope/operations`;
    return { 'azure-asyncoperation': `${publicUrl}${operations}/${id}?${query}`, 'retry-after': '10' };
  }
  const scope = `/subscriptions/${subscription}/resourcegroups/${group}/providers/Microsoft.Cdn/operationresults/${id}`;
  const results = [...resource.matchAll(/\/([a-z]+)s\/([^/]+)/g)]
    .filter(([, kind]) => kind === 'profile' || kind === 'origingroup' || kind === 'origin')
    .map(([, kind = '', name = '']) => `/${kind}results/${name}`)
    .join('');
  return {
    'azure-asyncoperation': `${publicUrl}${scope}?${query}`,
    location: `${publicUrl}${scope}${results}?${query}`,
    'retry-after': '10',
    'x-ms-operation-identifier': `tenantId=local,objectId=local/westeurope/${id}`,
    'x-cache': 'CONFIG_NOCACHE',
  };
}
