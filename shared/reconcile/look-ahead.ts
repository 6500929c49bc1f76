import { intentKey, type Intent } from '../intents/intent.ts';
import { planDigest, serve, type Plan } from './plan.ts';
import { previewOf } from './consent/previews.ts';
import type { ReconcileDependencies } from './look-context.ts';
import { concerned, situationOf } from './situation.ts';
import type { TargetKind, TargetRef, Verdict } from './target-kind.ts';
import { TargetRows, type TargetState } from './target-rows.ts';

/** What the loop would do next. */
export interface Ahead {
  readonly verdicts: readonly Verdict[];
  /** A record of the steps, not stored yet; absent if nothing would be done. */
  readonly plan?: Plan;
}

/**
 * What the loop would do if intents stood as `changed` has them. Reads the target and stores nothing.
 *
 * @param state - the target's rows; what is `changed` takes the place of intents of the same key.
 * @throws whatever the target's reads throw.
 */
export async function lookAhead<Observed, Change>(
  target: TargetRef,
  kind: TargetKind<Observed, Change>,
  dependencies: ReconcileDependencies,
  { state, changed }: { readonly state: TargetState; readonly changed: readonly Intent[] },
): Promise<Ahead> {
  const { rows: store, ...ports } = dependencies;
  const rows = new TargetRows(store);
  const context = { target, kind, owner: '', ...ports, store, rows };
  const intents = new Map([...state.intents, ...changed.map((one) => [intentKey(one), one] as const)]);
  const assumed: TargetState = { ...state, intents };
  const { activePlan } = state.lane;
  const plan = activePlan === undefined ? undefined : await rows.plan(target, activePlan);
  // As the loop would fold it if people were to agree to what is asked for.
  const modes = ['enforce' as const, ...changed.map(({ mode }) => mode)];
  const situation = situationOf(context, assumed, { plan, modes });
  const observed = await kind.observe(target, { ...situation, acting: concerned(context, assumed) });
  const { steps, verdicts } = kind.look(observed, situation);
  if (steps.length === 0) {
    return { verdicts };
  }
  const serves = verdicts.filter(({ outcome }) => outcome === 'act').map(({ intent }) => serve(intent));
  return {
    verdicts,
    plan: previewOf(context, { steps, digest: planDigest(target.key, steps), serves, state: 'preview' }),
  };
}
