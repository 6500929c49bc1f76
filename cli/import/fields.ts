/** A value below keys of plain objects; never one that was inherited. */
export function field(value: unknown, ...keys: readonly string[]): unknown {
  let at = value;
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, key)) {
      return undefined;
    }
    at = (at as Readonly<Record<string, unknown>>)[key];
  }
  return at ?? undefined;
}

/** A text below keys; undefined where something else stands there. */
export function textField(value: unknown, ...keys: readonly string[]): string | undefined {
  const found = field(value, ...keys);
  return typeof found === 'string' ? found : undefined;
}

/** The texts of a list below keys. */
export function textsField(value: unknown, ...keys: readonly string[]): readonly string[] {
  return listField(value, ...keys).filter((one): one is string => typeof one === 'string');
}

/** A list below keys; empty where none stands there. */
export function listField(value: unknown, ...keys: readonly string[]): readonly unknown[] {
  const found = field(value, ...keys);
  return Array.isArray(found) ? found : [];
}
