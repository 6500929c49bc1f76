import { matchesReason } from './answers.ts';
import texts from './reasons.json' with { type: 'json' };

/** A reason in whole sentences, as docs/failover.md has it. */
export interface ReasonText {
  readonly means: string;
  readonly whatToDo: string;
}

/** What a reason means and what people do about it; undefined for words that are no reason of ours. Pure. */
export function explainReason(reason: string): ReasonText | undefined {
  return Object.entries(texts).find(([known]) => matchesReason(known, reason))?.[1];
}
