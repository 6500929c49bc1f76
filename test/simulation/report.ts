import type { JsonObject } from '../../shared/domain/json.ts';
import { START } from './case.ts';
import type { Shrunk } from './shrink.ts';

const LAST_RECORDS = 15;
const LONG = 400;

/** A violation for people: the seed, what was broken, the events that are needed for it, the last records. */
export function describe({ given, outcome }: Shrunk, events: number): string {
  const { violation, records, plans } = outcome;
  const lines = [
    `seed ${given.seed}: ${violation?.invariant ?? 'nothing'} at ${seconds(violation?.at ?? 0)}: ${short(violation?.detail ?? '')}`,
    `  ${given.edges.length} edges, ${given.overlap}, writes take ${given.durationMs} ms; ${given.events.length} of ${events} events:`,
    ...given.events.map(({ at, ...event }) => `  ${seconds(at)} ${short(JSON.stringify(event))}`),
    '  last records:',
    ...records
      .slice(-LAST_RECORDS)
      .map(({ at, kind, facts }) => `  ${seconds(Date.parse(at) - START)} ${kind} ${short(textOf(facts))}`),
    '  plans:',
    ...plans.map(({ id, state, note, journal }) => {
      const sent = journal.map((entry) => `${entry.step.title}: ${entry.state}`).join('; ');
      return `  ${id} ${state}${note === undefined ? '' : ` (${note})`} ${short(sent)}`;
    }),
  ];
  return lines.join('\n');
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(3).padStart(10)} s`;
}

function textOf(facts: JsonObject): string {
  return JSON.stringify(facts);
}

/** ARM ids by their end; not too long. */
function short(text: string): string {
  const told = text.replaceAll(/\/subscriptions\/[^"\s]*?\/(?=edge\d|tm\d)/g, '');
  return told.length > LONG ? `${told.slice(0, LONG)}…` : told;
}
