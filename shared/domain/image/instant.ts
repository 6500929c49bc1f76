/** A point in time as its two sortable halves: milliseconds of the whole second, and the fraction's digits. */
export interface Instant {
  readonly secondMs: number;
  /** Without trailing zeros: compares as text. */
  readonly fraction: string;
}

const FORM = /^(\d{4}-\d{2}-\d{2})[Tt]([01]\d|2[0-3])(:\d{2}:\d{2})(?:\.(\d{1,18}))?([Zz]|[+-]\d{2}:\d{2})$/;

/** Reads an RFC 3339 time; a `Date` would lose what registries write below a millisecond. */
export function parseInstant(text: string): Instant | undefined {
  const [, day = '', hour = '', rest = '', digits = '', zone = ''] = FORM.exec(text) ?? [];
  if (!isDay(day)) {
    return undefined;
  }
  const secondMs = Date.parse(`${day}T${hour}${rest}${zone.toUpperCase()}`);
  return Number.isNaN(secondMs) ? undefined : { secondMs, fraction: digits.replace(/0+$/, '') };
}

/** `Date` reads 30 February as 1 March. */
function isDay(day: string): boolean {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(day);
}

/** Negative, zero or positive as `a` is before, at or after `b`. */
export function compareInstants(a: Instant, b: Instant): number {
  return a.secondMs - b.secondMs || (a.fraction < b.fraction ? -1 : Number(a.fraction > b.fraction));
}
