import { present } from '../../fields.ts';
import type { AlertState } from '../alert.ts';
import { at, identityOf, items, note, textOf, wordOf, type Part } from '../part.ts';
import type { Reading } from './reader.ts';
import { readRegions } from './regions.ts';

/**
 * Stages and states, folded; both spellings of `Canceled` are about.
 * https://learn.microsoft.com/azure/service-health/service-health-notifications-properties
 */
const STATES: ReadonlyMap<string, AlertState> = new Map<string, AlertState>([
  ['active', 'bad'],
  ['planned', 'bad'],
  ['inprogress', 'bad'],
  ['rescheduled', 'bad'],
  ['resolved', 'over'],
  ['complete', 'over'],
  ['completed', 'over'],
  ['canceled', 'over'],
  ['cancelled', 'over'],
  ['rca', 'over'],
]);

/** Kinds of notification, folded: whether they tell of an outage. The others announce work, changes and threats. */
const TELLS_OF_OUTAGE: ReadonlyMap<string, boolean> = new Map([
  ['incident', true],
  ['rca', true],
  ['maintenance', false],
  ['informational', false],
  ['information', false],
  ['security', false],
  ['actionrequired', false],
]);

const OPERATION = /^Microsoft\.ServiceHealth\/([a-z]+)\/action$/i;

/** A notification of Azure Service Health. Its monitor condition is `Fired` also when the incident is over. */
export function readServiceHealthContext(context: Part): Reading {
  const properties = at(context, 'properties');
  return {
    state: tellsOfOutage(context) ? stateOf([at(properties, 'stage'), at(context, 'status')]) : 'unknown',
    ...readRegions([at(properties, 'region'), ...impactedRegions(at(properties, 'impactedServices'))]),
    ...present({ incident: identityOf(at(properties, 'trackingId')) }),
  };
}

/** Where the kind is told twice, both must be an outage; where it is not told at all, it is one. */
function tellsOfOutage(context: Part): boolean {
  const operation = at(context, 'operationName');
  const kinds = [
    at(context, 'properties', 'incidentType'),
    { ...operation, value: OPERATION.exec(textOf(operation) ?? '')?.[1] },
  ];
  return kinds.every((kind) => textOf(kind) === undefined || wordOf(kind, TELLS_OF_OUTAGE) === true);
}

/** One word of the end is enough, whichever of the two says it: no document says that they change together. */
function stateOf(words: readonly Part[]): AlertState {
  const states = words.map((word) => wordOf(word, STATES));
  return (['over', 'bad'] as const).find((state) => states.includes(state)) ?? 'unknown';
}

/** An array of `{ServiceName, ImpactedRegions: [{RegionName}]}`, or text that holds one: both are on the wire. */
function impactedRegions(services: Part): readonly Part[] {
  return items(unwrapped(services))
    .flatMap((service) => items(at(service, 'ImpactedRegions')))
    .map((region) => at(region, 'RegionName'));
}

function unwrapped(services: Part): Part {
  if (typeof services.value !== 'string') {
    return services;
  }
  const json = textOf(services, Infinity);
  try {
    return { ...services, value: json === undefined ? undefined : (JSON.parse(json) as unknown) };
  } catch {
    note(services);
    return { ...services, value: undefined };
  }
}
