import { stringify } from 'yaml';

import { SeededRandom } from '../../local/time/seeded-random.ts';
import { VirtualClock } from '../../local/time/virtual-clock.ts';
import { InMemoryBlobStore } from '../../shared/adapters/in-memory/blob-store.ts';
import { InMemoryEdgeControl } from '../../shared/adapters/in-memory/edge-control.ts';
import { InMemoryNodePools } from '../../shared/adapters/in-memory/node-pools.ts';
import { InMemoryRowStore } from '../../shared/adapters/in-memory/row-store.ts';
import { InMemorySignalQueue } from '../../shared/adapters/in-memory/signal-queue.ts';
import type { EdgeCommand } from '../../shared/commands/edge-command.ts';
import { compose } from '../../shared/composition/compose.ts';
import { UpstreamError } from '../../shared/errors.ts';
import type { LoadedFleet } from '../../shared/fleet/model.ts';
import type { Intent } from '../../shared/intents/intent.ts';
import { sealEnvelope } from '../../shared/pipeline/envelope.ts';
import { KILL_SWITCH } from '../../shared/reconcile/guards/kill-switch.ts';
import { approvePlan } from '../../shared/reconcile/consent/plan-commands.ts';
import type { Plan } from '../../shared/reconcile/plan.ts';
import { TargetRows, type Head } from '../../shared/reconcile/target-rows.ts';
import type { AuditRecord } from '../../shared/records/audit.ts';
import type { Reflex } from '../../shared/reflex.ts';
import { readSettings } from '../../shared/settings.ts';
import { FRONT_DOOR, GROUP } from '../unit/fleet/edge-text.ts';
import { build } from '../unit/fleet/fleet-text.ts';

const MINUTE_MS = 60_000;
const PER_NODE = 80;
/** Nodes come so long after they were ordered. */
const NODES_MS = 5 * MINUTE_MS;

/** What a test says of the fleet; the rest is two regions with three nodes each, `weu` and `neu`. */
export interface Setting {
  /** By name; one edge `shop` if absent. */
  readonly edges?: Readonly<Record<string, object>>;
  /** Requests a second of each edge. */
  readonly load: number;
  /** `capacity.scaleUp` of both clusters; none if absent. */
  readonly scaleUp?: object;
  readonly autoscaler?: { readonly min: number; readonly max: number };
  /** Nodes of each region; the least if absent. */
  readonly count?: number;
  readonly ceiling?: string;
  /** How long nodes take, in milliseconds; five minutes if absent. */
  readonly nodesMs?: number;
  /** Processes that tick at the same time; one if absent. */
  readonly cells?: number;
}

/** The composed app over two clusters whose nodes are what they carry by. */
export class ScaleUpStage {
  readonly clock = new VirtualClock();
  readonly pools: InMemoryNodePools;
  readonly rows = new InMemoryRowStore();
  readonly queue = new InMemorySignalQueue(this.clock);
  /** Names of the regions that answer with errors; their probes are well, so that traffic stays until it is moved. */
  readonly sick = new Set<string>();
  /** True while no cluster answers for its node pools; what it carries is still known. */
  isUnreadable = false;
  /** Names of the regions whose probes fail: the edge has moved their traffic itself. */
  readonly dead = new Set<string>();
  load: number;
  /** The first cell that comes there dies at that moment, once. */
  crashes?: { readonly at: 'before' | 'after'; readonly port: string; readonly isIt: (call: string) => boolean };
  readonly #lost = new Set<number>();
  readonly control = new InMemoryEdgeControl({ clock: this.clock });
  #fleet: LoadedFleet;
  readonly #cells: readonly Reflex[];

