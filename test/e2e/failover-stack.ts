import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { stringify } from 'yaml';

import type { AcceptedWrite } from '../../local/arm/local-arm.ts';
import { metricAlert } from '../../local/tour/metric-alert.ts';
import { StackClient } from '../../local/tour/stack-client.ts';
import type { JsonObject } from '../../shared/domain/json.ts';
import { handled } from './pushed-image.ts';
import type { CellAddress } from './cell-process.ts';
import { StackProcess, until } from './stack-process.ts';

const GROUP = '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/shop';
/** Metrics are of whole minutes, and two of them are looked at. */
const LONG_MS = 600_000;

/** As much of a plan as is looked at here. */
export interface SeenPlan {
  readonly id: string;
  readonly target: string;
  readonly state: string;
  readonly digest: string;
  readonly titles: readonly string[];
  readonly effect?: {
    readonly state: string;
    readonly by?: readonly string[];
    readonly numbers?: { readonly dnsShares?: Readonly<Record<string, number>> };
  };
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

/** ARM id of the Traffic Manager profile of an edge by `byNames`. */
export function trafficManagerId(edge: string): string {
  return `${GROUP}/providers/Microsoft.Network/trafficManagerProfiles/${edge}`;
}

/** What makes an edge of `failoverFleet` a Traffic Manager profile, with endpoints instead of origins. */
export function byNames(edge: string): object {
  return {
    frontDoor: undefined,
    trafficManager: { resourceId: trafficManagerId(edge) },
    origins: { [`external:${edge}-weu`]: 'shop-weu', [`external:${edge}-neu`]: 'shop-neu' },
    load: 20,
  };
}

/**
 * A fleet of two regions, weu and neu, with these edges; origins are `EDGE-weu` and `EDGE-neu`.
 * @param capacity - of both clusters.
 */
export function failoverFleet(edges: Readonly<Record<string, object>>, capacity: object = { perNode: 80 }): string {
  const cluster = (region: string): object => ({ resourceId: clusterId(region), region, capacity });
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
export class FailoverStack extends StackClient {
  readonly process: StackProcess;
  #cell: CellAddress | undefined;

  private constructor(process: StackProcess) {
    super(() => process.endpoints);
    this.process = process;
  }

  /** @param options - of `npm start`. */
  static async start(
    fleet: string,
    options: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<FailoverStack> {
    const stack = new FailoverStack(await StackProcess.create());
    await writeFile(stack.#fleetFile, fleet);
    await stack.restart(options, environment);
    return stack;
  }

  async restart(options: readonly string[] = [], environment: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.process.start(environment, ['--fleet', this.#fleetFile, ...options]);
  }

  /** The app that is asked from now on, where several run or none is the stack's own. */
  ask(cell: CellAddress): void {
    this.#cell = cell;
  }

  protected override get host(): CellAddress {
    return this.#cell ?? super.host;
  }

  get #fleetFile(): string {
    return join(this.process.data, 'fleet.yaml');
  }

  async remove(): Promise<void> {
    await this.process.remove();
  }

  /** A token of the action groups with other claims, signed by the tenant all the same. */
  async forged(claims: object): Promise<string> {
    const { url, apps, forgerSecret } = this.process.endpoints.entra;
    const { appId = '' } = apps['actionGroups'] ?? {};
    const usual = { azp: appId, azpacr: '1', oid: appId, sub: appId, roles: ['ActionGroupsSecureWebhook'] };
    const answer = await fetch(`${url}/_local/tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${forgerSecret}` },
      body: JSON.stringify({ ...usual, ...claims }),
    });
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  /** Writes that ARM has accepted about an edge, or about any. */
  async writes(edge?: string): Promise<readonly AcceptedWrite[]> {
    return await this.writesBelow(edge === undefined ? '' : edgeId(edge));
  }

  async origin(edge: string, region: string): Promise<JsonObject> {
    return await this.properties(`${edgeId(edge)}/origins/${edge}-${region}`);
  }

  async gateOf(origin: string): Promise<string | undefined> {
    return (await this.regions()).find((region) => region.origin === origin)?.gate;
  }

  /** Waits until an edge is answered by these origins alone. */
  async servedBy(edge: string, ...origins: readonly string[]): Promise<void> {
    await until(async () => (String(await this.serving(edge)) === String(origins) ? true : undefined));
  }

  /** Runs the minute's timer now, and waits until nothing lies on the queue. */
  async tick(): Promise<void> {
    const { url, masterKey } = this.host;
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

  /** Plans of an edge in a state, newest first. @param edge - its name, or its ARM id. */
  async plans(edge: string, state: string): Promise<readonly SeenPlan[]> {
    const target = encodeURIComponent((edge.startsWith('/') ? edge : edgeId(edge)).toLowerCase());
    const [, { plans }] = await this.call('GET', `plans?state=${state}&target=${target}`, 'rita');
    return plans as unknown as readonly SeenPlan[];
  }

  async plan(id: string): Promise<SeenPlan> {
    const [, plan] = await this.call('GET', `plans/${id}`, 'rita');
    return plan as unknown as SeenPlan;
  }

  /** The plan of an edge that waits for people. */
  async waitingPlan(edge: string): Promise<SeenPlan> {
    const listed = await until(async () => (await this.plans(edge, 'waiting'))[0]);
    return { ...listed, ...(await this.plan(listed.id)) };
  }
}

/** A metric alert on a Front Door profile about one origin. */
export function originAlert(edge: string, origin: string, state: 'Fired' | 'Resolved', id = 'a'): object {
  const about = { target: profileId(edge), dimensions: { Origin: origin } };
  return metricAlert({ ...about, id: `${edge}-${id}`, rule: 'origin-health', state });
}

/** A metric alert on a Traffic Manager profile about one endpoint. */
export function endpointAlert(edge: string, endpoint: string, state: 'Fired' | 'Resolved', id = 'a'): object {
  const about = { target: trafficManagerId(edge), dimensions: { EndpointName: endpoint } };
  return metricAlert({ ...about, id: `${edge}-${id}`, rule: 'endpoint-status', state });
}

/** A metric alert on a cluster. */
export function clusterAlert(region: string, state: 'Fired' | 'Resolved', id = 'a'): object {
  return metricAlert({ target: clusterId(region), id: `${region}-${id}`, rule: 'node-not-ready', state });
}
