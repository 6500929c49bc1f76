import { InvalidArgumentError } from 'commander';

/** A whole number from 0, of an option's text. */
export function toCount(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw new InvalidArgumentError('expected a whole number from 0');
  }
  return Number(text);
}
