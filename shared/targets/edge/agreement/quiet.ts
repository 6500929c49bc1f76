import { isWindowOpen, nextOpening } from '../../../domain/schedule/window.ts';
import type { EdgePolicy } from '../../../domain/traffic/policy.ts';
import type { RuleBreach } from '../../../domain/traffic/safety-rules.ts';
import type { Intent } from '../../../intents/intent.ts';
import type { Situation } from '../../../reconcile/target-kind.ts';
import type { ObservedEdge } from '../observe.ts';

type QuietRule = (intent: Intent, observed: ObservedEdge, situation: Situation) => RuleBreach | undefined;

/** What planned moves and drills wait for. Each is a rule of its own: whoever overrides one is still bound by the others. */
export const QUIET_RULES: readonly QuietRule[] = [alarm, day, hours];

function alarm(_: Intent, { switches }: ObservedEdge): RuleBreach | undefined {
  return switches.firing.length > 0 ? { reason: 'blocking-alarm', page: false } : undefined;
}

function day(_: Intent, { edge }: ObservedEdge, { now }: Situation): RuleBreach | undefined {
  return isBlocked(dayOf(now), edge.policy) ? { reason: 'blocked-date', page: false } : undefined;
}

/** Hours bind whoever plans by them; a region that turns slow does not. */
function hours({ by, state }: Intent, { edge }: ObservedEdge, { now }: Situation): RuleBreach | undefined {
  const { windows } = edge.policy;
  if (windows === undefined || !('person' in by) || state === 'leaving') {
    return undefined;
  }
  return isWindowOpen(windows.open, windows.timeZone, now)
    ? undefined
    : { reason: `outside-window until ${opening(edge, now)?.toISOString() ?? 'nobody knows when'}`, page: false };
}

const DAY_MS = 86_400_000;
/** Whoever blocks more days than a year has means never. */
const FAR_MS = 366 * DAY_MS;

/** The first moment of a window on a day that is neither blocked nor frozen. */
function opening({ policy, freezes = [] }: ObservedEdge['edge'], now: Date): Date | undefined {
  const { open, timeZone } = policy.windows ?? { open: [], timeZone: 'UTC' };
  const isOff = (one: string): boolean =>
    isBlocked(one, policy) || freezes.some(({ from, to }) => from <= one && one <= to);
  let opens = nextOpening(open, timeZone, now);
  while (opens !== undefined && isOff(dayOf(opens)) && opens.getTime() < now.getTime() + FAR_MS) {
    const nextDay = new Date((Math.floor(opens.getTime() / DAY_MS) + 1) * DAY_MS);
    opens = nextOpening(open, timeZone, nextDay);
  }
  return opens === undefined || isOff(dayOf(opens)) ? undefined : opens;
}

function isBlocked(one: string, { blockedDates }: Pick<EdgePolicy, 'blockedDates'>): boolean {
  return blockedDates.some((blocked) => blocked === one || blocked === one.slice(5));
}

/** In UTC, as blocked days and freezes are. */
function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
