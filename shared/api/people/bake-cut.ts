import type * as z from 'zod';

import type { RowStore } from '../../ports/row-store.ts';
import { bakesUntil } from '../../reconcile/plan.ts';
import type { StoredPlan } from '../../reconcile/stored-plan.ts';
import { TargetRows } from '../../reconcile/target-rows.ts';
import type { BakeCut } from './plan-schemas.ts';

/**
 * Who has asked for the way back while what a plan had written was still watched: it is done then, and nobody has seen
 * that it holds.
 * @returns undefined of a plan that is not done, or whose bake has come to its end.
 * @throws StorageUnavailableError
 */
export async function bakeCutOf(
  { plan: { state, serves, journal }, target }: StoredPlan,
  rows: RowStore,
): Promise<z.infer<typeof BakeCut> | undefined> {
  const last = journal.findLast((entry) => entry.state === 'written');
  const since = last?.endedAt;
  const until = last === undefined ? undefined : bakesUntil([last]);
  if (state !== 'done' || since === undefined || until === undefined) {
    return undefined;
  }
  const moved = new Set(last?.step.changes.map(({ subject }) => subject));
  const { intents } = await new TargetRows(rows).load(target);
  const [cut] = serves
    .filter(({ subject }) => moved.has(subject))
    .flatMap(({ key }) => intents.get(key) ?? [])
    .flatMap(({ releasedBy: by, releasedAt: at }) => (by === undefined || at === undefined ? [] : [{ by, at }]))
    // Whoever asks while the write is still at work leaves nothing of the bake.
    .filter(({ at }) => last !== undefined && at >= last.at && at < until);
  return cut === undefined ? undefined : { ...cut, afterSeconds: Math.max(0, secondsBetween(since, cut.at)) };
}

function secondsBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 1000);
}
