import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { ArmReaderOptions } from '../arm-reader.ts';

export interface MetricsSourceOptions extends ArmReaderOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** How late values may come, in milliseconds; what is younger is not asked for. */
  readonly lagMs: number;
}

/** Only what is new counts; two minutes, so that one of them is whole. */
export const VOTE_MINUTES = 2;
