import { isSameJson, type JsonObject } from '../../domain/json.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import type { Field, Situation } from '../../reconcile/target-kind.ts';

/** Somebody else's value where we had written ours. */
export interface Drift {
  readonly subject: string;
  readonly group: string;
  readonly written: JsonObject;
  readonly live: JsonObject;
  /** How often we have put ours back. */
  readonly corrections: number;
}

/** What we have written, and what we are writing. */
type Ours = Pick<Situation, 'fields' | 'journal'>;

/** What of an origin's values is somebody else's. Pure. */
export function driftOf(origin: Origin, { fields, journal }: Ours): readonly Drift[] {
  return liveGroups(origin).flatMap(([group, live]) => {
    const field = markOf(origin.id, group, fields);
    return field === undefined || isOurs(field, live, journal)
      ? []
      : [{ subject: origin.id, group, written: field.written, live, corrections: field.corrections ?? 0 }];
  });
}

/**
 * Marks on weights that somebody else has set where ours stood: theirs, but that an emergency which has no room otherwise
 * puts ours back once. Pure.
 */
export function handSetWeights(
  origins: readonly Origin[],
  { fields, journal, isPressed }: Ours & Pick<Situation, 'isPressed'>,
): readonly Field[] {
  return origins
    .flatMap((origin) => driftOf(origin, { fields, journal }))
    .filter(({ group, corrections }) => group === 'weight' && (isPressed !== true || corrections > 0))
    .flatMap(({ subject, group }) => markOf(subject, group, fields) ?? []);
}

/** An origin's values, by the group that is written at once. Pure. */
export function liveGroups({ enabled, weight, isShut = false }: Origin): readonly (readonly [string, JsonObject])[] {
  return [
    ['enabled', { enabled }],
    ['weight', { weight }],
    ['gate', { isShut }],
  ];
}

/** Our mark on a value. Pure. */
export function markOf(subject: string, group: string, fields: readonly Field[]): Field | undefined {
  return fields.find((field) => field.subject === subject && field.group === group);
}

/** True if the value is what we wrote last, or what a write that went wrong was to leave. Pure. */
export function isOurs(field: Field, live: JsonObject, journal: Situation['journal']): boolean {
  const written = [
    field.written,
    ...(field.attempted === undefined ? [] : [field.attempted]),
    ...journal.flatMap(({ step }) =>
      step.changes
        .filter(({ subject, group }) => subject === field.subject && group === field.group)
        .map(({ to }) => to),
    ),
  ];
  return written.some((value) => isSameJson(value, live));
}
