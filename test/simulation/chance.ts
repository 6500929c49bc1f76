import { SeededRandom } from '../../local/time/seeded-random.ts';

/** Draws from one seed: the same seed draws the same. */
export class Chance extends SeededRandom {
  /** True in `share` of the draws, 0 to 1. */
  yes(share: number): boolean {
    return this.next() < share;
  }

  /** A whole number, both ends included. */
  int(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    const picked = list[Math.floor(this.next() * list.length)];
    if (picked === undefined) {
      throw new RangeError('nothing to pick from');
    }
    return picked;
  }
}
