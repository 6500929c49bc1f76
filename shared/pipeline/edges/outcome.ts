import type { Outcome } from '../../records/ledger.ts';
import type { EdgeAnswer } from './answer.ts';

/** One outcome for a signal from the answers of the edges that it is about: what acted beats what was held. Pure. */
export function edgeOutcome(answers: readonly EdgeAnswer[]): Outcome {
  const outcomes = answers.map(outcomeOf);
  return (
    outcomes.find(({ outcome }) => outcome === 'acted') ??
    outcomes.find(({ outcome }) => outcome === 'held') ??
    outcomes[0] ?? { outcome: 'unchanged', reason: 'out-of-scope' }
  );
}

function outcomeOf({ edge, decision, reason }: EdgeAnswer): Outcome {
  switch (decision) {
    case 'shift':
    case 'restore':
    case 'rollback':
    case 'resume':
      return { outcome: 'acted', reason: reason === '' ? decision : reason, evidence: { edge, decision } };
    case 'noop':
    case 'ignore':
      return { outcome: 'unchanged', reason };
    default:
      return { outcome: 'held', reason: reason === '' ? decision : reason };
  }
}
