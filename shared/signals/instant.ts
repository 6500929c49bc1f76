const INSTANT = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))?$/;
const MINUTE_MS = 60_000;

/**
 * Reads a time stamp as Azure writes it: RFC 3339 with up to nine fraction digits (kept to the millisecond).
 * A missing zone is UTC: `resourceEventTime` of resource notifications comes without one.
 *
 * @returns undefined for anything else, days that do not exist included (the 30th of February).
 */
export function parseInstant(text: string): Date | undefined {
  const match = INSTANT.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, day = '', clock = '', fraction = '', sign, hours = '0', minutes = '0'] = match;
  const written = `${day}T${clock}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
  const asUtc = new Date(written);
  if (Number.isNaN(asUtc.getTime()) || asUtc.toISOString() !== written || Number(hours) > 23 || Number(minutes) > 59) {
    return undefined;
  }
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
  return new Date(asUtc.getTime() - (sign === '-' ? -offsetMs : offsetMs));
}

/** .NET's default date: Azure's way to say that a time is not set. */
export function isUnset(instant: Date): boolean {
  return instant.getUTCFullYear() <= 1;
}
