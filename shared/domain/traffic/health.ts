import { afterFlap, NO_PENALTY, suppressedMs, type Damping, type Penalty } from './damping.ts';
import type { Count } from './votes.ts';

/**
 * `suspect`: some say that it is bad, not enough or not for long enough. `recovering`: it was bad, nobody says so any
 * more, and it has not been well for long enough.
 */
export const HEALTH_STATUSES = ['unknown', 'healthy', 'suspect', 'bad', 'recovering'] as const;
export type HealthStatus = (typeof HEALTH_STATUSES)[number];

/** What is known of a region. Times are milliseconds since 1970. */
export interface RegionHealth {
  readonly status: HealthStatus;
  /** Since when enough sources say that it is bad, without a break. */
  readonly badSince?: number;
  /** Since when some say that it is bad, without a break, and too few. */
  readonly suspectSince?: number;
  /** Since when it is well, without a break, after it was bad. */
  readonly wellSince?: number;
  /** Of a region that is out: what was said before then is no word on whether it is well again. */
  readonly outSince?: number;
  readonly penalty: Penalty;
}

export interface HealthPolicy {
  /** Independent sources that must say so. */
  readonly quorum: number;
  /** One of them must be outside of the region. */
  readonly needsOutside: boolean;
  /** How long they must say so. */
  readonly holdMs: number;
  /** How long it must be well before traffic returns. */
  readonly recoverHoldMs: number;
  readonly damping?: Damping;
}

/** The next state, why it is no other, and when to look again if nothing happens. */
export interface HealthLook {
  readonly health: RegionHealth;
  readonly reason:
    'no-data' | 'well' | 'quorum' | 'no-external-vote' | 'min-hold' | 'bad' | 'recover-hold' | 'damped' | 'recovered';
  readonly lookInMs?: number;
}

export const UNKNOWN_HEALTH: RegionHealth = { status: 'unknown', penalty: NO_PENALTY };

/**
 * One look at a region. Pure.
 *
 * Nothing said is no recovery and no failure: a bad region stays bad while nobody speaks. Any bad vote restarts the
 * recovery, which takes good votes from as many sources as the drain did. Damping lengthens the return and never delays the first drain.
 */
export function lookAtHealth(health: RegionHealth, count: Count, { policy, now }: LookOptions): HealthLook {
  const isEnough = count.bad >= policy.quorum && (!policy.needsOutside || count.hasOutsideBad);
  if (isEnough) {
    return lookAtBad(health, count, { policy, now });
  }
  const { penalty } = health;
  const isOut = wasBad(health);
  const out = { status: 'bad', ...since(health), penalty } as const;
  if (count.bad > 0) {
    const reason = count.bad < policy.quorum ? 'quorum' : 'no-external-vote';
    const { suspectSince = now } = health;
    return { health: isOut ? out : { status: 'suspect', suspectSince, penalty }, reason };
  }
  if (count.good === 0) {
    return { health: isOut ? out : { status: 'unknown', penalty }, reason: 'no-data' };
  }
  if (!isOut) {
    return { health: { status: 'healthy', penalty }, reason: 'well' };
  }
  // As many must call it well as called it bad.
  return count.good < policy.quorum ? { health: out, reason: 'quorum' } : lookAtRecovery(health, { policy, now });
}

/** True if a region is out, or on its way back. Pure. */
export function wasBad({ status }: RegionHealth): boolean {
  return status === 'bad' || status === 'recovering';
}

function since({ outSince }: RegionHealth): Pick<RegionHealth, 'outSince'> {
  return outSince === undefined ? {} : { outSince };
}

interface LookOptions {
  readonly policy: HealthPolicy;
  readonly now: number;
}

function lookAtBad(health: RegionHealth, count: Count, { policy, now }: LookOptions): HealthLook {
  const { badSince = now, penalty } = health;
  if (wasBad(health)) {
    // A relapse before the return is the same incident: no hold, and no flap either.
    return { health: { status: 'bad', badSince, ...since(health), penalty }, reason: 'bad' };
  }
  const left = badSince + policy.holdMs - now;
  if (left > 0) {
    return { health: { status: 'suspect', badSince, penalty }, reason: 'min-hold', lookInMs: left };
  }
  const flapped = policy.damping === undefined ? penalty : afterFlap(penalty, now, policy.damping);
  const outSince = count.badSince ?? now;
  return { health: { status: 'bad', badSince, outSince, penalty: flapped }, reason: 'bad' };
}

function lookAtRecovery(health: RegionHealth, { policy, now }: LookOptions): HealthLook {
  const { penalty, wellSince = now } = health;
  const held = wellSince + policy.recoverHoldMs - now;
  const damped = suppressedMs(penalty, now);
  const lookInMs = Math.max(held, damped);
  return lookInMs > 0
    ? {
        health: { status: 'recovering', wellSince, ...since(health), penalty },
        reason: held > 0 ? 'recover-hold' : 'damped',
        lookInMs,
      }
    : { health: { status: 'healthy', penalty }, reason: 'recovered' };
}
