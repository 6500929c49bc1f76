import type { JsonObject } from '../../shared/domain/json.ts';
import type { AcceptedWrite } from '../arm/local-arm.ts';
import type { Endpoints } from '../endpoints.ts';

/** What only an emulator takes. */
const ANYBODY = { authorization: 'Bearer local' };
const API_VERSION = '2025-06-01';
/** So many requests tell who serves an edge: one of two that share evenly is missed once in a billion times. */
const SAMPLE = 32;

/** A region's switches at the local edge; what is not said stays. */
export interface RegionSwitch {
  readonly healthy?: boolean;
  readonly errorRate?: number;
  readonly latencyMs?: number;
}

/** A region's entry at one edge. */
export interface SeenRegion extends Required<RegionSwitch> {
  readonly edge: string;
  readonly origin: string;
  /** Canonical name of the region. */
  readonly place: string;
  readonly gate: 'open' | 'closed';
}

/** The running local stack over HTTP, as a person or a monitor would use it. Answers that are no success are thrown. */
export class StackClient {
  readonly #endpoints: () => Endpoints;

  /** @param endpoints - asked each time: a stack that starts again listens elsewhere. */
  constructor(endpoints: () => Endpoints) {
    this.#endpoints = endpoints;
  }

  /** Where the app answers. */
  protected get host(): Pick<Endpoints['host'], 'url' | 'masterKey'> {
    return this.#endpoints().host;
  }

  /** A token of the application that Azure Monitor's action groups use. */
  async token(): Promise<string> {
    const { audience, apps } = this.#endpoints().entra;
    const { appId = '', secret = '' } = apps['actionGroups'] ?? {};
    const form = { grant_type: 'client_credentials', client_id: appId, client_secret: secret };
    return await this.#tokenFor({ ...form, scope: `api://${audience}/.default` });
  }

  async personToken(username: string): Promise<string> {
    const { audience, client, users } = this.#endpoints().entra;
    const { password = '' } = users[username] ?? {};
    const form = { grant_type: 'password', client_id: client.appId, username, password };
    return await this.#tokenFor({ ...form, scope: `api://${audience}/${client.scope}` });
  }

  async #tokenFor(form: Readonly<Record<string, string>>): Promise<string> {
    const { url, tenantId } = this.#endpoints().entra;
    const asked = { method: 'POST', body: new URLSearchParams(form) };
    const { access_token: token } = await json<{ readonly access_token: string }>(
      await fetch(`${url}/${tenantId}/oauth2/v2.0/token`, asked),
    );
    return token;
  }

  /** Posts an alert as an action group does, whatever the answer. */
  async post(alert: object, token: string): Promise<Response> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    return await fetch(`${this.host.url}/api/alerts`, { method: 'POST', headers, body: JSON.stringify(alert) });
  }

  /** Fires or resolves an alert. */
  async alert(alert: object): Promise<void> {
    const { status } = await this.post(alert, await this.token());
    if (status !== 202) {
      throw new Error(`the alert was answered with ${status}`);
    }
  }

  /** Asks people's API as one of them. */
  async call(method: string, path: string, as: string, body?: object): Promise<[number, JsonObject]> {
    const answer = await fetch(`${this.host.url}/api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${await this.personToken(as)}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return [answer.status, (await answer.json()) as JsonObject];
  }

  /** Writes that ARM has accepted of a resource and what is below it; of all if none is named. */
  async writesBelow(id = ''): Promise<readonly AcceptedWrite[]> {
    const { accepted } = await json<{ readonly accepted: readonly AcceptedWrite[] }>(
      await fetch(`${this.#endpoints().arm.url}/_local/faults`),
    );
    return accepted.filter((write) => write.id.startsWith(id.toLowerCase()));
  }

  /** Properties of a resource as ARM shows them. */
  async properties(id: string): Promise<JsonObject> {
    const answer = await fetch(`${this.#endpoints().arm.url}${id}?api-version=${API_VERSION}`, { headers: ANYBODY });
    return (await json<{ readonly properties: JsonObject }>(answer)).properties;
  }

  /** Somebody else writes a resource. */
  async patch(id: string, properties: JsonObject): Promise<void> {
    const init = { method: 'PATCH', headers: ANYBODY, body: JSON.stringify({ properties }) };
    await json(await fetch(`${this.#endpoints().arm.url}${id}?api-version=${API_VERSION}`, init));
  }

  /** How the regions behind the edges are. */
  async regions(): Promise<readonly SeenRegion[]> {
    const answer = await fetch(`${this.#endpoints().edge.url}/_local/regions`);
    return (await json<{ readonly regions: readonly SeenRegion[] }>(answer)).regions;
  }

  /** @param name - of an origin or of a region. @returns what was changed, as it is now. */
  async switchRegion(name: string, to: RegionSwitch): Promise<readonly SeenRegion[]> {
    const init = { method: 'PUT', body: JSON.stringify(to) };
    const path = `/_local/regions/${encodeURIComponent(name)}`;
    const answer = await fetch(`${this.#endpoints().edge.url}${path}`, init);
    return (await json<{ readonly regions: readonly SeenRegion[] }>(answer)).regions;
  }

  /** Names of the origins that answer at an edge now. */
  async serving(edge: string): Promise<readonly string[]> {
    return [...(await this.shares(edge)).keys()].toSorted();
  }

  /** Shares of a sample of requests to an edge, 0 to 1, by the name of the origin that answered. */
  async shares(edge: string): Promise<ReadonlyMap<string, number>> {
    const url = `${this.#endpoints().edge.url}/${edge}/`;
    const answers = await Promise.all(Array.from({ length: SAMPLE }, async () => await fetch(url)));
    const names = Map.groupBy(answers, ({ headers }) => headers.get('x-reflex-region') ?? 'none');
    return new Map([...names].map(([name, some]) => [name, some.length / SAMPLE]));
  }
}

async function json<T>(answer: Response): Promise<T> {
  if (!answer.ok) {
    const { message } = (await answer.json().catch(() => ({}))) as { readonly message?: string };
    throw new Error(message ?? `${new URL(answer.url).pathname} was answered with ${answer.status}`);
  }
  return (await answer.json()) as T;
}
