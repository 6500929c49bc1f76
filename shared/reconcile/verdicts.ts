import { intentKey, type Intent } from '../intents/intent.ts';
import { openIntent, withState, type IntentRequest } from '../intents/lifecycle.ts';
import type { AuditEntry } from '../records/audit.ts';
import { BEHIND_PLAN } from './consent/plan-under-way.ts';
import type { LookContext } from './look-context.ts';
import { openedEntry } from './open-intents.ts';
import type { IntentLife, Verdict } from './target-kind.ts';
import type { TargetState } from './target-rows.ts';

/**
 * Writes down what a look found out about the intents: true already, kept back, free again.
 * What the look itself asks for is opened with it.
 * A verdict that says what the row says already is no transition, so a tick over a settled target writes nothing.
 */
export async function recordVerdicts<O, C>(
  { rows, target, kind, clock }: LookContext<O, C>,
  state: TargetState,
  verdicts: readonly Verdict[],
  opens: readonly IntentRequest[] = [],
): Promise<TargetState> {
  const changed = verdicts.flatMap((verdict) => {
    const next = afterVerdict(verdict, kind.intents);
    return next.state === verdict.intent.state && next.note === verdict.intent.note ? [] : [next];
  });
  const at = clock.now().toISOString();
  const opened = opens
    .map((request) => openIntent(state.intents.get(intentKey(request)), request, at))
    .flatMap(({ change, intent }) => (change === 'write' ? [intent] : []));
  if (changed.length + opened.length === 0) {
    return state;
  }
  const paged = verdicts.filter(
    ({ page, intent }) => page === true && changed.some((one) => intentKey(one) === intentKey(intent)),
  );
  return await rows.save(target, state, {
    intents: [...changed, ...opened],
    audit: [
      ...opened.map((intent) => openedEntry(intent, at)),
      ...changed.filter(({ state: to }) => to !== 'open').map((intent) => toEntry(intent, at)),
      ...paged.map(({ intent: { subject }, reason = '', advice }): AuditEntry => ({
        kind: 'paged',
        at,
        facts: { subject, reason, ...(advice === undefined ? {} : { advice }) },
      })),
    ],
  });
}

/** An intent as a verdict leaves it. Pure. */
export function afterVerdict({ intent, outcome, reason = '', evidence }: Verdict, life: IntentLife): Intent {
  switch (outcome) {
    case 'done':
      if (intent.state === 'leaving') {
        // Released, and still there: it waits for its own mode or approval.
        return intent;
      }
      return life === 'standing'
        ? withState(intent, 'open', reason === '' ? 'effective' : reason)
        : {
            ...withState(intent, 'closed', reason === '' ? 'already-true' : reason),
            ...(evidence === undefined ? {} : { evidence: { evidence } }),
          };
    case 'gone':
      return withState(intent, 'closed', 'released');
    case 'blocked':
    case 'shadowed':
      // What leaves goes on leaving, however long it is kept back.
      return withState(intent, intent.state === 'leaving' ? 'leaving' : 'blocked', reason);
    case 'act': {
      // What is no longer kept back is told again when it is.
      const isNews = intent.state === 'blocked' || reason !== '' || intent.note === BEHIND_PLAN;
      return intent.state !== 'leaving' && isNews ? withState(intent, 'open', reason) : intent;
    }
  }
}

function toEntry({ state, subject, signals, note = '', value }: Intent, at: string): AuditEntry {
  return { kind: state === 'closed' ? 'unchanged' : 'held', at, facts: { subject, signals, reason: note, value } };
}
