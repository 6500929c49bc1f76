import type { Clock } from '../../ports/clock.ts';
import type { RowStore } from '../../ports/row-store.ts';
import type { TargetRows } from '../../reconcile/target-rows.ts';
import { clusterTarget } from '../../targets/cluster/index.ts';
import { EDGES } from '../../targets/edge/index.ts';

/** Row `unreadable|<cluster>`: looks in a row at which a cluster that something is open of could not be read. */
interface Unreadable {
  readonly schema: 1;
  readonly looks: number;
  /** ISO 8601. */
  readonly since: string;
}

export interface Noting {
  readonly rows: TargetRows;
  readonly store: RowStore;
  readonly clock: Clock;
}

/** Looks in a row before people are called: some minutes. */
const PATIENCE = 5;
export const UNREADABLE = 'cluster-unreadable';

/**
 * Counts a look that found a cluster unreadable, and calls people once when there are too many: what is open there does
 * not go on, and nothing goes back.
 * @throws RowConflictError if somebody else writes the edges' rows at that moment: the next look counts.
 */
export async function noteUnreadable(cluster: string, { rows, store, clock }: Noting): Promise<void> {
  const at = clock.now().toISOString();
  const known = await read(cluster, store);
  const value: Unreadable = { schema: 1, looks: (known?.looks ?? 0) + 1, since: known?.since ?? at };
  const facts = { subject: cluster, reason: UNREADABLE, problem: problemOf(cluster, value), advice: ADVICE };
  await rows.save(clusterTarget(cluster, EDGES), await rows.load(clusterTarget(cluster, EDGES)), {
    facts: [{ rowKey: keyOf(cluster), value }],
    audit: value.looks === PATIENCE ? [{ kind: 'paged', at, facts }] : [],
  });
}

/** Ends that, where it was so. @throws RowConflictError: the next look does it. */
export async function noteReadable(cluster: string, { rows, store, clock }: Noting): Promise<void> {
  const known = await read(cluster, store);
  if (known === undefined || known.looks === 0) {
    return;
  }
  const at = clock.now().toISOString();
  const facts = { subject: cluster, reason: UNREADABLE, problem: problemOf(cluster, known) };
  await rows.save(clusterTarget(cluster, EDGES), await rows.load(clusterTarget(cluster, EDGES)), {
    facts: [{ rowKey: keyOf(cluster), value: { schema: 1, looks: 0, since: at } satisfies Unreadable }],
    audit: known.looks >= PATIENCE ? [{ kind: 'page-over', at, facts }] : [],
  });
}

const ADVICE = 'Its node pools cannot be read: look at Azure status and at our role on the cluster.';

async function read(cluster: string, store: RowStore): Promise<Unreadable | undefined> {
  return (await store.get(EDGES, keyOf(cluster)))?.value as unknown as Unreadable | undefined;
}

/** ARM ids of clusters are far below the 200 characters of a key. */
function keyOf(cluster: string): string {
  return `unreadable|${cluster}`;
}

/** Names the page, so that its end is that of the same page. */
function problemOf(cluster: string, { since }: Unreadable): string {
  return `unreadable:${cluster}@${since}`;
}
