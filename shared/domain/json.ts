/** What JSON text can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A JSON object. */
export type JsonObject = Readonly<Record<string, Json>>;

/**
 * Canonical JSON (RFC 8785): keys sorted by UTF-16 code units, no white space, numbers as ECMAScript prints them.
 * The same value gives the same text whatever the order in which its keys were set.
 *
 * @throws RangeError on a number that JSON cannot hold.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new RangeError(`${value} has no JSON form`);
  }
  if (value === null || typeof value !== 'object') {
    return JSON.stringify(value);
  }
  if (isArray(value)) {
    return `[${value.map(canonicalJson).join(',')}]`;
  }
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`);
  return `{${members.join(',')}}`;
}

/**
 * The same value without members that are undefined, which JSON cannot hold. What has none is not copied, so that a value
 * of which little has changed costs little. Pure.
 */
export function jsonOf(value: object): Json {
  return defined(value) as Json;
}

function defined(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    const items = value.map(defined);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  const members = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(members);
  const kept = keys.map((key) => defined(members[key]));
  const isWhole = kept.every((member, index) => member !== undefined && member === members[keys[index] ?? '']);
  return isWhole
    ? value
    : Object.fromEntries(
        keys.flatMap((key, index): [string, unknown][] => (kept[index] === undefined ? [] : [[key, kept[index]]])),
      );
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
