import type { Intent } from './intent.ts';

/** What an intent is about: its subject, or each part of the target for which its value names a weight. Pure. */
export function subjectsOf({ subject, value }: Pick<Intent, 'subject' | 'value'>): readonly string[] {
  const { weights } = value;
  return typeof weights === 'object' && weights !== null ? Object.keys(weights) : [subject];
}
