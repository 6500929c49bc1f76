import { givenUpOf } from '../writing/endings.ts';
import { isWayBack } from '../writing/fields.ts';
import { isStopped } from './kill-switch.ts';
import type { LookContext } from '../look-context.ts';
import { isLoop } from './loop-guard.ts';
import type { Plan, Step } from '../plan.ts';
import type { Field, Look, Situation, Verdict } from '../target-kind.ts';
import type { TargetState } from '../target-rows.ts';

const HOUR_MS = 3_600_000;

/** Why nothing may be written now. A way back after a failure is as long as the way there, and must not stop half-way. */
export async function haltOf<O, C>(
  { kind, store, clock }: Pick<LookContext<O, C>, 'kind' | 'store' | 'clock'>,
  { lane }: Pick<TargetState, 'lane'>,
  { steps, plan }: { readonly steps: readonly [Step, ...Step[]]; readonly plan: Plan | undefined },
): Promise<'kill-switch' | 'action-budget' | 'loop-guard' | undefined> {
  if (await isStopped(store)) {
    return 'kill-switch';
  }
  if (plan?.state === 'going-back' || isForEmergency(steps, { plan, fields: lane.fields })) {
    return undefined;
  }
  const now = clock.now();
  const recent = (lane.recent ?? []).filter((at) => Date.parse(at) > now.getTime() - HOUR_MS).length;
  if (recent >= (kind.writesPerHour ?? Infinity)) {
    return 'action-budget';
  }
  return isLoop(lane.repeats ?? {}, steps[0].changes, now) ? 'loop-guard' : undefined;
}

/** True for an emergency, for what makes room for it, and for what its plan does after it: but for ways back. Pure. */
function isForEmergency(
  steps: readonly [Step, ...Step[]],
  { plan, fields }: { readonly plan: Plan | undefined; readonly fields: readonly Field[] },
): boolean {
  const before = (plan?.journal ?? []).some(({ step }) => step.isUrgent === true);
  return (
    steps.some(({ isUrgent }) => isUrgent === true) ||
    (before && !steps[0].changes.some((change) => isWayBack(fields, change)))
  );
}

/** What would be done now, or would go back, waits; people hear of it if `page`. Pure. */
export function stopped(
  verdicts: readonly Verdict[],
  { leaving, unapproved = [] }: Situation,
  { reason, page }: { readonly reason: string; readonly page: boolean },
): readonly Verdict[] {
  const kept = { outcome: 'blocked', reason, page } as const;
  const told = new Set(verdicts.map(({ intent }) => intent));
  return [
    ...verdicts.map((verdict) => (verdict.outcome === 'act' ? { ...verdict, ...kept } : verdict)),
    // What waits for its own approval is told by the fold that would let it go.
    ...leaving
      .filter((intent) => !told.has(intent) && !unapproved.includes(intent))
      .map((intent) => ({ intent, ...kept })),
  ];
}

/** A step did not turn out as it should: what was written is undone, or stands still until a person says go on. */
export async function haltPlan<O, C>(
  context: LookContext<O, C>,
  state: TargetState,
  { plan, verdict }: { readonly plan: Plan; readonly verdict: NonNullable<Look<C>['verdictOnStep']> },
): Promise<'again' | 'paused'> {
  const { rows, target, kind, clock } = context;
  const at = clock.now().toISOString();
  if (verdict.outcome === 'failed') {
    const ended = { state, plan, channel: kind.channel(target), intents: kind.intents };
    await rows.save(target, state, givenUpOf(ended, verdict.reason, at));
    return 'again';
  }
  const note = `inconclusive:${verdict.reason}`;
  await rows.save(target, state, {
    plan: { ...plan, state: 'paused', note },
    audit: [{ kind: 'paused', at, facts: { plan: plan.id, reason: note } }],
  });
  return 'paused';
}

/** Nothing that was sent has arrived, again and again. */
export async function giveUp<O, C>(context: LookContext<O, C>, state: TargetState, plan: Plan): Promise<void> {
  const { rows, target, kind, clock } = context;
  const ended = { state, plan, channel: kind.channel(target), intents: kind.intents };
  await rows.save(target, state, givenUpOf(ended, 'control-plane-unavailable', clock.now().toISOString()));
}

/** What a plan is about is no longer ours to change. */
export const CUT_SHORT = 'cut-short';
/** People have agreed to an emergency, which does not wait for a plan that nobody had to agree to. */
export const OVERTAKEN = 'overtaken';

/** A plan takes no further step, and what it has written keeps its baselines. */
export async function cutShort<O, C>(
  { rows, target, clock }: LookContext<O, C>,
  state: TargetState,
  { plan, note }: { readonly plan: Plan; readonly note: typeof CUT_SHORT | typeof OVERTAKEN },
): Promise<void> {
  await rows.save(target, state, {
    clear: ['activePlan'],
    plan: { ...plan, state: 'superseded', note },
    audit: [{ kind: 'held', at: clock.now().toISOString(), facts: { plan: plan.id, reason: note } }],
  });
}
