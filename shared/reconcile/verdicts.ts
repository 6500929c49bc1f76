import type { Intent } from '../intents/intent.ts';
import { withState } from '../intents/lifecycle.ts';
import type { AuditEntry } from '../records/audit.ts';
import type { LookContext } from './look-context.ts';
import type { Verdict } from './target-kind.ts';
import type { TargetState } from './target-rows.ts';

/**
 * Writes down what a look found out about the intents: true already, kept back, free again.
 * A verdict that says what the row says already is no transition, so a tick over a settled target writes nothing.
 */
export async function recordVerdicts<O, C>(
  { rows, target, clock }: LookContext<O, C>,
  state: TargetState,
  verdicts: readonly Verdict[],
): Promise<TargetState> {
  const changed = verdicts.flatMap((verdict) => {
    const next = afterVerdict(verdict);
    return next.state === verdict.intent.state && next.note === verdict.intent.note ? [] : [next];
  });
  if (changed.length === 0) {
    return state;
  }
  const at = clock.now().toISOString();
  return await rows.save(target.key, state, {
    intents: changed,
    audit: changed.filter(({ state: to }) => to !== 'open').map((intent) => toEntry(intent, at)),
  });
}

function afterVerdict({ intent, outcome, reason = '' }: Verdict): Intent {
  switch (outcome) {
    case 'done':
      return withState(intent, 'closed', 'already-true');
    case 'blocked':
    case 'shadowed':
      return withState(intent, 'blocked', reason);
    case 'act':
      return intent.state === 'blocked' ? withState(intent, 'open', '') : intent;
  }
}

function toEntry({ state, subject, signals, note = '', value }: Intent, at: string): AuditEntry {
  return { kind: state === 'closed' ? 'unchanged' : 'held', at, facts: { subject, signals, reason: note, value } };
}
