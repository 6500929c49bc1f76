import type * as z from 'zod';

import type { RowStore } from '../../ports/row-store.ts';
import { bakesUntil } from '../../reconcile/plan.ts';
import { TargetRows } from '../../reconcile/target-rows.ts';
import type { StoredPlan } from '../../reconcile/stored-plan.ts';
import type { PlanBehind } from './plan-schemas.ts';

/**
 * The plan that one that waits will have to wait for, agreed to or not: a target carries out one at a time.
 * @returns undefined where none is under way, and none stands still.
 * @throws StorageUnavailableError
 */
export async function planBefore(
  { plan, target }: StoredPlan,
  rows: RowStore,
): Promise<z.infer<typeof PlanBehind> | undefined> {
  const targets = new TargetRows(rows);
  const { lane } = await targets.load(target);
  const first =
    plan.state !== 'waiting' || lane.activePlan === undefined || lane.activePlan === plan.id
      ? undefined
      : await targets.plan(target, lane.activePlan);
  if (first === undefined) {
    return undefined;
  }
  const { id, state, note, journal } = first;
  const until = state === 'running' ? bakesUntil(journal) : undefined;
  return {
    id,
    state,
    ...(note === undefined ? {} : { note }),
    ...(until === undefined ? {} : { bakesUntil: until }),
  };
}
