import { evidenceKey, type EdgeEvidence } from '../../domain/traffic/evidence.ts';
import type { RowStore } from '../../ports/row-store.ts';
import type { Plan } from '../../reconcile/plan.ts';
import { partitionOf, type TargetRef } from '../../reconcile/target-kind.ts';
import { exportPlan, type Direction, type Exported } from './plan.ts';

/**
 * A plan as it is to be carried out without the tool. What its predicates name is looked up in what the control plane
 * said when it last answered: fleet files and Azure may be unreadable just when an export is needed.
 * @throws StorageUnavailableError
 */
export async function readExport(
  rows: RowStore,
  { plan, target }: { readonly plan: Plan; readonly target: TargetRef },
  direction: Direction,
): Promise<Exported> {
  const known = await rows.get(partitionOf(target), evidenceKey(plan.target));
  const origins = (known?.value as unknown as EdgeEvidence | undefined)?.seen?.origins ?? [];
  const ids = origins.map(({ id }): [string, string] => [id.split('/').at(-1) ?? id, id]);
  return exportPlan(plan, direction, new Map(ids));
}
