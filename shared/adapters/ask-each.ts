import { UpstreamError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

/** Shorter than what a source may take in all: a region that hangs leaves the others their votes. */
const ONE_MS = 8_000;

export interface Asking {
  readonly clock: Clock;
  readonly log: Log;
  /** What is asked, and about which edge: for the log. */
  readonly source: string;
  readonly edge: string;
  /** Longest time that one of them may take, in milliseconds; 8 s if absent. */
  readonly withinMs?: number;
}

/** Somebody who is asked, and what for. */
interface Question<Answer> {
  /** Of whom; absent: the source itself. */
  readonly of?: string;
  /** @param signal - aborted when it has taken too long. */
  readonly ask: (signal: AbortSignal) => Promise<readonly Answer[]>;
}

/**
 * Asks all of them at once and collects what they answer. Each is on its own: one that fails or takes too long is logged
 * and answers nothing, so that a sick region keeps nobody from hearing of the others.
 */
export async function askEach<Answer>(
  questions: readonly Question<Answer>[],
  { clock, log, source, edge, withinMs = ONE_MS }: Asking,
): Promise<readonly Answer[]> {
  const answers = await Promise.all(
    questions.map(async ({ of, ask }) => {
      try {
        return await inTime(clock, withinMs, ask);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn('a source gave no votes', { source, edge, ...(of === undefined ? {} : { of }), reason });
        return [];
      }
    }),
  );
  return answers.flat();
}

/**
 * Waits for `work`, but no longer than `ms` milliseconds by this clock; then its signal is aborted.
 * @throws UpstreamError (status 0) when it took longer, and whatever `work` throws.
 */
export async function inTime<Answer>(
  clock: Clock,
  ms: number,
  work: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const [late, done] = [new AbortController(), new AbortController()];
  const timeout = async (): Promise<never> => {
    await clock.sleep(ms, done.signal);
    late.abort();
    throw new UpstreamError(`wait ${ms} ms`, 0);
  };
  try {
    return await Promise.race([work(late.signal), timeout()]);
  } finally {
    done.abort();
  }
}
