import { evidenceKey, type EdgeEvidence } from '../domain/traffic/evidence.ts';
import { isAtOrBelow } from './names.ts';
import type { Intent } from '../intents/intent.ts';
import type { RowStore } from '../ports/row-store.ts';
import { planKey, type Plan } from '../reconcile/plan.ts';
import { PLAN_ID_LENGTH, type StoredPlan } from '../reconcile/stored-plan.ts';
import { partitionOf, type TargetRef } from '../reconcile/target-kind.ts';
import { HEAD, TargetRows } from '../reconcile/target-rows.ts';
import type { AuditRecord } from '../records/audit.ts';

/** Everything that the rows say about one plan. */
export interface Run {
  readonly plan: Plan;
  /** Other plans of the same target that bring the same intents there or back, oldest first. */
  readonly others: readonly Plan[];
  /** Of the plan's target, open or closed, as they are now. */
  readonly intents: readonly Intent[];
  /** Of the plan's target, oldest first; those of other targets in the same chain are left out. */
  readonly records: readonly AuditRecord[];
  /** What is known of the edge's regions now; absent for a target that is no edge. */
  readonly evidence?: EdgeEvidence;
}

/**
 * Gathers the rows of one plan. Of votes the rows keep the newest of each source alone, so a report says most about them
 * when it is made soon. Nothing is locked: a plan that is running may be read between two of its steps.
 * @returns undefined if the target has no such plan.
 * @throws StorageUnavailableError
 */
export async function readRun(rows: RowStore, target: TargetRef, planId: string): Promise<Run | undefined> {
  const targets = new TargetRows(rows);
  const plan = await targets.plan(target, planId);
  if (plan === undefined) {
    return undefined;
  }
  const partition = partitionOf(target);
  const [{ intents }, chain, plans, known] = await Promise.all([
    targets.load(target),
    rows.list(partition, 'audit|'),
    rows.list(partition, planKey('')),
    rows.get(partition, evidenceKey(plan.target)),
  ]);
  return {
    plan,
    others: plans
      .map(({ value }) => value as unknown as Plan)
      .filter((one) => isAkin(one, plan))
      .toSorted(byTime),
    intents: [...intents.values()].filter(({ subject }) => isAtOrBelow(subject, plan.target)),
    records: chain.map(({ value }) => value as unknown as AuditRecord).filter((record) => isAbout(record, plan)),
    ...(known === undefined ? {} : { evidence: known.value as unknown as EdgeEvidence }),
  };
}

/**
 * Finds the plans whose ids begin so, in whichever partition they stand. Reads every partition's keys: for tools.
 * @throws StorageUnavailableError
 */
export async function findPlans(rows: RowStore, beginning: string): Promise<readonly StoredPlan[]> {
  const partitions = await rows.partitionsWith(beginning.length < PLAN_ID_LENGTH ? HEAD : planKey(beginning));
  const found: StoredPlan[] = [];
  // One after another: there is a partition for each branch.
  for (const partition of partitions) {
    const plans = await rows.list(partition, planKey(beginning));
    found.push(...plans.map(({ value }) => foundIn(partition, value as unknown as Plan)));
  }
  return found;
}

function isAkin(one: Plan, plan: Plan): boolean {
  const keys = new Set(intentsIn(plan));
  return one.id !== plan.id && one.target === plan.target && intentsIn(one).some((key) => keys.has(key));
}

/** Row keys of the intents that a plan brings there or back. Pure. */
export function intentsIn({ serves, returns = [] }: Pick<Plan, 'serves' | 'returns'>): readonly string[] {
  return [...serves.map(({ key }) => key), ...returns];
}

function byTime(a: Plan, b: Plan): number {
  return a.created < b.created ? -1 : 1;
}

function foundIn(partition: string, plan: Plan): StoredPlan {
  return { plan, target: { kind: 'stored', key: plan.target, partition } };
}

function isAbout({ facts }: AuditRecord, { id, target }: Plan): boolean {
  if (typeof facts['plan'] === 'string') {
    return facts['plan'] === id;
  }
  return [facts['subject'], facts['edge']].some((about) => typeof about === 'string' && isAtOrBelow(about, target));
}
