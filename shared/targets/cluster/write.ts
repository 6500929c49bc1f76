import { canonicalJson } from '../../domain/json.ts';
import type { Clock } from '../../ports/clock.ts';
import type { NodePool, NodePools } from '../../ports/node-pools.ts';
import { POLL_MS, progressOf, refusalOf, resultOf } from '../../reconcile/writing/operations.ts';
import type { Progress, Sending, Settlement, WriteResult } from '../../reconcile/target-kind.ts';
import type { ClusterChange } from './next.ts';
import { readPools } from './observe.ts';

/** A cluster with what it takes to write its node pools. */
export interface ClusterWriter {
  /** ARM id, lower case. */
  readonly cluster: string;
  readonly nodePools: NodePools;
  readonly clock: Clock;
}

/** What a write is conditioned on: what autoscalers keep to; how many nodes they have started is nobody's word. Pure. */
export function preconditionOf(pools: readonly NodePool[]): string {
  const limits = pools.map(({ id, autoscaler }) => ({ id, autoscaler: autoscaler ?? null }));
  return canonicalJson(limits.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
}

/** Sends one write after a last look; the service's own eTag guards the time between. Never throws what it answers. */
export async function writePool(
  { cluster, nodePools, clock }: ClusterWriter,
  sending: Sending,
  { pool, minCount }: ClusterChange,
): Promise<WriteResult> {
  try {
    if (preconditionOf(await nodePools.read(cluster)) !== sending.precondition) {
      return { outcome: 'stale' };
    }
    if (clock.now().toISOString() >= sending.sendBy) {
      return { outcome: 'postponed', reason: 'sent too late' };
    }
    return resultOf(await nodePools.begin(pool, { minCount }), { pool });
  } catch (error) {
    return refusalOf(error, { notFound: 'config-error:pool-not-found', refused: () => 'refused-by-service' });
  }
}

/** Asks once how an accepted write is going. */
export async function pollPool({ nodePools }: ClusterWriter, { step }: Sending, operation: string): Promise<Progress> {
  const pool = step.changes[0]?.subject ?? '';
  return await progressOf(operation, {
    ask: async () => await nodePools.poll(pool, operation),
    evidence: { pool },
  });
}

/** Reads what became of a write whose answer never came. */
export async function settlePool(
  { cluster, nodePools, clock }: ClusterWriter,
  { step, sendBy }: Sending,
): Promise<Settlement> {
  const [change] = step.changes;
  const pool = (await readPools(nodePools, cluster)).find(({ id }) => id === change?.subject);
  if (pool === undefined || change === undefined) {
    return { outcome: 'not-written' };
  }
  if (!pool.isTerminal) {
    return { outcome: 'unsettled', pollInMs: POLL_MS };
  }
  if (pool.autoscaler?.min === change.to['minCount']) {
    return { outcome: 'written', evidence: { pool: pool.id, found: 'by reading' } };
  }
  const leftMs = Date.parse(sendBy) - clock.now().getTime();
  return leftMs > 0 ? { outcome: 'unsettled', pollInMs: leftMs } : { outcome: 'not-written' };
}
