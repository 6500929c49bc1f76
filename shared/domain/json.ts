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
  let members = '';
  for (const key of Object.keys(value).sort()) {
    members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`;
  }
  return `{${members}}`;
}

/**
 * The same value without members that are undefined, which JSON cannot hold. What has none is not copied, so that a value
 * of which little has changed costs little. Pure.
 */
export function jsonOf(value: object): Json {
  return (isWhole(value) ? value : defined(value)) as Json;
}

/**
 * True if both have the same canonical JSON: the order of keys does not count, nor do members that are undefined. Parts
 * that both share are not read. Pure.
 */
export function isSameJson(a: Json | object | undefined, b: Json | object | undefined): boolean {
  return isSame(a, b);
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b || typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return a === b;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => isSame(item, b[index]))
    );
  }
  const [one, other] = [a as Members, b as Members];
  const keys = Object.keys(one);
  return (
    keys.every((key) => isSame(one[key], Object.hasOwn(other, key) ? other[key] : undefined)) &&
    Object.keys(other).every((key) => other[key] === undefined || Object.hasOwn(one, key))
  );
}

type Members = Readonly<Record<string, unknown>>;

function isWhole(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) {
    return value !== undefined;
  }
  if (Array.isArray(value)) {
    return value.every(isWhole);
  }
  for (const key in value) {
    if (!isWhole((value as Members)[key])) {
      return false;
    }
  }
  return true;
}

function defined(value: unknown): unknown {
  if (isWhole(value) || typeof value !== 'object' || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map(defined);
  }
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, defined(member)]));
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
