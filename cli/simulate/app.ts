import { StorageUnavailableError } from '../../shared/errors.ts';
import type { ActorDependencies } from '../../shared/pipeline/actor.ts';
import { handleMessage } from '../../shared/pipeline/handle-message.ts';
import { Edges } from '../../shared/pipeline/edges/edges.ts';
import type { EdgeTools } from '../../shared/pipeline/edges/look.ts';
import { knownEdge } from '../../shared/pipeline/edges/known-fleet.ts';
import { Wakes } from '../../shared/pipeline/wakes.ts';
import { readSwitches } from '../../shared/reconcile/guards/switches.ts';
import { Ledger } from '../../shared/records/ledger.ts';
import { Parking } from '../../shared/records/parking.ts';
import { edgeKind, edgeTarget } from '../../shared/targets/edge/index.ts';
import { gitBranchKind } from '../../shared/targets/git-branch/index.ts';
import { gitPullRequestKind } from '../../shared/targets/git-branch/pull-requests/index.ts';
import type { RowStore } from '../../shared/ports/row-store.ts';
import { TargetRows } from '../../shared/reconcile/target-rows.ts';
import type { World } from './world.ts';

/** A scenario of traffic has origins with a capacity, and nothing behind them that could grow. */
const NO_CLUSTERS: ActorDependencies['clusters'] = {
  follow: () => Promise.resolve({ isWell: true }),
  look: () => Promise.resolve(),
};

/** The process has died: nothing that it still wanted to do is done. */
export class Crash extends Error {}

/** The app on a scenario's world: the real pipeline, reactions, target and loop. */
export class App {
  readonly edges: Edges;
  readonly rows: TargetRows;
  readonly store: RowStore;
  readonly #actor: ActorDependencies;
  #isDead = false;
  readonly #isStoreDown: () => boolean;

  /** @param measuring - how edges are measured; a scenario says itself what is measured. */
  constructor(world: World, measuring: Pick<EdgeTools, 'measure'> = {}) {
    const { clock, random, blobs, queue, readings } = world;
    const { leaseSec, probeGate } = world.scenario.policy;
    this.#isStoreDown = () => world.isStoreDown();
    this.store = guarded(world.rows, () => this.#check());
    this.rows = new TargetRows(this.store);
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const fleet = (): Promise<typeof world.fleet> => Promise.resolve(world.fleet);
    const kind = edgeKind({
      edge: async ({ key }) => (await knownEdge(key, { rows: this.store, clock, fleet })) ?? world.edge,
      control: () => world.control(),
      readings,
      ...(leaseSec === undefined ? {} : { leaseMs: leaseSec * 1000 }),
      switches: async () => await readSwitches(this.store),
      clock,
      evidence: { isTrue: async (condition) => await world.stepEvidence.isTrue(condition) },
      ...(probeGate === true ? { gates: () => world.gates } : {}),
    });
    const tools = { rows: this.store, clock, random, log, edges: kind };
    const wakes = new Wakes({ queue, clock });
    this.edges = new Edges(
      {
        ...tools,
        ...measuring,
        wake: async (edge, why, inMs) => await wakes.send(edgeTarget(edge), inMs, why),
      },
      fleet,
    );
    this.#actor = {
      ...tools,
      blobs,
      queue,
      wakes,
      fleet,
      parking: new Parking({ blobs, rows: this.store, clock }),
      ledger: new Ledger(this.store),
      git: () => Promise.reject(new Error('no branch here')),
      imageGates: [],
      registry: () => {
        throw new Error('a scenario of traffic has no registry');
      },
      branches: gitBranchKind({
        branch: () => Promise.reject(new Error('a scenario of traffic has no branch')),
        recordLink: (id) => id,
        blobs,
      }),
      pullRequests: gitPullRequestKind({
        branch: () => Promise.reject(new Error('a scenario of traffic has no branch')),
        recordLink: (id) => id,
        blobs,
      }),
      edges: this.edges,
      clusters: NO_CLUSTERS,
    };
  }

  async handle(message: unknown): Promise<void> {
    await handleMessage(message, this.#actor);
  }

  /** From now on nothing that this process does has an effect. */
  kill(): void {
    this.#isDead = true;
  }

  #check(): void {
    if (this.#isDead) {
      throw new Crash('the process has died');
    }
    if (this.#isStoreDown()) {
      throw new StorageUnavailableError('storage is down');
    }
  }
}

function guarded(rows: RowStore, check: () => void): RowStore {
  return {
    get: async (partition, rowKey) => {
      check();
      return await rows.get(partition, rowKey);
    },
    list: async (partition, prefix) => {
      check();
      return await rows.list(partition, prefix);
    },
    partitionsWith: async (rowKey) => {
      check();
      return await rows.partitionsWith(rowKey);
    },
    transact: async (partition, operations) => {
      check();
      return await rows.transact(partition, operations);
    },
  };
}

function quiet(): void {
  // A scenario says what happened by its outcome.
}
