import { PLAN_ID_LENGTH } from '../../shared/reconcile/stored-plan.ts';
import { ApiRefusal } from './client.ts';

/** Less than this would be a guess. */
const LEAST = 4;

/** A kind of thing that people name by an id or by the beginning of one. */
export interface Named {
  readonly what: 'plan' | 'page';
  /** Characters of a whole id. */
  readonly length: number;
  /** The command that lists them. */
  readonly lists: string;
}

/** A plan's id is a UUID. */
export const PLANS: Named = { what: 'plan', length: PLAN_ID_LENGTH, lists: 'reflex plans' };
/** A page's id is the beginning of a digest. */
export const PAGES: Named = { what: 'page', length: 12, lists: 'reflex pages --state all' };

/** True if nothing of an id is left out. Pure. */
export function isWhole(given: string, { length }: Named): boolean {
  return given.length >= length;
}

/**
 * The one whose id is given, or begins so.
 * @param find - all whose ids begin so, in lower case; not called where too little is given.
 * @throws ApiRefusal if none or several begin so.
 */
export async function knownAs<T extends { readonly id: string }>(
  given: string,
  { what, lists }: Named,
  find: (beginning: string) => Promise<readonly T[]>,
): Promise<T> {
  const beginning = given.toLowerCase();
  const isShort = beginning.length < LEAST;
  const found = isShort ? [] : await find(beginning);
  const [one] = found;
  if (one === undefined) {
    const why = isShort ? `give at least ${LEAST} of its digits` : `${lists} lists them`;
    throw new ApiRefusal(404, `no-such-${what}`, `no ${what} is known as ${beginning}: ${why}`);
  }
  if (found.length > 1) {
    const ids = found.map(({ id }) => id).join(' and ');
    throw new ApiRefusal(409, `ambiguous-${what}`, `${beginning} is how ${ids} begin: give more digits`);
  }
  return one;
}
