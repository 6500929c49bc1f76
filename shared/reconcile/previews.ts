import type { Mode } from '../fleet/model.ts';
import type { LookContext } from './look-context.ts';
import { planDigest, serve, type Plan } from './plan.ts';
import { concerned, situationOf } from './situation.ts';
import type { TargetState } from './target-rows.ts';
import { recordVerdicts } from './verdicts.ts';

const FOLDS: readonly { readonly mode: Mode; readonly with: readonly Mode[]; readonly state: Plan['state'] }[] = [
  { mode: 'propose', with: ['enforce', 'propose'], state: 'waiting' },
  { mode: 'observe', with: ['enforce', 'propose', 'observe'], state: 'preview' },
];

/**
 * Records what the intents that may not act would do: a plan that waits for an approval (`propose`), a plan that is
 * only a record (`observe`), each with its diff. The same preview is recorded once, by its digest.
 */
export async function recordPreviews<O, C>(
  context: LookContext<O, C>,
  before: TargetState,
  observed: O,
): Promise<void> {
  const { rows, target, kind } = context;
  let state = before;
  for (const fold of FOLDS) {
    if (!concerned(context, state).some(({ mode }) => mode === fold.mode)) {
      continue;
    }
    const { steps, verdicts } = kind.look(observed, situationOf(context, state, { plan: undefined, modes: fold.with }));
    state = await recordVerdicts(
      context,
      state,
      verdicts.filter(({ outcome }) => outcome === 'done' || outcome === 'gone'),
    );
    const digest = planDigest(target.key, steps);
    if (steps.length === 0 || state.lane.previews[fold.mode] === digest) {
      continue;
    }
    const serves = verdicts.filter(({ outcome }) => outcome === 'act').map(({ intent }) => serve(intent));
    const plan = previewOf(context, { steps, digest, serves, state: fold.state });
    const shown = steps.map(({ title, from, to }) => ({ title, from, to }));
    const facts = { plan: plan.id, digest, steps: shown, subjects: serves.map(({ subject }) => subject) };
    state = await rows.save(target, state, {
      lane: { previews: { ...state.lane.previews, [fold.mode]: digest } },
      plan,
      audit: [{ kind: fold.mode === 'propose' ? 'proposed' : 'observed', at: plan.created, facts }],
    });
  }
}

function previewOf<O, C>(
  { target, clock, random }: LookContext<O, C>,
  preview: Pick<Plan, 'steps' | 'digest' | 'serves' | 'state'>,
): Plan {
  return {
    schema: 1,
    id: random.uuid(),
    target: target.key,
    revision: 1,
    journal: [],
    created: clock.now().toISOString(),
    ...preview,
  };
}
