import { RateLimitedError, UpstreamError } from '../../errors.ts';
import type { Fleet } from '../../fleet/model.ts';
import type { Intent } from '../../intents/intent.ts';
import { intentKey } from '../../intents/intent.ts';
import { withState, type IntentRequest } from '../../intents/lifecycle.ts';
import { decideScaleUp, type PoolVerdict } from '../../reactions/scale-up/index.ts';
import type { ReconcileDependencies } from '../../reconcile/look-context.ts';
import { cameToNothingAt } from '../../reconcile/consent/consent.ts';
import { openIntents } from '../../reconcile/open-intents.ts';
import { reconcile } from '../../reconcile/reconcile.ts';
import { TargetRows, type TargetState } from '../../reconcile/target-rows.ts';
import {
  clusterOf,
  clusterTarget,
  FLOOR,
  isCluster,
  type ClusterKind,
  type FloorWish,
} from '../../targets/cluster/index.ts';
import { EDGES } from '../../targets/edge/index.ts';
import { despiteOthers } from '../edges/look.ts';
import { gatherScaling, type ScalingTools } from './scaling-facts.ts';
import { noteReadable, noteUnreadable } from './unreadable.ts';

export interface ClusterTools extends ReconcileDependencies, ScalingTools {
  readonly clusters: ClusterKind;
  /** The fleet with what it no longer names and is still followed. */
  readonly known: () => Promise<Fleet>;
  /** Leaves a message that looks again at a cluster, by its ARM id. */
  readonly wakeCluster: (cluster: string, inMs: number) => Promise<void>;
}

/** Who opens floors, and why: one for each pool, for as long as traffic of a lost region is there. */
const IDENTITY = { by: { reaction: 'scale-up' }, cause: 'region-lost' } as const;
/** A floor that could not be written is tried again after 5 minutes, then 10, up to an hour. */
const FIRST_BACK_OFF_MS = 300_000;
const LONGEST_BACK_OFF_MS = 3_600_000;

/** The clusters behind the edges: more nodes where a lost region's traffic finds no room, and back again. */
export class Clusters {
  readonly #tools: ClusterTools;
  readonly #rows: TargetRows;

  constructor(tools: ClusterTools) {
    this.#tools = tools;
    this.#rows = new TargetRows(tools.rows);
  }

