import { readFleet } from '../../cli/fleet-files.ts';
import { run } from '../../cli/program.ts';
import { LocalEntra, type DemoUser } from '../../local/entra/local-entra.ts';
import { SeededRandom } from '../../local/time/seeded-random.ts';
import { VirtualClock } from '../../local/time/virtual-clock.ts';
import { PublishedKeys } from '../../shared/adapters/entra/published-keys.ts';
import { InMemoryBlobStore } from '../../shared/adapters/in-memory/blob-store.ts';
import { InMemoryEdgeControl } from '../../shared/adapters/in-memory/edge-control.ts';
import { InMemoryNodePools } from '../../shared/adapters/in-memory/node-pools.ts';
import { InMemoryRowStore } from '../../shared/adapters/in-memory/row-store.ts';
import { InMemorySignalQueue } from '../../shared/adapters/in-memory/signal-queue.ts';
import { compose } from '../../shared/composition/compose.ts';
import type { FleetEdge } from '../../shared/fleet/model.ts';
import type { EdgeReading, OriginReading } from '../../shared/ports/edge-readings.ts';
import type { Reflex } from '../../shared/reflex.ts';
import { readSettings } from '../../shared/settings.ts';

const person = (username: string, role: string): DemoUser => ({
  ...{ username, password: username, objectId: username, roles: [role] },
  groups: [],
});
const USERS = [person('alice', 'Operator'), person('bob', 'Approver'), person('rita', 'Reader')];
const SETTINGS = {
  REFLEX_STORAGE: 'UseDevelopmentStorage=true',
  REFLEX_FLEET: 'file:none',
  REFLEX_TENANT_ID: 't',
  REFLEX_CLIENT_ID: 'api',
  REFLEX_CLIENT_APP_ID: 'cli',
};

/** The example fleet's edge, the composed app and the command line, in one process and in virtual time. */
export class PeopleStage {
  readonly clock = new VirtualClock();
  readonly queue = new InMemorySignalQueue(this.clock);
  readonly control = new InMemoryEdgeControl({ clock: this.clock });
  /** Whether what people do shows in its query. */
  isShown = false;
  readonly #random = new SeededRandom(3);
  readonly #client = { appId: 'cli', scope: 'reflex.act' };
  readonly #entra = new LocalEntra({
    ...{ tenantId: 't', audience: 'api', apps: [], client: this.#client, users: USERS },
    ...{ clock: this.clock, random: this.#random },
  });
  /** What the edge has served in the newest window; not measured at first. */
  #served: Partial<EdgeReading> & { readonly requests?: Readonly<Record<string, number>> } = {};
  readonly #app: Reflex;

  private constructor(edge: FleetEdge, fleet: Awaited<ReturnType<typeof readFleet>>['fleet'] & object) {
    const routing = { method: 'latency-then-weight', latencySensitivityMs: 1000, hasAffinity: false } as const;
    const origins = edge.origins.map(({ id }) => ({ id, enabled: true, weight: 500, priority: 1 }));
    this.control.seed(edge.id, { routing, origins });
    const healthy = Object.fromEntries(edge.origins.map(({ name }) => [name, { healthy: true, capacity: 500 }]));
    const quiet = (): void => undefined;
    this.#app = compose(readSettings(SETTINGS), {
      ...{ clock: this.clock, random: this.#random, queue: this.queue },
      ...{ rows: new InMemoryRowStore(), blobs: new InMemoryBlobStore() },
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      fleet: () => Promise.resolve(fleet),
      keys: new PublishedKeys({
        ...{ authority: 'http://127.0.0.1', tenantId: 't', clock: this.clock },
        fetch: (url) => this.#entra.handler(new Request(url)),
      }),
      edgeControl: () => this.control,
      evidence: [],
      nodePools: new InMemoryNodePools({ clock: this.clock }),
      stepEvidence: { isTrue: () => Promise.resolve(this.isShown) },
      edgeReadings: { read: () => Promise.resolve(this.#reading(healthy)) },
    });
  }

  static async create(more: Partial<FleetEdge> = {}): Promise<PeopleStage> {
    const { fleet } = await readFleet('examples/contoso/fleet.yaml', { repo: {} });
    const edge = { ...fleet!.edges[0]!, ...more };
    return new PeopleStage(edge, { ...fleet!, edges: [edge, ...fleet!.edges.slice(1)] });
  }

  /** Runs a command line as a person; while it waits, the actor works. */
  async reflex(
    as: string,
    ...args: readonly string[]
  ): Promise<{ code: number | undefined; out: string; err: string }> {
    const out: string[] = [];
    const err: string[] = [];
    let code: number | undefined;
    const output = {
      out: (line: string) => out.push(line),
      err: (line: string) => err.push(line),
      exit: (given: number) => (code = given),
    };
    const environment = { REFLEX_URL: 'http://127.0.0.1', REFLEX_TOKEN: await this.#token(as) };
    const sleep = async (ms: number): Promise<void> => {
      await this.clock.advance(ms);
      await this.work();
    };
    const fetch = this.#fetch;
    await run(args, output, { fetch, environment, sleep, now: () => this.clock.now() });
    return { code, out: out.join('\n'), err: err.join('\n') };
  }

  /** Handles what lies on the queue. */
  async work(): Promise<void> {
    for (const message of this.queue.take()) {
      await this.clock.run(this.#app.handle(JSON.parse(message)));
    }
  }

  /** The clock's turn: every edge is looked at. */
  async tick(): Promise<void> {
    await this.clock.run(this.#app.tickRegions());
    await this.work();
  }

  /** From now on so many requests a minute arrive at each origin, counted since now. */
  serves(requests: Readonly<Record<string, number>>): void {
    const served = { requests: 9_000, errorRate: 0 };
    this.#served = { requests, served, since: this.clock.now().getTime() };
  }

  #reading(healthy: EdgeReading['origins']): EdgeReading {
    const { requests = {}, ...served } = this.#served;
    const counted = (name: string): OriginReading =>
      requests[name] === undefined ? {} : { requestsPerMinute: requests[name] };
    const origins = Object.entries(healthy).map(([name, one]) => [name, { ...one, ...counted(name) }] as const);
    return { load: 100, origins: Object.fromEntries(origins), ...served };
  }

  async enabled(): Promise<readonly string[]> {
    const [edge] = (await readFleet('examples/contoso/fleet.yaml', { repo: {} })).fleet!.edges;
    const { origins } = await this.control.read(edge!.id);
    return origins.filter(({ enabled }) => enabled).map(({ id }) => id.split('/').at(-1)!);
  }

  async #token(username: string): Promise<string> {
    const scope = 'api://api/reflex.act';
    const form = { grant_type: 'password', client_id: 'cli', username, password: username, scope };
    const init = { method: 'POST', body: new URLSearchParams(form).toString() };
    const answer = await this.#entra.handler(new Request('http://127.0.0.1/t/oauth2/v2.0/token', init));
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  readonly #fetch: typeof globalThis.fetch = async (input, init) => {
    const { pathname, searchParams } = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init?.headers);
    const { status, ...answer } = await this.#app.answer({
      method: init?.method ?? 'GET',
      path: pathname.replace('/api/v1/', ''),
      query: Object.fromEntries(searchParams),
      authorization: headers.get('authorization') ?? undefined,
      idempotencyKey: headers.get('idempotency-key') ?? undefined,
      contentLength: undefined,
      text: () => Promise.resolve(typeof init?.body === 'string' ? init.body : ''),
    });
    return new Response(answer.body, { status, headers: answer.headers });
  };
}
