import { present } from '../../fields.ts';
import { at, identityOf, note, type Part } from '../part.ts';
import type { Reading } from './reader.ts';

/** What makes one warning of a budget differ from the next: the same threshold warns again in the next period. */
const IDENTITY = ['BudgetId', 'ThresholdType', 'NotificationThresholdAmount', 'BudgetStartDate'] as const;

/** An ARM id has 2,048 characters at most. */
const MAX_MEMBER = 2048;
const SEPARATOR = '|';

/**
 * A budget that was spent to a threshold. Nobody ever says that it is over, and its amounts are display texts in an
 * undocumented format: whoever needs them reads the budget.
 */
export function readBudgetContext(context: Part): Reading {
  const budget = at(context, 'AlertData');
  return { state: 'bad', ...present({ incident: incidentOf(budget) }) };
}

function incidentOf(budget: Part): string | undefined {
  const members = IDENTITY.map((key) => memberOf(at(budget, key)));
  return members.includes(undefined) ? undefined : members.join(SEPARATOR);
}

/** A separator inside could make two occasions one. */
function memberOf(part: Part): string | undefined {
  const member = identityOf(part, MAX_MEMBER);
  if (member?.includes(SEPARATOR) === true) {
    note(part);
    return undefined;
  }
  return member;
}