  constructor(setting: Setting) {
    const { load, autoscaler = { min: 3, max: 10 }, nodesMs = NODES_MS, cells = 1 } = setting;
    this.pools = new InMemoryNodePools({ clock: this.clock, durationMs: MINUTE_MS, nodesMs });
    this.load = load;
    this.#fleet = fleetOf(setting);
    for (const region of ['weu', 'neu']) {
      const id = `${clusterId(region)}/agentPools/user`;
      this.pools.seed(clusterId(region), [{ id, count: setting.count ?? autoscaler.min, autoscaler, isServing: true }]);
    }
    for (const edge of this.#fleet.edges) {
      this.control.seed(edge.id, {
        routing: { method: 'latency-then-weight', latencySensitivityMs: 1000, hasAffinity: false },
        origins: edge.origins.map(({ id }) => ({ id, enabled: true, weight: 500, priority: 1 })),
      });
    }
    const quiet = (): void => undefined;
    const settings = readSettings({
      REFLEX_STORAGE: 'UseDevelopmentStorage=true',
      REFLEX_FLEET: 'file:none',
      ...(setting.ceiling === undefined ? {} : { REFLEX_CEILING: setting.ceiling }),
    });
    const cell = (_: unknown, seed: number): Reflex =>
      compose(settings, {
        ...{ clock: this.clock, random: new SeededRandom(seed), queue: this.queue, rows: this.rows },
        ...{ blobs: new InMemoryBlobStore(), log: { debug: quiet, info: quiet, warn: quiet, error: quiet } },
        fleet: () => Promise.resolve(this.#fleet),
        edgeControl: () => this.control,
        edgeReadings: { read: async (id) => await this.#read(id) },
        nodePools: {
          read: async (id) => {
            if (this.isUnreadable) {
              throw new UpstreamError('read node pools', 403);
            }
            return await this.pools.read(id);
          },
          begin: async (id, change) => await this.pools.begin(id, change),
          poll: async (id, state) => await this.pools.poll(id, state),
        },
        evidence: [],
        wrap: (name, port) => this.#mortal(seed, name, port),
      });
    this.#cells = Array.from({ length: cells }, cell);
  }

  /** A person asks for something. */
  async command(asked: Partial<EdgeCommand> & Pick<EdgeCommand, 'command'>, by: string): Promise<void> {
    const common = { edge: 'shop', reason: '', override: [], dryRun: false };
    const given = {
      id: `by-${by}`,
      by,
      at: this.clock.now().toISOString(),
      asked: { ...common, ...asked } as EdgeCommand,
    };
    const [cell] = this.#alive();
    await this.clock.run(cell!.handle(JSON.parse(sealEnvelope({ kind: 'command', given }))));
  }

  async killSwitch(on: boolean): Promise<void> {
    const value = { on, by: 'alice', reason: 'test', at: this.clock.now().toISOString() };
    await this.rows.transact(KILL_SWITCH.partition, [{ kind: 'put', rowKey: KILL_SWITCH.rowKey, value }]);
  }

  /** Somebody agrees to the plan that waits. */
  async approve(by: string): Promise<void> {
    const { id, target, digest } = (await this.plans()).find(({ state }) => state === 'waiting')!;
    const now = (): Date => this.clock.now();
    await approvePlan(
      new TargetRows(this.rows),
      { kind: 'stored', key: target, partition: 'edges' },
      { plan: id, digest, by, now },
    );
  }

  /** Somebody else sets the least number of nodes. */
  byHand(region: string, min: number): void {
    this.pools.change(`${clusterId(region)}/agentPools/user`, { autoscaler: { min, max: 10 } });
  }

  /** The fleet file says something else from now on. */
  reload(setting: Setting): void {
    this.#fleet = fleetOf(setting);
  }

  /** So many looks, a minute apart; what lies on the queue is handled in between. */
  async pass(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      await this.clock.run(
        Promise.all(this.#alive().map(async (cell) => await this.#survive(async () => await cell.tickRegions()))),
      );
      await this.clock.advance(MINUTE_MS / 2);
      for (const message of this.queue.take()) {
        const [cell] = this.#alive();
        await this.clock.run(this.#survive(async () => await cell?.handle(JSON.parse(message))));
      }
      await this.clock.advance(MINUTE_MS / 2);
    }
  }

  /** Origins that are enabled, by name, in order. */
  async serving(): Promise<readonly string[]> {
    const states = await Promise.all(this.#fleet.edges.map(async ({ id }) => await this.control.read(id)));
    const enabled = states.flatMap(({ origins }) => origins.filter((origin) => origin.enabled).map(({ id }) => id));
    return enabled.map((id) => this.#nameOf(id)).toSorted();
  }

  /** The least number of nodes and the nodes of a region's pool. */
  async nodes(region: string): Promise<readonly [number | undefined, number]> {
    const [pool] = await this.pools.read(clusterId(region));
    return [pool?.autoscaler?.min, pool?.count ?? 0];
  }

  async intents(kind: string): Promise<readonly Intent[]> {
    return (await this.#list<Intent>('intent|')).filter((intent) => intent.kind === kind);
  }

  async plans(): Promise<readonly Plan[]> {
    return await this.#list<Plan>('plan|');
  }

  /** Keys of the targets that the partition knows. */
  async targets(): Promise<readonly string[]> {
    const head = await this.rows.get('edges', 'head');
    return Object.keys((head?.value as unknown as Head).lanes);
  }

  /** Why people were called, in order. */
  async pages(): Promise<readonly unknown[]> {
    const records = await this.#list<AuditRecord>('audit|');
    return records.filter(({ kind }) => kind === 'paged').map(({ facts }) => facts['reason']);
  }

  /** What people were called for, and is over. */
  async pagesOver(): Promise<readonly unknown[]> {
    const records = await this.#list<AuditRecord>('audit|');
    return records.filter(({ kind }) => kind === 'page-over').map(({ facts }) => facts['reason']);
  }

  /** How many cells have died. */
  get deaths(): number {
    return this.#lost.size;
  }

  #alive(): readonly Reflex[] {
    return this.#cells.filter((_, index) => !this.#lost.has(index));
  }

  async #survive(work: () => Promise<unknown>): Promise<void> {
    const before = this.#lost.size;
    await work().catch((error: unknown) => {
      if (this.#lost.size === before) {
        throw error;
      }
    });
  }

  /** A port that answers nothing any more once its cell is dead. */
  #mortal<Port extends object>(cell: number, name: string, port: Port): Port {
    const live = (): void => {
      if (this.#lost.has(cell)) {
        throw new Error('this cell is dead');
      }
    };
    const die = (at: 'before' | 'after', call: string): void => {
      if (this.crashes?.at === at && this.crashes.port === name && this.crashes.isIt(call)) {
        delete this.crashes;
        this.#lost.add(cell);
      }
    };
    if (!['rows', 'nodePools'].includes(name)) {
      return port;
    }
    return new Proxy(port, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== 'function') {
          return value;
        }
        return async (...args: readonly unknown[]): Promise<unknown> => {
          const call = `${String(key)} ${JSON.stringify(args)}`;
          die('before', call);
          live();
          const answer: unknown = await Reflect.apply(value, target, args);
          die('after', call);
          live();
          return answer;
        };
      },
    });
  }

