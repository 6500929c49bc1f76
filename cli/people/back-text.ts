import { isSameJson, type Json, type JsonObject } from '../../shared/domain/json.ts';
import { printable } from '../output.ts';
import type { Plan } from './plan-text.ts';

interface Change {
  readonly subject: string;
  readonly group: string;
  readonly from: JsonObject;
  readonly to: JsonObject;
}

type Entry = Plan['journal'][number];

/** What a cancelled plan writes back, or that it has nothing to. None of a plan that does not go back. Pure. */
export function backText({ state, journal }: Pick<Plan, 'state' | 'journal'>): readonly string[] {
  if (state !== 'going-back') {
    return [];
  }
  const last = journal.at(-1);
  const isOpen = last?.state === 'sending' || last?.state === 'running';
  const there = journal.filter((entry) => entry.state === 'written' || (isOpen && entry === last));
  const back = netOf(there.flatMap(changesOf)).map(
    ({ subject, from, to }) => `back     ${nameOf(subject)}: ${inWords(to)} to ${inWords(from)}`,
  );
  // A commit is undone by history: its step has no field groups.
  const whole = there
    .filter((entry) => changesOf(entry).length === 0)
    .map(({ step }) => `back     ${printable(step.title)}`);
  const lines = [...back, ...whole];
  return lines.length === 0
    ? ['nothing has been written, and nothing will be']
    : [...lines, ...(isOpen ? ['         when the write that is under way has ended'] : [])];
}

function changesOf({ step: { changes = [] } }: Entry): readonly Change[] {
  return changes as unknown as readonly Change[];
}

/** From what stood there first to what stands there last, newest first; what is back already is left out. */
function netOf(changes: readonly Change[]): readonly Change[] {
  const keyOf = ({ subject, group }: Change): string => `${subject} ${group}`;
  const keys = [...new Set(changes.map(keyOf))].toReversed();
  return keys
    .map((key) => changes.filter((change) => keyOf(change) === key))
    .flatMap(([first, ...more]) => (first === undefined ? [] : [{ ...first, to: more.at(-1)?.to ?? first.to }]))
    .filter(({ from, to }) => !isSameJson(from, to));
}

function inWords(values: JsonObject): string {
  return Object.entries(values)
    .map(([field, value]) => wordOf(field, value))
    .join(', ');
}

function wordOf(field: string, value: Json): string {
  switch (field) {
    case 'enabled':
      return value === true ? 'in' : 'out';
    case 'isShut':
      return value === true ? 'gate shut' : 'gate open';
    default:
      return printable(`${field} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  }
}

function nameOf(subject: string): string {
  return printable(subject.split('/').at(-1) ?? subject);
}
