import * as z from 'zod';

import { planKey, type Plan } from '../../reconcile/plan.ts';
import type { RowStore } from '../../ports/row-store.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Became } from '../became.ts';
import { branchTarget } from './branch-target.ts';

/** What one plan wrote, as it stands in its steps: `edits` with path, line, from and to, and `warnings`. */
export interface PlannedChange extends JsonObject {
  readonly plan: string;
}

const Evidence = z.looseObject({ plan: z.string() });
const Ended = z.looseObject({ evidence: Evidence.optional().catch(undefined) });
const Repository = z.looseObject({ owner: z.string(), repo: z.string(), branch: z.string() });
const Decided = z.looseObject({
  outcome: Ended,
  explained: z.looseObject({
    requests: z.array(z.looseObject({ gitops: Repository })).max(1_000),
    intents: z.array(Ended).max(1_000).optional(),
  }),
});

/**
 * The files and lines that a decision has led to, from the plans that its intents name as their evidence.
 *
 * @param record - the stored decision record. @param became - how it went on since.
 * @returns nothing for a record of something else, and where the plans are kept no longer.
 */
export async function changesOf(
  record: unknown,
  became: readonly Became[],
  rows: RowStore,
): Promise<readonly PlannedChange[]> {
  const decided = Decided.safeParse(record).data;
  if (decided === undefined) {
    return [];
  }
  const { outcome, explained } = decided;
  const ends = [outcome, ...(explained.intents ?? []), ...became.map((one) => Ended.parse(one))];
  const plans = new Set(ends.flatMap(({ evidence }) => evidence?.plan ?? []));
  const partitions = new Set(explained.requests.map(({ gitops }) => branchTarget({ name: '', ...gitops }).key));
  const found: PlannedChange[] = [];
  for (const partition of partitions) {
    for (const id of plans) {
      const plan = (await rows.get(partition, planKey(id)))?.value as unknown as Plan | undefined;
      found.push(...(plan?.steps ?? []).map(({ to }) => ({ plan: id, ...pick(to) })));
    }
  }
  return found;
}

function pick({ edits, warnings, branch }: JsonObject): JsonObject {
  const told = { edits, warnings, branch };
  return Object.fromEntries(
    Object.entries(told).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
