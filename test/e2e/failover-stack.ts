import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { stringify } from 'yaml';

import type { AcceptedWrite } from '../../local/arm/local-arm.ts';
import type { JsonObject } from '../../shared/domain/json.ts';
import { handled } from './pushed-image.ts';
import type { CellAddress } from './cell-process.ts';
import { StackProcess, until } from './stack-process.ts';

const GROUP = '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop';
/** What only an emulator takes. */
const ANYBODY = { authorization: 'Bearer local' };
/** Metrics are of whole minutes, and two of them are looked at. */
const LONG_MS = 240_000;

/** A region's switches at the local edge. */
export interface RegionSwitch {
  readonly healthy?: boolean;
  readonly errorRate?: number;
}

/** As much of a plan as is looked at here. */
interface SeenPlan {
  readonly id: string;
  readonly target: string;
  readonly state: string;
  readonly digest: string;
  readonly titles: readonly string[];
}

export interface SeenPage {
  readonly event: string;
  readonly title: string;
  readonly detail: string;
  readonly target: string;
}

/** ARM id of a cluster. */
export function clusterId(region: string): string {
  return `${GROUP}/providers/Microsoft.ContainerService/managedClusters/shop-${region}`;
}

function profileId(edge: string): string {
  return `${GROUP}/providers/Microsoft.Cdn/profiles/${edge}`;
}

/** ARM id of the only origin group of an edge of `failoverFleet`. */
export function edgeId(edge: string): string {
  return `${profileId(edge)}/originGroups/apps`;
}

/** A fleet of two regions, weu and neu, with these edges; origins are `EDGE-weu` and `EDGE-neu`. */
export function failoverFleet(edges: Readonly<Record<string, object>>, perNode = 80): string {
  const cluster = (region: string): object => ({ resourceId: clusterId(region), region, capacity: { perNode } });
  const edge = (name: string, own: object): object => ({
    frontDoor: { resourceId: profileId(name), originGroup: 'apps' },
    origins: { [`${name}-weu`]: 'shop-weu', [`${name}-neu`]: 'shop-neu' },
    rules: { maxDrained: '50%', headroom: '20%' },
    signals: { quorum: 1, recoverHold: '3s', errorRateMax: '5%' },
    planned: { bake: '0s', propagation: '2s', metricLag: '0s' },
    mode: { drain: 'enforce', restore: 'enforce' },
    approvals: { restore: 0 },
    ...own,
  });
  return stringify({
    version: 1,
    fleet: 'failover',
    clusters: { 'shop-weu': cluster('weu'), 'shop-neu': cluster('neu') },
    edges: Object.fromEntries(Object.entries(edges).map(([name, own]) => [name, edge(name, own)])),
  });
}

/** The local stack with a fleet of one's own, seen and touched over HTTP alone. */
export class FailoverStack {
  readonly process: StackProcess;
  #cell: CellAddress | undefined;

  private constructor(process: StackProcess) {
    this.process = process;
  }

