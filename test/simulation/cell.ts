import { InMemoryBlobStore } from '../../shared/adapters/in-memory/blob-store.ts';
import { sumOf, type Burden } from '../../shared/domain/traffic/burden.ts';
import { evidenceKey, NO_EVIDENCE, heardIn, type EdgeEvidence } from '../../shared/domain/traffic/evidence.ts';
import { NotFoundError, StorageUnavailableError, UpstreamError } from '../../shared/errors.ts';
import type { Fleet, FleetEdge } from '../../shared/fleet/model.ts';
import { Clusters } from '../../shared/pipeline/clusters/clusters.ts';
import { Edges, type Measurement } from '../../shared/pipeline/edges/edges.ts';
import { measurementsOf, shutGates } from '../../shared/pipeline/edges/measure.ts';
import { Wakes } from '../../shared/pipeline/wakes.ts';
import { knownEdge, knownFleet } from '../../shared/pipeline/edges/known-fleet.ts';
import type { ActorDependencies } from '../../shared/pipeline/actor.ts';
import { handleMessage } from '../../shared/pipeline/handle-message.ts';
import type { EdgeControl, EdgeState } from '../../shared/ports/edge-control.ts';
import type { EdgeReadings } from '../../shared/ports/edge-readings.ts';
import type { GateDocuments } from '../../shared/ports/gate-documents.ts';
import type { LogFields } from '../../shared/ports/log.ts';
import type { NodePools } from '../../shared/ports/node-pools.ts';
import type { RowStore } from '../../shared/ports/row-store.ts';
import type { Approval, Plan } from '../../shared/reconcile/plan.ts';
import { readSwitches } from '../../shared/reconcile/guards/switches.ts';
import type { TargetRef } from '../../shared/reconcile/target-kind.ts';
import { TargetRows } from '../../shared/reconcile/target-rows.ts';
import { Ledger } from '../../shared/records/ledger.ts';
import { Parking } from '../../shared/records/parking.ts';
import { clusterKind, clusterTarget, isCluster } from '../../shared/targets/cluster/index.ts';
import { burdenKey, edgeKind, EDGES, edgeTarget, type EdgeKind } from '../../shared/targets/edge/index.ts';
import { gitPullRequestKind } from '../../shared/targets/git-branch/pull-requests/index.ts';
import { gitBranchKind } from '../../shared/targets/git-branch/index.ts';
import type { CellIndex } from './case.ts';
import type { World } from './world.ts';

const NO_CLUSTERS: ActorDependencies['clusters'] = {
  follow: () => Promise.resolve({ isWell: true }),
  look: () => Promise.resolve(),
};

/** The process has died in the middle of something. */
export class Crash extends Error {}

/** Changes the target kind that the apps are built on, to see whether a broken rule is found. */
export type KindChange = (kind: EdgeKind) => EdgeKind;

/**
 * One process of the app on the world's rows: the real pipeline, reactions, target and loop. Each of its calls to the
 * outside may take a while, fail, or be its last.
 */
export class Cell {
  readonly index: CellIndex;
  readonly edges: Edges;
  readonly rows: TargetRows;
  readonly #actor: ActorDependencies;
  readonly #clusters: ActorDependencies['clusters'];
  readonly #world: World;
  readonly #knownEdge: (id: string) => Promise<FleetEdge | undefined>;
  /** Rejects when the process dies. */
  readonly died: Promise<never>;
  #die: (crash: Crash) => void = () => undefined;
  isDead = false;
  /** Calls until the process dies. */
  callsLeft = Infinity;

