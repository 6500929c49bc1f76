import type { LookContext } from './look-context.ts';
import { hasConsent, type Plan } from './plan.ts';
import type { TargetState } from './target-rows.ts';

/** Note of a plan that stands still because too few of those who agreed to it may still do so. */
export const APPROVER_REMOVED = 'approver-removed';

/**
 * True if enough people have agreed to a plan who are still approvers: a yes is worth what its giver may say now, not
 * what they might when they said it.
 */
export async function isStillAgreed<O, C>({ isApprover, target }: LookContext<O, C>, plan: Plan): Promise<boolean> {
  const { consent } = plan;
  if (consent === undefined || isApprover === undefined) {
    return hasConsent(plan);
  }
  const counts = await Promise.all(consent.given.map(async (approval) => await isApprover(target, plan, approval)));
  return hasConsent({ ...plan, consent: { ...consent, given: consent.given.filter((_, index) => counts[index]) } });
}

/**
 * Holds a plan under way to its consent, before each of its writes. Too little left: it stands still, nothing is undone
 * for its own sake, and people are called. Once others have agreed in their place it goes on by itself.
 *
 * @returns true if the plan was stopped or started.
 */
export async function holdToConsent<O, C>(
  context: LookContext<O, C>,
  state: TargetState,
  plan: Plan,
): Promise<boolean> {
  const isHeld = plan.state === 'paused' && plan.note === APPROVER_REMOVED;
  if (plan.consent === undefined || (plan.state !== 'running' && !isHeld)) {
    return false;
  }
  const isAgreed = await isStillAgreed(context, plan);
  if (isAgreed !== isHeld) {
    return false;
  }
  const { rows, target, clock } = context;
  const facts = { plan: plan.id, digest: plan.digest, reason: APPROVER_REMOVED };
  const { note, ...rest } = plan;
  await rows.save(target, state, {
    plan: isHeld ? { ...rest, state: 'running' } : { ...plan, state: 'paused', note: APPROVER_REMOVED },
    audit: [{ kind: isHeld ? 'resumed' : 'paged', at: clock.now().toISOString(), facts }],
  });
  return true;
}