  /** @param options - of `npm start`. */
  static async start(fleet: string, options: readonly string[] = []): Promise<FailoverStack> {
    const stack = new FailoverStack(await StackProcess.create());
    await writeFile(stack.#fleetFile, fleet);
    await stack.restart(options);
    return stack;
  }

  async restart(options: readonly string[] = []): Promise<void> {
    await this.process.start({}, ['--fleet', this.#fleetFile, ...options]);
  }

  /** The app that is asked from now on, where several run or none is the stack's own. */
  ask(cell: CellAddress): void {
    this.#cell = cell;
  }

  get #host(): CellAddress {
    return this.#cell ?? this.process.endpoints.host;
  }

  get #fleetFile(): string {
    return join(this.process.data, 'fleet.yaml');
  }

  async remove(): Promise<void> {
    await this.process.remove();
  }

  /** A token of Azure Monitor's action groups; with claims, any other that the tenant has signed. */
  async token(claims?: object): Promise<string> {
    const { url, tenantId, audience, apps, forgerSecret } = this.process.endpoints.entra;
    const { appId = '', secret = '' } = apps['actionGroups'] ?? {};
    const role = { azp: appId, azpacr: '1', oid: appId, sub: appId, roles: ['ActionGroupsSecureWebhook'] };
    const form = { grant_type: 'client_credentials', client_id: appId, client_secret: secret };
    const answer =
      claims === undefined
        ? await fetch(`${url}/${tenantId}/oauth2/v2.0/token`, {
            method: 'POST',
            body: new URLSearchParams({ ...form, scope: `api://${audience}/.default` }),
          })
        : await fetch(`${url}/_local/tokens`, {
            method: 'POST',
            headers: { authorization: `Bearer ${forgerSecret}` },
            body: JSON.stringify({ ...role, ...claims }),
          });
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  async personToken(username: string): Promise<string> {
    const { url, tenantId, audience, client, users } = this.process.endpoints.entra;
    const { password = '' } = users[username] ?? {};
    const scope = `api://${audience}/${client.scope}`;
    const form = { grant_type: 'password', client_id: client.appId, username, password, scope };
    const asked = { method: 'POST', body: new URLSearchParams(form) };
    const answer = await fetch(`${url}/${tenantId}/oauth2/v2.0/token`, asked);
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  /** Posts an alert body as an action group would. */
  async post(body: object, token: string): Promise<Response> {
    return await fetch(`${this.#host.url}/api/alerts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
  }

  /** Fires or resolves an alert, which must be taken. */
  async alert(body: object): Promise<void> {
    const { status } = await this.post(body, await this.token());
    if (status !== 202) {
      throw new Error(`the alert was answered with ${status}`);
    }
  }

  /** Writes that ARM has accepted about an edge. */
  async writes(edge = ''): Promise<readonly AcceptedWrite[]> {
    const answer = await fetch(`${this.process.endpoints.arm.url}/_local/faults`);
    const { accepted } = (await answer.json()) as { readonly accepted: readonly AcceptedWrite[] };
    return accepted.filter(({ id }) => id.startsWith(edge === '' ? '' : edgeId(edge).toLowerCase()));
  }

  /** A resource as ARM shows it. */
  async resource(id: string): Promise<{ readonly properties: JsonObject }> {
    const answer = await fetch(`${this.process.endpoints.arm.url}${id}?api-version=2025-06-01`, { headers: ANYBODY });
    return (await answer.json()) as { readonly properties: JsonObject };
  }

  async patch(id: string, properties: JsonObject): Promise<void> {
    await fetch(`${this.process.endpoints.arm.url}${id}?api-version=2025-05-01`, {
      method: 'PATCH',
      headers: ANYBODY,
      body: JSON.stringify({ properties }),
    });
  }

  async origin(edge: string, region: string): Promise<JsonObject> {
    return (await this.resource(`${edgeId(edge)}/origins/${edge}-${region}`)).properties;
  }

  async switchRegion(origin: string, to: RegionSwitch): Promise<void> {
    const { url } = this.process.endpoints.edge;
    await fetch(`${url}/_local/regions/${origin}`, { method: 'PUT', body: JSON.stringify(to) });
  }

  async gateOf(origin: string): Promise<string | undefined> {
    const answer = await fetch(`${this.process.endpoints.edge.url}/_local/regions`);
    const { regions } = (await answer.json()) as { regions: readonly { origin: string; gate: string }[] };
    return regions.find((region) => region.origin === origin)?.gate;
  }

  /** Origins that answer at an edge, of forty requests. */
  async serving(edge: string): Promise<readonly string[]> {
    const answers = await Promise.all(
      Array.from({ length: 40 }, async () => await fetch(`${this.process.endpoints.edge.url}/${edge}/`)),
    );
    return [...new Set(answers.map(({ headers }) => headers.get('x-reflex-region') ?? 'none'))].toSorted();
  }

  /** Waits until an edge is answered by these origins alone. */
  async servedBy(edge: string, ...origins: readonly string[]): Promise<void> {
    await until(async () => (String(await this.serving(edge)) === String(origins) ? true : undefined));
  }

  /** Runs the minute's timer now, and waits until nothing lies on the queue. */
  async tick(): Promise<void> {
    const { url, masterKey } = this.#host;
    const headers = { 'x-functions-key': masterKey, 'content-type': 'application/json' };
    await fetch(`${url}/admin/functions/region-tick`, { method: 'POST', headers, body: '{}' });
    await handled(this.process);
  }

  /** Runs the timer again and again until an edge is as expected: what is measured needs its minutes. */
  async tickUntil(isThere: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + LONG_MS;
    while (!(await isThere())) {
      if (Date.now() > end) {
        throw new Error('the timer has changed nothing');
      }
      await this.tick();
      await delay(2_000);
    }
  }

  async pages(): Promise<readonly SeenPage[]> {
    const answer = await fetch(`${this.process.endpoints.pager.url}/_local/pages`);
    return ((await answer.json()) as { readonly pages: readonly SeenPage[] }).pages;
  }

  async call(method: string, path: string, as: string, body?: object): Promise<[number, JsonObject]> {
    const answer = await fetch(`${this.#host.url}/api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${await this.personToken(as)}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return [answer.status, (await answer.json()) as JsonObject];
  }

  /** Plans of an edge in a state, newest first. */
  async plans(edge: string, state: string): Promise<readonly SeenPlan[]> {
    const target = encodeURIComponent(edgeId(edge).toLowerCase());
    const [, { plans }] = await this.call('GET', `plans?state=${state}&target=${target}`, 'rita');
    return plans as unknown as readonly SeenPlan[];
  }

  /** The plan of an edge that waits for people. */
  async waitingPlan(edge: string): Promise<SeenPlan> {
    const listed = await until(async () => (await this.plans(edge, 'waiting'))[0]);
    const [, plan] = await this.call('GET', `plans/${listed.id}`, 'rita');
    return { ...listed, ...(plan as unknown as SeenPlan) };
  }
}

/** A metric alert of Azure Monitor on a Front Door profile about one origin, in the common schema. */
export function originAlert(edge: string, origin: string, state: 'Fired' | 'Resolved', id = 'a'): object {
  return alertOn(profileId(edge), state, { id: `${edge}-${id}`, dimensions: [{ name: 'Origin', value: origin }] });
}

/** A metric alert on a cluster. */
export function clusterAlert(region: string, state: 'Fired' | 'Resolved', id = 'a'): object {
  return alertOn(clusterId(region), state, { id: `${region}-${id}`, dimensions: [] });
}

function alertOn(
  target: string,
  state: 'Fired' | 'Resolved',
  { id, dimensions }: { readonly id: string; readonly dimensions: readonly object[] },
): object {
  const at = new Date().toISOString();
  const life = state === 'Fired' ? {} : { resolvedDateTime: at };
  const measured = { metricName: 'OriginHealthPercentage', operator: 'LessThan', threshold: '50', metricValue: 3 };
  return {
    schemaId: 'azureMonitorCommonAlertSchema',
    data: {
      essentials: {
        alertId: `/subscriptions/00000000-0000-4000-8000-000000000001/providers/Microsoft.AlertsManagement/alerts/${id}`,
        alertRule: `rule-${id}`,
        severity: 'Sev1',
        signalType: 'Metric',
        monitorCondition: state,
        monitoringService: 'Platform',
        alertTargetIDs: [target.toLowerCase()],
        originAlertId: id,
        firedDateTime: at,
        ...life,
        essentialsVersion: '1.0',
        alertContextVersion: '1.0',
      },
      alertContext: {
        conditionType: 'SingleResourceMultipleMetricCriteria',
        condition: { windowSize: 'PT1M', allOf: [{ ...measured, timeAggregation: 'Average', dimensions }] },
      },
    },
  };
}
