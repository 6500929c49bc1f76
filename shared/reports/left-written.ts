import { isSameJson } from '../domain/json.ts';
import type { FieldChange, Plan } from '../reconcile/plan.ts';

/**
 * What a plan's writes have left otherwise than they found it: each field group with its value before the first of them
 * and after the last. None of a plan that was undone, unless another wish keeps what it had written. Pure.
 */
export function leftWritten({ journal }: Pick<Plan, 'journal'>): readonly FieldChange[] {
  const changes = journal.filter(({ state }) => state === 'written').flatMap(({ step }) => step.changes);
  const net = new Map<string, FieldChange>();
  for (const change of changes) {
    const key = JSON.stringify([change.subject, change.group]);
    net.set(key, { ...change, from: net.get(key)?.from ?? change.from });
  }
  return [...net.values()].filter(({ from, to }) => !isSameJson(from, to));
}
