import type { StepCondition } from '../../domain/traffic/manual.ts';
import { UpstreamError } from '../../errors.ts';
import type { StepEvidence } from '../../ports/step-evidence.ts';
import { inTime } from '../ask-each.ts';
import { askLogs, type LogAnalyticsOptions, type LogTable } from './ask-logs.ts';

/** An emergency of another region may look at the same edge meanwhile, and must not wait long for this. */
const WITHIN_MS = 5_000;
/** Looks may follow each other closely; a workspace takes minutes to have what has happened. */
const ASK_AGAIN_MS = 20_000;

/** Whether a step of people's shows in the rows of its Log Analytics query. */
export class LogAnalyticsStepEvidence implements StepEvidence {
  readonly #options: LogAnalyticsOptions;
  /** When each condition was last found not to be true. */
  readonly #untrue = new Map<string, number>();

  constructor(options: LogAnalyticsOptions) {
    this.#options = options;
  }

  async isTrue(condition: StepCondition): Promise<boolean> {
    const { clock, log } = this.#options;
    const key = `${condition.workspace} ${condition.query}`;
    const now = clock.now().getTime();
    const asked = this.#untrue.get(key);
    if (asked !== undefined && now >= asked && now < asked + ASK_AGAIN_MS) {
      return false;
    }
    try {
      const ask = async (signal: AbortSignal): Promise<LogTable> =>
        await askLogs(this.#options, { ...condition, signal, operation: 'query a step’s evidence' });
      if (isDone(await inTime(clock, WITHIN_MS, ask))) {
        this.#untrue.delete(key);
        return true;
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn('the evidence of a step could not be read', { workspace: condition.workspace, reason });
    }
    this.#untrue.set(key, now);
    return false;
  }
}

/**
 * True if the first row's column `done` is. No row is no data, and not true. Pure.
 * @throws UpstreamError if there is no such column.
 */
export function isDone({ columns, rows }: LogTable): boolean {
  const names = columns.map(({ name }) => name);
  if (!names.includes('done')) {
    throw new UpstreamError(`expected a column done, got ${names.join()}`, 502);
  }
  return rows[0]?.[names.indexOf('done')] === true;
}
