import type { StepCondition } from '../domain/traffic/manual.ts';

/** Somebody who can be asked whether what people were to do shows. */
export interface StepEvidence {
  /** Never throws what a service answers: what cannot be asked, or has no data, is not true. */
  isTrue(condition: StepCondition): Promise<boolean>;
}