  async #list<Row>(prefix: string): Promise<readonly Row[]> {
    return (await this.rows.list('edges', prefix)).map(({ value }) => value as Row);
  }

  #nameOf(id: string): string {
    return this.#fleet.edges.flatMap(({ origins }) => origins).find((origin) => origin.id === id)?.name ?? id;
  }

  async #read(id: string) {
    const edge = this.#fleet.edges.find((one) => one.id === id)!;
    const origins = await Promise.all(
      edge.origins.map(async ({ name }) => {
        const short = name.split('-').at(-1) ?? '';
        const [, count] = await this.nodes(short);
        const errorRate = this.sick.has(short) ? 0.5 : 0;
        const seen = { healthy: !this.dead.has(short), errorRate, requestsPerMinute: 10_000 };
        return [name, { ...seen, capacity: count * PER_NODE }] as const;
      }),
    );
    return { load: this.load, origins: Object.fromEntries(origins) };
  }
}

export function clusterId(region: string): string {
  return `${GROUP}/Microsoft.ContainerService/managedClusters/shop-${region}`;
}

function fleetOf({ edges = { shop: {} }, scaleUp }: Setting): LoadedFleet {
  const capacity = { perNode: PER_NODE };
  const cluster = (region: string): object => ({ resourceId: clusterId(region), region, capacity });
  const named = Object.entries(edges).map(([name, own], index) => [
    name,
    {
      frontDoor: { ...FRONT_DOOR, resourceId: `${FRONT_DOOR.resourceId}-${name}` },
      origins: { [`${name}-weu`]: 'shop-weu', [`${name}-neu`]: 'shop-neu' },
      priority: index + 1,
      rules: { headroom: '20%' },
      signals: { quorum: 1, recoverHold: '5m', errorRateMax: '5%' },
      mode: { drain: 'enforce', restore: 'enforce' },
      approvals: { restore: 0 },
      ...own,
    },
  ]);
  const text = stringify({
    version: 1,
    fleet: 'shop',
    clusters: { 'shop-weu': cluster('weu'), 'shop-neu': cluster('neu') },
    edges: Object.fromEntries(named) as object,
  });
  const built = build(text);
  if (built.fleet === undefined) {
    throw new Error(JSON.stringify(built.findings));
  }
  const clusters = built.fleet.clusters.map((cluster) =>
    scaleUp === undefined
      ? cluster
      : {
          ...cluster,
          scaleUp: { pool: `${cluster.resourceId.key}/agentpools/user`, mode: 'enforce', ...scaleUp } as const,
        },
  );
  return { ...built.fleet, clusters };
}
