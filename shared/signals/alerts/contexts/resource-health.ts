import type { AlertState } from '../alert.ts';
import { at, wordOf, type Part } from '../part.ts';
import { eventIncident } from './activity-log.ts';
import type { Reading } from './reader.ts';

/** https://learn.microsoft.com/azure/service-health/resource-health-overview#health-status */
const STATES: ReadonlyMap<string, AlertState> = new Map<string, AlertState>([
  ['available', 'over'],
  ['unavailable', 'bad'],
  ['degraded', 'bad'],
  ['unknown', 'unknown'],
]);

const IS_USERS_CAUSE: ReadonlyMap<string, boolean> = new Map([
  ['userinitiated', true],
  ['platforminitiated', false],
  ['unknown', false],
]);

/** A change of a resource's health. Its monitor condition is `Fired` also when the resource is available again. */
export function readResourceHealthContext(context: Part): Reading {
  const properties = at(context, 'properties');
  const causedByUser = wordOf(at(properties, 'cause'), IS_USERS_CAUSE);
  return {
    state: wordOf(at(properties, 'currentHealthStatus'), STATES) ?? 'unknown',
    ...(causedByUser === true ? { causedByUser } : {}),
    ...eventIncident(context),
  };
}
