import type { AuditEntry } from '../records/audit.ts';
import type { LookContext } from './look-context.ts';
import type { Plan } from './plan.ts';
import type { TargetState } from './target-rows.ts';

/** The plan that waits for people, if there is one. */
export async function waitingPlan<O, C>(
  { rows, target }: LookContext<O, C>,
  { lane }: TargetState,
): Promise<Plan | undefined> {
  const id = lane.previews['propose']?.plan;
  const plan = id === undefined ? undefined : await rows.plan(target, id);
  return plan?.state === 'waiting' ? plan : undefined;
}

/** True when the time for saying yes, and for acting on it, is over. Pure. */
export function isExpired({ consent }: Plan, now: Date): boolean {
  return consent !== undefined && Date.parse(consent.expires) <= now.getTime();
}

/**
 * Ends a plan that nobody may act on any more: its time is over, or the facts have moved and people agreed to other
 * steps. An expired one is not proposed again until its intents ask for something else; a moved one at once.
 */
export async function endWaiting<O, C>(
  { rows, target, clock }: LookContext<O, C>,
  state: TargetState,
  { plan, as }: { readonly plan: Plan; readonly as: 'expired' | 'superseded' },
): Promise<TargetState> {
  const previews = Object.fromEntries(Object.entries(state.lane.previews).filter(([mode]) => mode !== 'propose'));
  const facts = { plan: plan.id, digest: plan.digest, reason: as === 'expired' ? 'approval-expired' : 'plan-changed' };
  const entry: AuditEntry = { kind: 'held', at: clock.now().toISOString(), facts };
  return await rows.save(target, state, {
    lane: { previews, ...(as === 'expired' ? { refused: plan.digest } : {}) },
    plan: { ...plan, state: as },
    audit: [entry],
  });
}
