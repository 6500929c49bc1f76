import type { Intent } from '../intents/intent.ts';
import type { LookContext } from './look-context.ts';
import type { Report } from './report.ts';
import { concerned } from './situation.ts';
import type { TargetState } from './target-rows.ts';

/** An invocation stays for a window as short as this; a longer one is left to a wake message. */
const SLEEP_MS = 2_000;
/** As old as this is a signal that came by the usual way; an older one belongs to a backlog, which is gathered like a burst. */
const PROMPT_MS = 2_000;

/**
 * Lets a burst of intents grow into one write: the first look at something new opens a window, and nothing is read for
 * writing until it is over. Whoever opened the window comes back at its end; if that invocation dies, its message is
 * delivered again, and the tick looks in any case.
 *
 * @returns what the look ends with for now; undefined when there is nothing to wait for.
 */
export async function gather<O, C>(
  context: LookContext<O, C>,
  state: TargetState,
): Promise<Report | 'again' | undefined> {
  const { target, kind, rows, clock } = context;
  const now = clock.now().getTime();
  const { gatherUntil, recent = [] } = state.lane;
  if (gatherUntil !== undefined) {
    return Date.parse(gatherUntil) > now ? { outcome: 'waiting' } : undefined;
  }
  // One with a note has been looked at before, and waits for something else than this window.
  const fresh = concerned(context, state).filter(
    ({ state: at, mode, note = '' }) => at === 'open' && mode === 'enforce' && note === '',
  );
  if (kind.windowMs === undefined || fresh.length === 0) {
    return undefined;
  }
  const windowMs = kind.windowMs(recent, clock.now(), fresh);
  // The newest counts: one that stands open for days (a hold) must not close the window for those that come.
  const until = Math.min(now, Math.max(...fresh.map(beginOf))) + windowMs;
  if (until <= now) {
    return undefined;
  }
  await rows.save(target, state, { lane: { gatherUntil: new Date(until).toISOString() } });
  if (windowMs > SLEEP_MS) {
    return { outcome: 'waiting', wakeInMs: until - now };
  }
  await clock.sleep(until - now);
  return 'again';
}

/** The window begins when the image was pushed: the way of its event to us is not waited for twice. */
function beginOf({ raisedAt, asOf }: Intent): number {
  const read = Date.parse(asOf);
  const raised = raisedAt === undefined ? read : Date.parse(raisedAt);
  return read - raised > PROMPT_MS ? read : Math.min(raised, read);
}
