import type { StepCondition } from '../../domain/traffic/manual.ts';
import type { StepEvidence } from '../../ports/step-evidence.ts';
import type { JournalEntry } from '../../reconcile/plan.ts';

/** Ids of the steps that people are at now and whose evidence is true. What cannot be asked is not true. */
export async function provenSteps(
  journal: readonly JournalEntry[],
  evidence: StepEvidence,
): Promise<readonly string[]> {
  const asked = journal.filter(({ state, step }) => state === 'asked' && step.manual?.evidence !== undefined);
  const told = await Promise.all(
    asked.map(async ({ step: { id, manual } }) =>
      (await evidence.isTrue(manual?.evidence as unknown as StepCondition)) ? [id] : [],
    ),
  );
  return told.flat();
}
