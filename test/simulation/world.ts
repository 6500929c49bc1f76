import { InMemoryGateDocuments } from '../../shared/adapters/in-memory/gate-documents.ts';
import type { Fleet, FleetEdge } from '../../shared/fleet/model.ts';
import type { OriginState } from '../../shared/ports/edge-control.ts';
import type { EdgeReading } from '../../shared/ports/edge-readings.ts';
import { SeededRandom } from '../../local/time/seeded-random.ts';
import { START, type Case, type Service, type SimEdge } from './case.ts';
import { Chance } from './chance.ts';
import { Checker } from './checker.ts';
import { SimClock } from './clock.ts';
import { SimClusters } from './sim-clusters.ts';
import { SimArm } from './sim-arm.ts';
import { SimRows } from './sim-rows.ts';

/** A message of the queue. `due` in milliseconds since 1970. */
export interface Message {
  readonly text: string;
  readonly due: number;
  readonly deliveries: number;
}

/** Everything outside of the two apps. */
export class World {
  readonly clock = new SimClock(START);
  readonly arm: SimArm;
  readonly rows = new SimRows();
  readonly gates = new InMemoryGateDocuments();
  readonly checker: Checker;
  readonly edges: readonly SimEdge[];
  /** Chance of the calls: how long they take, where they break off. */
  readonly calls: Chance;
  readonly appRandom: SeededRandom;
  fleet: Fleet;
  #lastRead: Fleet | undefined;
  /** When the fleet's Git host came back. */
  #readableSince = 0;
  /** Who is no longer an approver, and since when. */
  readonly dismissed = new Map<string, number>();
  /** Edges and origins that have left the fleet, as often as they have. */
  readonly removals: string[] = [];
  readonly #unnamed = new Map<string, number>();
  messages: Message[] = [];
  sick = new Set<string>();
  /** ARM ids of edges of which nothing is measured. */
  blind = new Set<string>();
  errorRates = new Map<string, number>();
  storage: 'up' | 'down' | 'unsure' = 'up';
  readonly down = new Set<Service>();
  readonly isPartitioned: [boolean, boolean] = [false, false];
  readonly skewMs: [number, number] = [0, 0];
  /** Handlings under way: alone, nothing can come between two calls. */
  running = 0;
  /** False: calls take no time. */
  isSlow = true;

  /** Clusters whose nodes carry the traffic, where a case has them. */
  readonly clusters: SimClusters | undefined;

  constructor({ seed, edges, overlap, durationMs, growth }: Case) {
    this.clusters = growth === undefined ? undefined : new SimClusters(growth, this.clock);
    this.edges = edges;
    this.calls = new Chance(seed ^ 0x5eed);
    this.appRandom = new SeededRandom(seed ^ 0xa44);
    this.arm = new SimArm({
      time: () => this.clock.time,
      sleep: async (ms) => await this.clock.sleep(ms),
      overlap,
      durationMs,
    });
    edges.forEach(({ edge, origins }) => {
      this.arm.seed(origins);
      this.arm.seedTwin(edge);
    });
    const nothing = { registries: [], keyVaults: [], repositories: [], images: [], fleetFiles: {} };
    const clusters = this.clusters?.fleet ?? [];
    this.fleet = { name: 'sim', revision: '1', ...nothing, clusters, edges: edges.map(({ edge }) => edge) };
    this.checker = new Checker(this);
  }

  /** How long one call takes: mostly nothing when nobody else is at work. */
  delayMs(): number {
    if (!this.isSlow || !this.calls.yes(this.running > 1 ? 0.6 : 0.08)) {
      return 0;
    }
    return this.calls.yes(0.05) ? this.calls.int(500, 2_500) : this.calls.int(1, 150);
  }

  /** The fleet as an app has it: while its Git host is down, the last copy that was good. */
  readFleet(): Fleet {
    this.#lastRead = this.down.has('github') ? (this.#lastRead ?? this.fleet) : this.fleet;
    return this.#lastRead;
  }

  /** Another revision of the fleet. */
  changeFleet(change: (edges: readonly FleetEdge[]) => readonly FleetEdge[]): void {
    const { revision, edges } = this.fleet;
    const before = idsOf(edges);
    this.fleet = { ...this.fleet, revision: String(Number(revision) + 1), edges: change(edges) };
    const after = idsOf(this.fleet.edges);
    for (const id of before.filter((one) => !after.includes(one))) {
      this.removals.push(id);
      this.#unnamed.set(id, this.clock.time);
    }
    after.forEach((id) => this.#unnamed.delete(id));
  }

  /** A service that was down is back. */
  restore(service: Service): void {
    this.down.delete(service);
    this.#readableSince = service === 'github' ? this.clock.time : this.#readableSince;
  }

  /** When an app could know that an edge or an origin left the fleet, if it has not come back. */
  unnamedSince(id: string): number | undefined {
    const since = this.#unnamed.get(id);
    const isKnown = !this.down.has('github') || !idsOf(this.readFleet().edges).includes(id);
    return since === undefined || !isKnown ? undefined : Math.max(since, this.#readableSince);
  }

  monitorOf(origin: string): OriginState['monitor'] {
    if (!origin.includes('/trafficmanagerprofiles/')) {
      return undefined;
    }
    return this.sick.has(origin.split('/').at(-1) ?? '') ? 'unhealthy' : 'healthy';
  }

  /** @param names - of the origins that the asker knows: of others nothing is measured. */
  async reading(id: string, names: readonly string[]): Promise<EdgeReading | undefined> {
    const grown = await this.clusters?.capacity();
    const found = this.edges.find(({ edge }) => edge.id === id);
    if (found === undefined || this.blind.has(id)) {
      return undefined;
    }
    const { edge, load, capacity } = found;
    // Nobody probes what is disabled.
    const probed = new Set(this.arm.of(id).flatMap((one) => (one.enabled ? [one.id.split('/').at(-1)] : [])));
    return {
      load,
      origins: Object.fromEntries(
        edge.origins
          .filter(({ name }) => names.includes(name))
          .map(({ name, region }) => [
            name,
            {
              ...(edge.service === 'front-door' && probed.has(name)
                ? { healthy: !this.sick.has(region) && !this.checker.isShut(id, name) }
                : {}),
              capacity: (grown ?? capacity)[name] ?? 0,
            },
          ]),
      ),
      served: { requests: 1_000_000, errorRate: this.errorRates.get(id) ?? 0 },
    };
  }
}

function idsOf(edges: readonly FleetEdge[]): readonly string[] {
  return edges.flatMap(({ id, origins }) => [id, ...origins.map((origin) => origin.id)]);
}
