import { fold } from '../fields.ts';

/**
 * A part of an alert as its sender wrote it, with the path that names it: `data.alertContext.condition`.
 *
 * Whatever is asked of a part, nothing throws: a value that is not what it should be is noted in `odd` and counts as
 * missing from then on. Undefined and null are missing without being odd.
 */
export interface Part {
  readonly value: unknown;
  readonly path: string;
  /** Paths of all that was odd in the same alert. */
  readonly odd: Set<string>;
}

/** A part that its sender gave a name: a dimension, a label, a custom property. */
export interface NamedPart {
  readonly name: string;
  readonly part: Part;
}

/** As for names elsewhere in signals. */
export const MAX_NAME = 512;

/** Paths hold names of the sender, and there is a path for each odd value: both are bounded. */
const MAX_PATH = 512;
const MAX_ODD = 50;

const DECIMAL = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/** Notes that a part is odd. */
export function note({ path, odd }: Part): void {
  if (odd.size < MAX_ODD) {
    odd.add(path.slice(0, MAX_PATH));
  }
}

/** The part below along own members only: what an object inherits is not what its sender wrote. */
export function at(part: Part, ...keys: readonly string[]): Part {
  return keys.reduce((parent, key) => {
    const record = recordOf(parent);
    const value = record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
    return { ...parent, value, path: `${parent.path}.${key}` };
  }, part);
}

/** The members of an object, in the order as written; none if it is missing. */
export function members(part: Part): readonly NamedPart[] {
  return Object.entries(recordOf(part) ?? {}).map(([name, value]) => {
    return { name, part: { ...part, value, path: `${part.path}.${name}` } };
  });
}

/** The entries of an array; none if it is missing. */
export function items(part: Part): readonly Part[] {
  const { value, path } = part;
  if (Array.isArray(value)) {
    return Array.from<unknown, Part>(value, (item, index) => ({ ...part, value: item, path: `${path}.${index}` }));
  }
  noteUnlessMissing(part);
  return [];
}

/** Text, the empty one too, of `max` characters at most. */
export function stringOf(part: Part, max = MAX_NAME): string | undefined {
  if (typeof part.value === 'string' && part.value.length <= max) {
    return part.value;
  }
  noteUnlessMissing(part);
  return undefined;
}

/** Text that says something: Azure writes empty text for what is not set. */
export function textOf(part: Part, max = MAX_NAME): string | undefined {
  const written = stringOf(part, max);
  return written === '' ? undefined : written;
}

/** Text that must be there, for without it one occasion cannot be told from the next: missing is odd too. */
export function identityOf(part: Part, max = MAX_NAME): string | undefined {
  const identity = textOf(part, max);
  if (identity === undefined) {
    note(part);
  }
  return identity;
}

/**
 * One of the words that Azure documents, whatever its case and blanks; another word is noted and counts as missing.
 *
 * @param words - wire form, folded, to what it means.
 */
export function wordOf<Meaning>(part: Part, words: ReadonlyMap<string, Meaning>): Meaning | undefined {
  const written = textOf(part);
  const meaning = written === undefined ? undefined : words.get(fold(written));
  if (written !== undefined && meaning === undefined) {
    note(part);
  }
  return meaning;
}

/** A number, or text that holds one; `NaN` is Azure's word for no data, so it counts as missing. */
export function numberOf(part: Part): number | undefined {
  const { value } = part;
  if (Number.isNaN(value) || value === 'NaN' || value === '') {
    return undefined;
  }
  const parsed = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value;
  if (typeof parsed === 'number' && Number.isFinite(parsed)) {
    return parsed;
  }
  noteUnlessMissing(part);
  return undefined;
}

/** The first parts of a list that is too long; the first of those left out is noted. */
export function firstOf(parts: readonly NamedPart[], max: number): readonly NamedPart[] {
  const beyond = parts[max];
  if (beyond !== undefined) {
    note(beyond.part);
  }
  return parts.slice(0, max);
}

function recordOf(part: Part): Readonly<Record<string, unknown>> | undefined {
  const { value } = part;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  noteUnlessMissing(part);
  return undefined;
}

function noteUnlessMissing(part: Part): void {
  if (part.value !== undefined && part.value !== null) {
    note(part);
  }
}
