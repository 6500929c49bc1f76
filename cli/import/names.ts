import { isDeepStrictEqual } from 'node:util';

const LONGEST = 63;

/** The nearest name that a fleet file takes: lower-case letters, digits and hyphens. */
export function nameOf(text: string): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST - 4)
    .replaceAll(/^-+|-+$/g, '');
  return plain === '' ? 'imported' : plain;
}

/** The name, or the first `NAME-2`, `NAME-3` that is free or stands for the same already. */
export function uniqueName(taken: ReadonlyMap<string, unknown>, name: string, value: unknown): string {
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? name : `${name}-${count}`;
    if (!taken.has(candidate) || isDeepStrictEqual(taken.get(candidate), value)) {
      return candidate;
    }
  }
}
