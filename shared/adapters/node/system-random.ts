import { randomUUID } from 'node:crypto';

import type { Random } from '../../ports/random.ts';

/** The machine's randomness. */
export class SystemRandom implements Random {
  next(): number {
    return Math.random();
  }

  uuid(): string {
    return randomUUID();
  }
}
