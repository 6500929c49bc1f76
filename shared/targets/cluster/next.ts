import type { Intent } from '../../intents/intent.ts';
import type { NodePool, NodePoolChange } from '../../ports/node-pools.ts';
import type { Step } from '../../reconcile/plan.ts';
import type { Field, Look, Situation, Verdict } from '../../reconcile/target-kind.ts';
import { floorOf, foldPools, isDrift, markOf, MIN_COUNT, type PoolGoal } from './fold.ts';
import type { ObservedCluster } from './observe.ts';

/** One write: a pool's least number of nodes. */
export interface ClusterChange extends NodePoolChange {
  /** ARM id. */
  readonly pool: string;
}

/** Until the next look at a pool that somebody's write is still at work on. */
const BUSY_MS = 15_000;
/** Nodes take 5 to 15 minutes to come; then people must look: quota, capacity of the zone, a broken autoscaler. */
const NODES_LATE_MS = 15 * 60_000;

/**
 * What to write so that a cluster's node pools become what their intents want, one pool at a time. Pure.
 *
 * Reasons of `blocked`: docs/failover.md.
 */
export function lookAtCluster(observed: ObservedCluster, situation: Situation): Look<ClusterChange> {
  const { pools } = observed;
  const goals = foldPools(pools, situation);
  const held = heldBack(observed);
  const verdicts = [...situation.acting, ...situation.leaving].map((intent) =>
    verdictOn(intent, { observed, situation, goals, held }),
  );
  const base: Look<ClusterChange> = { verdicts, steps: [], ...ours(pools, situation) };
  if (held !== undefined) {
    return { ...base, ...(goals.length === 0 ? {} : { wait: { reason: held.reason } }) };
  }
  const steps = goals.map(stepOf);
  const [first] = goals;
  if (first === undefined) {
    return base;
  }
  return first.pool.isTerminal
    ? { ...base, steps, change: { pool: first.pool.id, minCount: first.minCount } }
    : { ...base, steps, wait: { ms: BUSY_MS, reason: 'busy' } };
}

interface Held {
  readonly reason: string;
  readonly page: boolean;
}

/** What keeps every write back. */
function heldBack({ isWritable, automation }: ObservedCluster): Held | undefined {
  if (!isWritable) {
    return { reason: 'outside-ceiling', page: true };
  }
  return automation === 'off' ? { reason: 'gate-off', page: true } : undefined;
}

const LATE_ADVICE = 'look at quota, at the stock of the zones and at the status of the autoscaler, or shed load.';

interface Looking {
  readonly observed: ObservedCluster;
  readonly situation: Situation;
  readonly goals: readonly PoolGoal[];
  readonly held: Held | undefined;
}

function verdictOn(intent: Intent, looking: Looking): Verdict {
  const { observed, situation, goals, held } = looking;
  const isMoving = goals.some(({ pool }) => pool.id === intent.subject);
  if (held !== undefined && isMoving) {
    return { intent, outcome: 'blocked', ...held };
  }
  if (isMoving) {
    return { intent, outcome: 'act' };
  }
  if (intent.state === 'leaving') {
    return { intent, outcome: 'gone' };
  }
  const pool = observed.pools.find(({ id }) => id === intent.subject);
  if (pool?.autoscaler === undefined) {
    const [reason, advice] =
      pool === undefined
        ? ['config-error:pool-not-found', 'Correct the name of the pool in `capacity.scaleUp` of the fleet file.']
        : ['config-error:no-autoscaler', 'Turn the autoscaler of the pool on, or name another pool.'];
    return { intent, outcome: 'blocked', reason, page: true, advice };
  }
  const floor = floorOf(situation.acting, pool) ?? 0;
  if (isDrift(pool, markOf(situation.fields, pool.id), floor)) {
    const advice = `Somebody has set its least number of nodes to ${pool.autoscaler.min}; ${floor} are needed. Set it, or shed load.`;
    return { intent, outcome: 'blocked', reason: 'drift', page: true, advice };
  }
  if (pool.count >= floor) {
    return { intent, outcome: 'done' };
  }
  // Whoever had to agree to it may have taken their time.
  const since = Math.max(Date.parse(intent.asOf), Date.parse(situation.lastWrites?.[pool.id] ?? intent.asOf));
  const isLate = situation.now.getTime() > since + NODES_LATE_MS;
  return {
    intent,
    outcome: 'done',
    ...(isLate
      ? { reason: 'nodes-late', page: true, advice: `${pool.count} of ${floor} nodes are there: ${LATE_ADVICE}` }
      : { reason: 'waiting-for-nodes' }),
  };
}

/** Marks that a write which went wrong has left in doubt, and those that are somebody else's value by now. */
function ours(
  pools: readonly NodePool[],
  { fields, acting, dormant = [] }: Situation,
): Pick<Look<ClusterChange>, 'found' | 'foreign'> {
  const minOf = (subject: string): number | undefined => pools.find(({ id }) => id === subject)?.autoscaler?.min;
  const doubtful = fields.filter(({ attempted }) => attempted !== undefined);
  const found = doubtful.flatMap(({ subject, group, written, attempted }): readonly Found[] => {
    const isThere = attempted?.['minCount'] === minOf(subject);
    return [{ subject, group, written: isThere && attempted !== undefined ? attempted : written }];
  });
  const foreign = fields
    .filter(({ attempted }) => attempted === undefined)
    .filter(({ subject, written }) => written['minCount'] !== minOf(subject))
    .filter(({ subject }) => ![...acting, ...dormant].some((intent) => intent.subject === subject))
    .map(({ subject, group }) => ({ subject, group }));
  return { ...(found.length === 0 ? {} : { found }), ...(foreign.length === 0 ? {} : { foreign }) };
}

type Found = Pick<Field, 'subject' | 'group' | 'written'>;

function stepOf({ pool, minCount, isRaise }: PoolGoal): Step {
  const { id, autoscaler } = pool;
  const [from, to] = [{ minCount: autoscaler?.min ?? 0 }, { minCount }];
  const [cluster, , name] = id.split('/').slice(-3);
  return {
    id: `${MIN_COUNT}:${name ?? id}`,
    title: `${isRaise ? 'keep at least' : 'put back to at least'} ${minCount} nodes in pool ${name ?? ''} of ${cluster ?? ''}, before ${from.minCount}`,
    effect: isRaise ? 'scale-up' : 'scale-back',
    from,
    to,
    changes: [{ subject: id, group: MIN_COUNT, from, to }],
    predicates: [`the autoscaler is on and keeps ${autoscaler?.max ?? 0} nodes at most`],
    // A way back that fails stands still, and people are called.
    onFailure: isRaise ? 'back' : 'stay',
    ...(isRaise ? { isUrgent: true as const } : {}),
  };
}
