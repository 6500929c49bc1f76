import { askAgain, endWaiting } from './consent.ts';
import type { LookContext } from '../look-context.ts';
import { hasConsent, type Plan } from '../plan.ts';
import type { TargetState } from '../target-rows.ts';

/** Why people are called about a plan that too few of those who agreed to it may still agree to. */
const APPROVER_REMOVED = 'approver-removed';

/** True if enough people have agreed to a plan who are its approvers now. */
export async function isStillAgreed<O, C>(context: LookContext<O, C>, plan: Plan): Promise<boolean> {
  return hasConsent(await withStanding(context, plan));
}

/**
 * The time of a plan that waits is over. One that enough have agreed to waits for another one alone, where that is under
 * way: it has as long again.
 */
export async function outOfTime<O, C>(
  context: LookContext<O, C>,
  state: TargetState,
  { waiting, plan }: { readonly waiting: Plan; readonly plan: Plan | undefined },
): Promise<void> {
  const { rows, target, clock } = context;
  const { consent } = waiting;
  if (consent === undefined || plan?.state !== 'running' || !(await isStillAgreed(context, waiting))) {
    await endWaiting(context, state, { plan: waiting, as: 'expired' });
    return;
  }
  const expires = new Date(clock.now().getTime() + consent.withinMs).toISOString();
  await rows.save(target, state, { plan: { ...waiting, consent: { ...consent, expires } } });
}

/**
 * Holds a plan under way to its consent, before each of its writes: a yes is worth what its giver may say now, not what
 * they might when they said it. Where too little is left the plan stands still, nothing is undone for its own sake, and
 * it asks as many people as are missing.
 *
 * @returns true if the plan was stopped.
 */
export async function holdToConsent<O, C>(
  context: LookContext<O, C>,
  state: TargetState,
  plan: Plan,
): Promise<boolean> {
  if (plan.consent === undefined || plan.state !== 'running') {
    return false;
  }
  const standing = await withStanding(context, plan);
  if (hasConsent(standing)) {
    return false;
  }
  const { rows, target, clock } = context;
  const now = clock.now();
  const asking = askAgain(plan, now);
  const { given } = standing.consent ?? plan.consent;
  const facts = { plan: plan.id, digest: plan.digest, reason: APPROVER_REMOVED };
  await rows.save(target, state, {
    plan: asking.consent === undefined ? asking : { ...asking, consent: { ...asking.consent, given } },
    audit: [{ kind: 'paged', at: now.toISOString(), facts }],
  });
  return true;
}

/** The plan with what its approvers of now have said. */
async function withStanding<O, C>({ isApprover, target }: LookContext<O, C>, plan: Plan): Promise<Plan> {
  const { consent } = plan;
  if (consent === undefined || isApprover === undefined) {
    return plan;
  }
  const counts = await Promise.all(consent.given.map(async (approval) => await isApprover(target, plan, approval)));
  return { ...plan, consent: { ...consent, given: consent.given.filter((_, index) => counts[index]) } };
}
