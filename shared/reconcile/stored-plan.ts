import type { Plan } from './plan.ts';
import type { TargetRef } from './target-kind.ts';

/** A plan with the target whose rows hold it. */
export interface StoredPlan {
  readonly plan: Plan;
  readonly target: TargetRef;
}

/** Characters of a plan's id, a UUID. */
export const PLAN_ID_LENGTH = 36;
