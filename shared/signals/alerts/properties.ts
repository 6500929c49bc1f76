import { MAX_NAME, members, note, stringOf, type Part } from './part.ts';

const MAX_PROPERTIES = 50;
/** As for free text elsewhere in signals: a property may hold a link or a few lines. */
const MAX_TEXT = 16 * 1024;

/**
 * Texts by name. Without a prototype: a name that its sender did not write gives undefined, `constructor` too.
 *
 * @param sources - the first that has a name gives its value.
 */
export function readProperties(sources: readonly Part[]): Readonly<Record<string, string>> {
  const properties = Object.create(null) as Record<string, string>;
  let count = 0;
  for (const { name, part } of sources.flatMap(members)) {
    const value = stringOf(part, MAX_TEXT);
    if (value === undefined || Object.hasOwn(properties, name)) {
      continue;
    }
    if (name.length > MAX_NAME || count === MAX_PROPERTIES) {
      note(part);
      continue;
    }
    properties[name] = value;
    count += 1;
  }
  return properties;
}
