import type { LookContext } from '../look-context.ts';
import type { Report } from '../report.ts';
import type { TargetState } from '../target-rows.ts';

/** True if somebody else may write the target's channel now. */
export function isLeasedToAnother<O, C>(
  { kind, target, owner, clock }: LookContext<O, C>,
  { head }: TargetState,
): boolean {
  const lease = head.leases[kind.channel(target)];
  if (lease === undefined) {
    return false;
  }
  return lease.target !== target.key || (lease.owner !== owner && Date.parse(lease.until) > clock.now().getTime());
}

/** Until the next look at a channel whose holder is late: its write goes on after the lease, or it has died. */
const LATE_LOOK_MS = 5_000;
/** A wake message comes this much after the time that it was sent for. */
const WAKE_LATE_MS = 1_000;

/**
 * The holder looks for newer intents before it leaves, so there is nothing to do here, unless it has died. One wake
 * message is enough for everybody who finds the channel taken: for the end of the lease, or a little later where that is
 * over and the write is not.
 */
export async function leaveToHolder<O, C>(context: LookContext<O, C>, state: TargetState): Promise<Report> {
  const { target, kind, rows, clock } = context;
  const now = clock.now().getTime();
  const leased = Date.parse(state.head.leases[kind.channel(target)]?.until ?? '');
  const wakeAt = Date.parse(state.lane.wakeAt ?? '');
  if (wakeAt >= leased && wakeAt + WAKE_LATE_MS > now) {
    return { outcome: 'busy' };
  }
  const until = leased > now ? leased : now + LATE_LOOK_MS;
  await rows.save(target, state, { lane: { wakeAt: new Date(until).toISOString() } });
  return { outcome: 'busy', wakeInMs: until - now + WAKE_LATE_MS };
}