  constructor(world: World, index: CellIndex, change: KindChange) {
    this.index = index;
    this.#world = world;
    this.died = new Promise((_, reject) => (this.#die = reject));
    this.died.catch(() => undefined);
    const clock = world.clock.skewed(() => world.skewMs[index]);
    const random = world.appRandom;
    const store = this.#store();
    this.rows = new TargetRows(store);
    const log = {
      debug: quiet,
      info: quiet,
      warn: quiet,
      error: (message: string, fields?: LogFields) => world.checker.onLogged(message, fields),
    };
    const fleet = () => Promise.resolve(world.readFleet());
    const followed = { rows: store, clock, fleet };
    const known = async (): Promise<Fleet> => await knownFleet(followed);
    this.#knownEdge = async (id) => await knownEdge(id, followed);
    const heard = async (id: string): Promise<EdgeEvidence> => {
      const row = await store.get(EDGES, evidenceKey(id));
      return (row?.value as unknown as EdgeEvidence | undefined) ?? NO_EVIDENCE;
    };
    const kind = change(
      edgeKind({
        edge: async ({ key }) => {
          const found = await this.#knownEdge(key);
          if (found === undefined) {
            throw new NotFoundError(`the fleet names no edge ${key}`);
          }
          return found;
        },
        control: (edge) => this.#control(edge),
        readings: this.#readings(),
        switches: async () => await readSwitches(store),
        clock,
        gates: ({ id, hasGates }) => (hasGates === true ? this.#gates(id) : undefined),
        burdens: async ({ id }) => {
          const { edges } = await known();
          const keys = new Set(edges.filter((edge) => edge.id !== id).map((edge) => burdenKey(edge.id)));
          const others = (await store.list(EDGES, 'burden|')).filter(({ rowKey }) => keys.has(rowKey));
          return sumOf(others.map(({ value }) => value as unknown as Burden));
        },
        lastSeen: async ({ id }) => (await heard(id)).seen,
        heard: async ({ id }) => heardIn(await heard(id), clock.now().getTime()),
      }),
    );
    const measure = async (edge: FleetEdge): Promise<readonly Measurement[]> => {
      const reading = await this.#readings().read(edge.id);
      const shut = await shutGates(edge, this.#gates(edge.id));
      return reading === undefined ? [] : measurementsOf(edge, reading, { now: clock.now(), shut });
    };
    const isApprover = (_: TargetRef, __: Plan, { by }: Approval): Promise<boolean> =>
      Promise.resolve(!world.dismissed.has(by));
    const tools = { rows: store, clock, random, log, edges: kind, measure, isApprover };
    const queue = { send: async (text: string, delayMs = 0) => await this.#send(text, delayMs) };
    const wakes = new Wakes({ queue, clock });
    this.edges = new Edges(
      {
        ...tools,
        wake: async (edge, why, inMs) => await wakes.send(edgeTarget(edge), inMs, why),
      },
      fleet,
    );
    const nodePools = this.#nodePools();
    this.#clusters =
      world.clusters === undefined
        ? NO_CLUSTERS
        : new Clusters({
            ...{ ...tools, known, nodePools },
            clusters: clusterKind({
              ...{ nodePools, clock },
              switches: async () => await readSwitches(store),
              isWritable: () => true,
            }),
            wakeCluster: async (id, inMs) => await wakes.send(clusterTarget(id, EDGES), inMs, 'plan'),
          });
    const blobs = new InMemoryBlobStore();
    this.#actor = {
      ...tools,
      blobs,
      queue,
      wakes,
      fleet,
      parking: new Parking({ blobs, rows: store, clock }),
      ledger: new Ledger(store),
      git: () => Promise.reject(new Error('no branch here')),
      imageGates: [],
      registry: () => {
        throw new Error('a run has no registry');
      },
      branches: gitBranchKind({
        branch: () => Promise.reject(new Error('a run has no branch')),
        recordLink: (id) => id,
        blobs,
      }),
      pullRequests: gitPullRequestKind({
        branch: () => Promise.reject(new Error('a run has no branch')),
        recordLink: (id) => id,
        blobs,
      }),
      edges: this.edges,
      clusters: this.#clusters,
    };
  }

  async handle(text: string): Promise<void> {
    await handleMessage(JSON.parse(text), this.#actor);
  }

  /** What the minute's timer does. */
  async tick(): Promise<void> {
    await this.edges.tick();
    await this.#clusters.follow();
  }

  /** Looks at a target by its key. */
  async lookAt(key: string): Promise<void> {
    await (isCluster(key) ? this.#clusters.look(key) : this.edges.look(key));
  }

  kill(): void {
    this.isDead = true;
    this.#die(new Crash('the process has died'));
  }

  #isGone(): boolean {
    return this.isDead;
  }

  /** One call: it may be the last, before its effect, in the middle of it (nobody hears of it), or after. */
  async #call<T>(effect: () => Promise<T>): Promise<T> {
    if (this.#isGone()) {
      return await never();
    }
    this.callsLeft -= 1;
    const isLast = this.callsLeft <= 0;
    if (isLast && !this.#world.calls.yes(0.5)) {
      this.kill();
    } else {
      const ms = this.#world.delayMs();
      if (ms > 0) {
        await this.#world.clock.sleep(ms);
      }
    }
    if (this.#isGone() && this.#world.calls.yes(0.5)) {
      return await never();
    }
    const result = await effect();
    if (isLast) {
      this.kill();
    }
    return this.#isGone() ? await never() : result;
  }

  #store(): RowStore {
    const { rows } = this.#world;
    const read = async <T>(effect: () => Promise<T>): Promise<T> =>
      await this.#call(async () => {
        this.#assertStorage();
        return await effect();
      });
    return {
      get: async (partition, rowKey) => await read(() => rows.get(partition, rowKey)),
      list: async (partition, prefix) => await read(() => rows.list(partition, prefix)),
      partitionsWith: async (rowKey) => await read(() => rows.partitionsWith(rowKey)),
      transact: async (partition, operations) =>
        await this.#call(async () => {
          this.#assertStorage();
          const etags = await rows.transact(partition, operations);
          if (this.#world.storage === 'unsure' && this.#world.calls.yes(0.3)) {
            throw new StorageUnavailableError('no answer: it was written');
          }
          return etags;
        }),
    };
  }

  #assertStorage(): void {
    const { storage, calls } = this.#world;
    if (storage === 'down' || (storage === 'unsure' && calls.yes(0.1))) {
      throw new StorageUnavailableError('storage is down');
    }
  }

  async #send(text: string, delayMs: number): Promise<void> {
    await this.#call(() => {
      this.#assertStorage();
      this.#world.messages.push({ text, due: this.#world.clock.time + delayMs, deliveries: 0 });
      return Promise.resolve();
    });
  }

  #control(edge: FleetEdge): EdgeControl {
    const { arm, checker } = this.#world;
    let seen: EdgeState | undefined;
    return {
      read: async () =>
        await this.#call(() => {
          this.#assertConnected('read');
          seen = arm.read(edge, (id) => this.#world.monitorOf(id));
          return Promise.resolve(seen);
        }),
      begin: async (origin, change) =>
        await this.#call(async () => {
          this.#assertToken('write origin');
          if (this.#world.isPartitioned[this.index]) {
            // In the adapters an unanswered write is unknown, never thrown.
            return { status: 'unknown', detail: 'no answer' } as const;
          }
          checker.onBegin({ cell: this.index, edge, origin, change, seen });
          return await arm.begin(edge, origin, change);
        }),
      poll: async (_, state) =>
        await this.#call(() => {
          this.#assertConnected('poll');
          return Promise.resolve(arm.poll(state));
        }),
    };
  }

  /** Gates answer without the control plane, in a partition as well: they lie in storage. */
  #gates(edge: string): GateDocuments {
    const { gates, checker } = this.#world;
    return {
      read: async () =>
        await this.#call(async () => {
          this.#assertStorage();
          return await gates.read(edge);
        }),
      write: async (document, condition) =>
        await this.#call(async () => {
          this.#assertStorage();
          if (this.#world.down.has('key-vault')) {
            throw new UpstreamError('sign gate document', 503);
          }
          const etag = await gates.write(document, condition);
          checker.onGates(this.index, document);
          return etag;
        }),
    };
  }

  #nodePools(): NodePools {
    const pools = this.#world.clusters?.pools;
    const asked = async <T>(ask: (pools: NodePools) => Promise<T>): Promise<T> =>
      await this.#call(async () => {
        this.#assertConnected('node pools');
        if (pools === undefined) {
          throw new NotFoundError('a run without clusters');
        }
        return await ask(pools);
      });
    return {
      read: async (cluster) => await asked(async (all) => await all.read(cluster)),
      begin: async (pool, change) =>
        await this.#call(async () => {
          this.#assertToken('write node pool');
          if (this.#world.isPartitioned[this.index] || pools === undefined) {
            return { status: 'unknown', detail: 'no answer' } as const;
          }
          this.#world.checker.onPool(pool);
          return await pools.begin(pool, change);
        }),
      poll: async (pool, state) => await asked(async (all) => await all.poll(pool, state)),
    };
  }

  #readings(): EdgeReadings {
    return {
      read: async (edge) => {
        const names = (await this.#knownEdge(edge))?.origins.map(({ name }) => name) ?? [];
        return await this.#call(async () => {
          this.#assertConnected('read');
          const reading = await this.#world.reading(edge, names);
          this.#world.checker.onReading(this.index, edge, reading);
          return reading;
        });
      },
    };
  }

  /** Without a token nothing is sent. */
  #assertToken(call: string): void {
    if (this.#world.down.has('token')) {
      throw new UpstreamError(call, 503);
    }
  }

  #assertConnected(call: string): void {
    this.#assertToken(call);
    if (this.#world.isPartitioned[this.index]) {
      throw new UpstreamError(call, 0);
    }
  }
}

/** What a process that has died waits for never comes. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}

function quiet(): void {
  // A run says what happened by its records.
}
