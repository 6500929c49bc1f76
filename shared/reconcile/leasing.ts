import type { LookContext } from './look-context.ts';
import type { Report } from './reconcile.ts';
import type { TargetState } from './target-rows.ts';

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

/**
 * The holder looks for newer intents before it leaves, so there is nothing to do here, unless it has died. One wake
 * message for the end of its lease is enough for everybody who finds the channel taken.
 */
export async function leaveToHolder<O, C>(context: LookContext<O, C>, state: TargetState): Promise<Report> {
  const { target, kind, rows, clock } = context;
  const now = clock.now().getTime();
  const until = Math.max(Date.parse(state.head.leases[kind.channel(target)]?.until ?? ''), now);
  if (state.lane.wakeAt !== undefined && Date.parse(state.lane.wakeAt) >= until) {
    return { outcome: 'busy' };
  }
  await rows.save(target, state, { lane: { wakeAt: new Date(until).toISOString() } });
  return { outcome: 'busy', wakeInMs: until - now + 1_000 };
}
