import { InvalidArgumentError } from 'commander';

/** A whole number from 0, of an option's text. */
export function toCount(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw new InvalidArgumentError('expected a whole number from 0');
  }
  return Number(text);
}

/** A whole number from 1, of an option's text. */
export function toOneOrMore(text: string): number {
  const count = toCount(text);
  if (count === 0) {
    throw new InvalidArgumentError('expected a whole number from 1');
  }
  return count;
}
