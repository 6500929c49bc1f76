import { randomBytes } from 'node:crypto';

import type { Clock } from '../../shared/ports/clock.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { StartOptions } from '../options.ts';

/** What every service of the stack is started with. */
export interface Site {
  readonly options: StartOptions;
  /** Absolute folder of everything that is kept. */
  readonly data: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Tells progress. */
  readonly say: (line: string) => void;
  /** The next port of the row that was asked for, or 0 for a free one. */
  readonly port: () => number;
  /** What was started last is stopped first. */
  readonly onStop: (stop: () => Promise<void> | void) => void;
}

/** Ports from `first` on, or 0 where there is none: the system chooses. */
export function portRow(first: number | undefined): () => number {
  let next = first;
  return () => (next === undefined ? 0 : next++);
}

/** A key or token for this run alone. */
export function secret(): string {
  return randomBytes(24).toString('base64url');
}
