import { digestOf } from '../../domain/digest.ts';
import type { FieldChange } from '../plan.ts';

/** When each value was written in the last hour, ISO 8601, by a digest of what was set to what. */
export type Repeats = Readonly<Record<string, readonly string[]>>;

/**
 * Writes of one value to one field group in an hour. A region that comes and goes is back after ten minutes at the
 * soonest, by the default of `recoverHold`: more often is a loop, whoever drives it.
 */
const MAX_SAME = 5;
const HOUR_MS = 3_600_000;

/** The writes of the hour before `at` (ISO 8601), with one that took effect then. Pure. */
export function afterRepeat(repeats: Repeats, changes: readonly FieldChange[], at: string): Repeats {
  const recent = Object.entries(repeats)
    .map(([key, times]) => [key, withinHour(times, Date.parse(at))] as const)
    .filter(([, times]) => times.length > 0);
  const known = Object.fromEntries(recent);
  const added = [...new Set(changes.map(keyOf))].map((key) => [key, [...(known[key] ?? []), at]] as const);
  return { ...known, ...Object.fromEntries(added) };
}

/** True if a write would set once more what was set again and again in the last hour. Pure. */
export function isLoop(repeats: Repeats, changes: readonly FieldChange[], now: Date): boolean {
  return changes.some((change) => withinHour(repeats[keyOf(change)] ?? [], now.getTime()).length >= MAX_SAME);
}

function withinHour(times: readonly string[], now: number): readonly string[] {
  return times.filter((at) => Date.parse(at) > now - HOUR_MS);
}

/** Short: a lane's rows stand in the partition's head, all of them. */
function keyOf({ subject, group, to }: FieldChange): string {
  return digestOf({ subject, group, to }).slice(0, 16);
}
