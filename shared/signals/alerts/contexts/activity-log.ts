import { present } from '../../fields.ts';
import { at, identityOf, type Part } from '../part.ts';
import type { Reading } from './reader.ts';

/** An entry of the activity log: something was done, which by itself is neither trouble nor its end. */
export function readActivityLogContext(context: Part): Reading {
  return { state: 'unknown', ...eventIncident(context) };
}

/** Each entry of the activity log is an occasion of its own; the alert id may be that of the rule. */
export function eventIncident(context: Part): Pick<Reading, 'incident'> {
  return present({ incident: identityOf(at(context, 'eventDataId')) });
}
