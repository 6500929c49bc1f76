import type * as z from 'zod';

import { intentKey, type Intent } from '../../intents/intent.ts';
import type { RowStore } from '../../ports/row-store.ts';
import { leftBehind, LIVE_STATES, serve, type Plan } from '../../reconcile/plan.ts';
import { partitionOf } from '../../reconcile/target-kind.ts';
import { TargetRows } from '../../reconcile/target-rows.ts';
import type { StoredPlan } from '../../reconcile/stored-plan.ts';
import type { PlanIntent } from './intent-schemas.ts';

type Shown = z.infer<typeof PlanIntent>;

/** The intents behind a plan, as they are now; those that are no longer kept are left out. @throws StorageUnavailableError */
export async function intentsBehind({ plan, target }: StoredPlan, rows: RowStore): Promise<readonly Shown[]> {
  const { intents } = await new TargetRows(rows).load(target);
  const partition = partitionOf(target);
  const served = [...plan.serves, ...(plan.joining ?? [])].flatMap(({ key, value }) => {
    const intent = intents.get(key);
    const isReplaced = intent !== undefined && serve(intent).value !== value;
    return intent === undefined ? [] : [{ ...viewOf(partition, intent), ...(isReplaced ? { isReplaced } : {}) }];
  });
  const returned = returnedBy(plan, intents).map((intent): Shown => ({
    ...viewOf(partition, intent),
    isReturned: true,
  }));
  return [...served, ...returned];
}

/** What a plan takes back. It notes that when it begins; until then that is whatever waits to leave its subjects. Pure. */
function returnedBy(plan: Plan, intents: ReadonlyMap<string, Intent>): readonly Intent[] {
  const { serves, returns, journal, state } = plan;
  if (returns !== undefined) {
    return returns.flatMap((key) => intents.get(key) ?? []);
  }
  const mayBegin = LIVE_STATES.some((live) => live === state) && journal.length === 0;
  // A plan that served somebody and never began has nothing to do with what leaves the same subjects later.
  if (!mayBegin && serves.length > 0) {
    return [];
  }
  return leftBehind([...intents.values()], plan).filter(
    ({ subject }) => !serves.some((one) => one.subject === subject),
  );
}

function viewOf(partition: string, intent: Intent): Shown {
  const { subject, by, cause, kind, value, state, mode, reason, note, releasedBy, releaseReason, openedAt } = intent;
  return {
    ...{ key: intentKey(intent), partition, subject, by, cause, kind, value, state, mode, reason, openedAt },
    ...(note === undefined ? {} : { note }),
    ...(releasedBy === undefined ? {} : { releasedBy }),
    ...(releaseReason === undefined ? {} : { releaseReason }),
  };
}
