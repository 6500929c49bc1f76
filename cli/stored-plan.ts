import type { RowStore } from '../shared/ports/row-store.ts';
import type { StoredPlan } from '../shared/reconcile/stored-plan.ts';
import { findPlans } from '../shared/reports/index.ts';
import { knownAs, PLANS } from './people/known-as.ts';

/**
 * A plan in the rows, by its id or by the beginning of it.
 * @throws ApiRefusal if none or several begin so; StorageUnavailableError
 */
export async function storedPlan(rows: RowStore, given: string): Promise<StoredPlan> {
  return await knownAs(given, PLANS, async (beginning) =>
    (await findPlans(rows, beginning)).map((found) => ({ ...found, id: found.plan.id })),
  );
}
