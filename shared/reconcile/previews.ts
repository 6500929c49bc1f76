import type { Intent } from '../intents/intent.ts';
import type { Mode } from '../fleet/model.ts';
import { planDigest, serve, type Plan } from './plan.ts';
import type { LookContext } from './look-context.ts';
import type { TargetState } from './target-rows.ts';
import { recordVerdicts } from './verdicts.ts';

interface Previewed<Observed> {
  readonly observed: Observed;
  readonly open: readonly Intent[];
}

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
  { observed, open }: Previewed<O>,
): Promise<void> {
  const { rows, target, kind, clock, random } = context;
  let state = before;
  for (const fold of FOLDS) {
    if (!open.some(({ mode }) => mode === fold.mode)) {
      continue;
    }
    const { step, verdicts } = kind.look(
      observed,
      open.filter(({ mode }) => fold.with.includes(mode)),
    );
    state = await recordVerdicts(
      context,
      state,
      verdicts.filter(({ outcome }) => outcome === 'done'),
    );
    if (step === undefined) {
      continue;
    }
    const digest = planDigest(target.key, [step]);
    if (state.head.previews[fold.mode] === digest) {
      continue;
    }
    const created = clock.now().toISOString();
    const serves = verdicts.filter(({ outcome }) => outcome === 'act').map(({ intent }) => serve(intent));
    const plan: Plan = {
      schema: 1,
      id: random.uuid(),
      target: target.key,
      state: fold.state,
      revision: 1,
      serves,
      steps: [step],
      journal: [],
      digest,
      created,
    };
    const { title, from, to } = step;
    const facts = { plan: plan.id, digest, step: { title, from, to }, subjects: serves.map(({ subject }) => subject) };
    state = await rows.save(target.key, state, {
      head: { previews: { ...state.head.previews, [fold.mode]: digest } },
      plan,
      audit: [{ kind: fold.mode === 'propose' ? 'proposed' : 'observed', at: created, facts }],
    });
  }
}
