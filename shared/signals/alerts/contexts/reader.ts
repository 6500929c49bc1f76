import type { AlertContext, AlertData, AlertState } from '../alert.ts';
import type { Part } from '../part.ts';

/** What a context is read by besides itself. */
export interface Occasion extends Pick<AlertData, 'monitorCondition' | 'firedAt'> {
  /** ARM id as written. */
  readonly alertId: string;
}

/** What the reader of one kind found; without an incident the occasion has no identity of its own. */
export interface Reading extends Partial<Omit<AlertContext, 'state' | 'properties' | 'odd'>> {
  readonly state: AlertState;
  /** Where this kind of alert repeats the custom properties of its rule. */
  readonly ruleProperties?: Part;
}

/** Reads the context of one kind of alert. Never throws. */
export type ContextReader = (context: Part, occasion: Occasion) => Reading;
