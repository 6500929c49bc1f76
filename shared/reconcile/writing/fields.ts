import { isSameJson } from '../../domain/json.ts';
import type { Intent } from '../../intents/intent.ts';
import { subjectsOf } from '../../intents/subjects.ts';
import type { FieldChange } from '../plan.ts';
import type { Field } from '../target-kind.ts';

/**
 * Marks before a write: a group that we touch for the first time gets its baseline; one that we have touched keeps the
 * baseline that it has, whatever happens in between. What an earlier write that went wrong has left is ours from now on:
 * this write may go wrong as well, and leave it there. Pure.
 */
export function beforeWrite(fields: readonly Field[], changes: readonly FieldChange[]): readonly Field[] {
  const fresh = changes.filter((change) => !fields.some((field) => isSame(field, change)));
  const marked = fields.map((field) => {
    const change = changes.find((one) => isSame(field, one));
    const isLeft = field.attempted !== undefined && isSameJson(change?.from, field.attempted);
    return change !== undefined && isLeft ? withValue(field, change.from) : field;
  });
  return [...marked, ...fresh.map(({ subject, group, from }) => ({ subject, group, baseline: from, written: from }))];
}

/**
 * Marks after a write took effect; ours that came in the place of somebody else's value is counted. Pure.
 * @param at - ISO 8601; absent for a write that nobody has followed to its end.
 */
export function afterWrite(fields: readonly Field[], changes: readonly FieldChange[], at?: string): readonly Field[] {
  return fields.map((field) => {
    const change = changes.find((one) => isSame(field, one));
    if (change === undefined) {
      return field;
    }
    const isCorrected = isSameJson(change.to, field.written) && !isSameJson(change.from, field.written);
    const counted = isCorrected ? { ...field, corrections: (field.corrections ?? 0) + 1 } : field;
    const marked = withValue(counted, change.to, change.isPart ?? false);
    return at === undefined ? marked : { ...marked, writtenAt: at };
  });
}

/** Marks after a write that the service took ended badly: nobody knows which value stands there. Pure. */
export function afterFailure(fields: readonly Field[], changes: readonly FieldChange[]): readonly Field[] {
  return fields.map((field) => {
    const change = changes.find((one) => isSame(field, one));
    return change === undefined
      ? field
      : { ...field, attempted: change.to, ...(change.isPart === true ? { isPart: true } : {}) };
  });
}

/** Marks after a look has found what a write that went wrong has left: it is ours, and goes back like anything. Pure. */
export function asFound(
  fields: readonly Field[],
  found: readonly Pick<Field, 'subject' | 'group' | 'written'>[],
): readonly Field[] {
  return fields.map((field) => {
    const left = found.find((one) => isSame(field, one));
    return left === undefined ? field : withValue(field, left.written);
  });
}

/** Marks that are still needed: a group is forgotten when it is back and nobody wants anything of its subject. Pure. */
export function stillMarked(fields: readonly Field[], intents: Iterable<Intent>): readonly Field[] {
  const wanted = new Set([...intents].filter(({ state }) => state !== 'closed').flatMap(subjectsOf));
  return fields.filter(
    ({ subject, baseline, written, attempted }) =>
      wanted.has(subject) || attempted !== undefined || !isSameJson(baseline, written),
  );
}

/** True if a write brings a group back to what stood there before our first one. Pure. */
export function isWayBack(fields: readonly Field[], change: FieldChange): boolean {
  return fields.some((field) => isSame(field, change) && isSameJson(field.baseline, change.to));
}

/** True if a group holds what an earlier write of ours has left. Pure. */
export function isChanged(fields: readonly Field[], change: FieldChange): boolean {
  return fields.some((field) => isSame(field, change) && !isSameJson(field.baseline, field.written));
}

function withValue(
  { subject, group, baseline, corrections, writtenAt, ...field }: Field,
  written: Field['written'],
  isPart: boolean | undefined = field.isPart,
): Field {
  return {
    ...{ subject, group, baseline, written },
    ...(corrections === undefined ? {} : { corrections }),
    ...(isPart === true ? { isPart: true } : {}),
    ...(writtenAt === undefined ? {} : { writtenAt }),
  };
}

function isSame(a: Pick<Field, 'subject' | 'group'>, b: Pick<Field, 'subject' | 'group'>): boolean {
  return a.subject === b.subject && a.group === b.group;
}
