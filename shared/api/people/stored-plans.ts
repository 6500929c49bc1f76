import type { RowStore } from '../../ports/row-store.ts';
import { planKey, type Plan } from '../../reconcile/plan.ts';
import type { StoredPlan } from '../../reconcile/stored-plan.ts';
import type { TargetRef } from '../../reconcile/target-kind.ts';
import { HEAD } from '../../reconcile/target-rows.ts';
import { clusterTarget, isCluster } from '../../targets/cluster/index.ts';
import { EDGES } from '../../targets/edge/index.ts';

const PLAN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Finds a plan by its id, whether or not the fleet still names its target. @throws StorageUnavailableError */
export async function findPlan(rows: RowStore, id: string): Promise<StoredPlan | undefined> {
  if (!PLAN_ID.test(id)) {
    return undefined;
  }
  for (const partition of await partitionsOf(rows)) {
    const row = await rows.get(partition, planKey(id));
    if (row !== undefined) {
      const plan = row.value as unknown as Plan;
      return { plan, target: targetIn(partition, plan) };
    }
  }
  return undefined;
}

/** Every plan that is kept. @throws StorageUnavailableError */
export async function listPlans(rows: RowStore): Promise<readonly Plan[]> {
  const lists = await Promise.all((await partitionsOf(rows)).map((partition) => rows.list(partition, planKey(''))));
  return lists.flat().map(({ value }) => value as unknown as Plan);
}

/** Partitions that hold targets; the edges come first, because theirs are the plans of an emergency. */
export async function partitionsOf(rows: RowStore): Promise<readonly string[]> {
  const all = await rows.partitionsWith(HEAD);
  return [...all.filter((partition) => partition === EDGES), ...all.filter((partition) => partition !== EDGES)];
}

function targetIn(partition: string, { target: key }: Plan): TargetRef {
  if (partition === EDGES) {
    return isCluster(key) ? clusterTarget(key, partition) : { kind: 'edge', key, partition };
  }
  return key === partition ? { kind: 'git-branch', key } : { kind: 'git-pull-request', key, partition };
}