  /**
   * Asks for the nodes that the edges' traffic needs, lets go of those that it no longer does, and drives every cluster of
   * which anything is open.
   * @throws RowConflictError if the edges' rows stay contended; StorageUnavailableError.
   */
  async tick(): Promise<void> {
    const before = await this.#load();
    const fleet = await this.#tools.known();
    const open = openClusters(before);
    if (open.length === 0 && !fleet.clusters.some(({ scaleUp }) => scaleUp !== undefined)) {
      return;
    }
    const verdicts = decideScaleUp(await gatherScaling(fleet, floorsIn(before).filter(this.#isStanding), this.#tools));
    await this.#release(verdicts);
    await this.#raise(verdicts);
    for (const cluster of openClusters(await this.#load())) {
      await this.look(cluster);
    }
  }

  /** As `tick`, for whoever has something else to do: what goes wrong here is done by the next tick. */
  async follow(): Promise<{ readonly isWell: boolean }> {
    try {
      await this.tick();
      return { isWell: true };
    } catch (error) {
      this.#tools.log.error('clusters were not looked at', { reason: wordsOf(error) });
      return { isWell: false };
    }
  }

  /** Looks at one cluster, by its ARM id. What cannot be read is tried again with the next look; people hear of it in time. */
  async look(cluster: string): Promise<void> {
    const { log, clusters, wakeCluster, clock } = this.#tools;
    const noting = { rows: this.#rows, store: this.#tools.rows, clock };
    try {
      const report = await reconcile(clusterTarget(cluster, EDGES), clusters, this.#tools);
      log.info('cluster reconciled', { cluster, ...report });
      if (report.wakeInMs !== undefined) {
        await wakeCluster(cluster, report.wakeInMs);
      }
      await noteReadable(cluster, noting);
    } catch (error) {
      const isUnreadable = error instanceof UpstreamError || error instanceof RateLimitedError;
      log[isUnreadable ? 'warn' : 'error']('look failed for one cluster', { cluster, reason: wordsOf(error) });
      if (isUnreadable) {
        await noteUnreadable(cluster, noting);
      }
    }
  }

  /** The rows of all clusters. */
  async #load(): Promise<TargetState> {
    return await this.#rows.load({ kind: 'stored', key: EDGES, partition: EDGES });
  }

  /** False for one that has failed, or that nobody has agreed to in time, and whose pause is over: it is asked for again. */
  readonly #isStanding = (intent: Intent): boolean => {
    const { attempt = 0 } = intent.value as unknown as FloorWish;
    const waitMs = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** attempt);
    const since = cameToNothingAt(intent);
    return intent.state !== 'leaving' && (since === undefined || this.#tools.clock.now().getTime() < since + waitMs);
  };

  async #release(verdicts: readonly PoolVerdict[]): Promise<void> {
    for (const { pool } of verdicts.filter(({ decision }) => decision === 'release')) {
      await despiteOthers(async () => await this.#releasePool(pool));
    }
  }

  async #releasePool(pool: string): Promise<void> {
    const target = clusterTarget(clusterOf(pool), EDGES);
    const state = await this.#rows.load(target);
    const at = this.#tools.clock.now().toISOString();
    const released = floorsIn(state)
      .filter((intent) => intent.subject === pool && intent.state !== 'leaving')
      .filter((intent) => intent.state !== 'failed' || !this.#isStanding(intent))
      .map((intent) => goingBack(intent, at));
    if (released.length > 0) {
      const audit = released.map(({ subject, cause, signals }) => ({
        kind: 'intent-released' as const,
        at,
        facts: { subject, cause, signals, reason: NO_LONGER_NEEDED },
      }));
      await this.#rows.save(target, state, { intents: released, audit });
    }
  }

  async #raise(verdicts: readonly PoolVerdict[]): Promise<void> {
    const { clock } = this.#tools;
    for (const verdict of verdicts.filter((one) => one.decision === 'raise')) {
      const target = clusterTarget(clusterOf(verdict.pool), EDGES);
      const { intents } = await this.#rows.load(target);
      const stored = intents.get(intentKey({ ...IDENTITY, subject: verdict.pool }));
      const requests = [requestOf(verdict, stored, clock.now().toISOString())];
      await openIntents(this.#rows, target, { requests, now: () => clock.now() });
    }
  }
}

function requestOf(
  { pool, minCount, mode, approvals, edges }: Extract<PoolVerdict, { decision: 'raise' }>,
  stored: Intent | undefined,
  at: string,
): IntentRequest {
  const { attempt = 0 } = (stored?.value ?? {}) as Partial<FloorWish>;
  const isLive = stored !== undefined && stored.state !== 'closed' && stored.state !== 'leaving';
  const next = !isLive ? 0 : attempt + (cameToNothingAt(stored) === undefined ? 0 : 1);
  return {
    ...IDENTITY,
    subject: pool,
    kind: FLOOR,
    value: { minCount, ...(next > 0 ? { attempt: next } : {}) },
    mode,
    reason: `room for the traffic of ${edges.length === 1 ? 'one edge' : `${edges.length} edges`} whose region is out`,
    signals: [`scale-up#${at}`],
    ...(approvals === undefined ? {} : { approvals }),
    asOf: at,
  };
}

const NO_LONGER_NEEDED = 'no-longer-needed';

/**
 * A floor on its way back, which asks nobody: the autoscaler alone takes nodes away then. One whose way back was refused
 * is another attempt, or it would count as refused for ever.
 */
function goingBack(intent: Intent, at: string): Intent {
  const { attempt = 0 } = intent.value as unknown as FloorWish;
  const value = intent.state === 'failed' ? { ...intent.value, attempt: attempt + 1 } : intent.value;
  return withState({ ...intent, value, mode: 'enforce', approvals: undefined, asOf: at }, 'leaving', NO_LONGER_NEEDED);
}

/** Floors that anything may still become of. */
function floorsIn({ intents }: Pick<TargetState, 'intents'>): readonly Intent[] {
  return [...intents.values()].filter(({ kind, state }) => kind === FLOOR && state !== 'closed');
}

/** ARM ids of the clusters of which anything is open. */
function openClusters({ head, intents }: Pick<TargetState, 'head' | 'intents'>): readonly string[] {
  const wanted = floorsIn({ intents }).map(({ subject }) => clusterOf(subject));
  const marked = Object.entries(head.lanes).flatMap(([key, { fields, activePlan }]) =>
    isCluster(key) && (fields.length > 0 || activePlan !== undefined) ? [key] : [],
  );
  return [...new Set([...wanted, ...marked])].toSorted();
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
