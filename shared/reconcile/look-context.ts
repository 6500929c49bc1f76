import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import type { RowStore } from '../ports/row-store.ts';
import type { Approval, Plan } from './plan.ts';
import type { TargetKind, TargetRef } from './target-kind.ts';
import type { TargetRows } from './target-rows.ts';

export interface ReconcileDependencies {
  readonly rows: RowStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** True if somebody who has said yes to a plan may still do so; everybody may if absent. */
  readonly isApprover?: (target: TargetRef, plan: Plan, approval: Approval) => Promise<boolean>;
}

/** What one look works with. */
export interface LookContext<Observed, Change> extends Omit<ReconcileDependencies, 'rows'> {
  readonly target: TargetRef;
  readonly kind: TargetKind<Observed, Change>;
  readonly owner: string;
  readonly rows: TargetRows;
  readonly store: RowStore;
}
