import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  afterFlap,
  NO_PENALTY,
  penaltyAt,
  suppressedMs,
  type Damping,
} from '../../../../shared/domain/traffic/damping.ts';
import {
  lookAtHealth,
  UNKNOWN_HEALTH,
  type HealthLook,
  type HealthPolicy,
  type RegionHealth,
} from '../../../../shared/domain/traffic/health.ts';
import { countVotes, type Vote } from '../../../../shared/domain/traffic/votes.ts';

const MINUTE = 60_000;
const POLICY: HealthPolicy = { quorum: 2, needsOutside: false, holdMs: 0, recoverHoldMs: 10 * MINUTE };
const DAMPING: Damping = {
  perFlap: 1000,
  halfLifeMs: 15 * MINUTE,
  suppress: 2000,
  reuse: 750,
  maxSuppressMs: 60 * MINUTE,
};

function vote(source: string, isBad: boolean, more: Partial<Vote> = {}): Vote {
  return { source, isBad, at: 0, expires: 1_000_000_000, isOutside: true, ...more };
}

function look(health: RegionHealth, votes: readonly Vote[], now = 0, policy = POLICY): HealthLook {
  return lookAtHealth(health, countVotes(votes, now), { policy, now });
}

const BAD = [vote('a', true), vote('b', true)];
const GOOD = [vote('a', false), vote('b', false)];

describe('votes', () => {
  it.each([
    ['one a source', [vote('a', true), vote('a', true, { at: 5 })], { bad: 1, good: 0 }],
    ['the newest of a source', [vote('a', true), vote('a', false, { at: 5 })], { bad: 0, good: 1 }],
    ['of two at one instant the bad one', [vote('a', false), vote('a', true), vote('a', false)], { bad: 1, good: 0 }],
    ['none that has expired', [vote('a', true, { expires: 10 })], { bad: 0, good: 0 }],
    ['none from the future', [vote('a', true, { at: 99 })], { bad: 0, good: 0 }],
    ['those from outside', [vote('a', true, { isOutside: false }), vote('b', true)], { bad: 2, hasOutsideBad: true }],
    ['none from outside', [vote('a', true, { isOutside: false }), vote('b', false)], { bad: 1, hasOutsideBad: false }],
  ])('count %s', (_, votes, expected) => {
    expect(countVotes(votes, 10)).toMatchObject(expected);
  });

  it('count alike in every order', () => {
    const any = fc.record({
      source: fc.constantFrom('a', 'b', 'c'),
      isBad: fc.boolean(),
      at: fc.integer({ min: 0, max: 20 }),
      expires: fc.integer({ min: 0, max: 20 }),
      isOutside: fc.constant(true),
    });
    fc.assert(
      fc.property(fc.array(any), fc.integer({ min: 0, max: 20 }), (votes, now) => {
        expect(countVotes(votes.toReversed(), now)).toEqual(countVotes(votes, now));
      }),
    );
  });
});

describe('a region', () => {
  it.each<[string, RegionHealth['status'], readonly Vote[], HealthLook['reason'], RegionHealth['status']]>([
    ['nobody has spoken of', 'unknown', [], 'no-data', 'unknown'],
    ['all call well', 'unknown', GOOD, 'well', 'healthy'],
    ['one of two calls bad', 'healthy', [vote('a', true)], 'quorum', 'suspect'],
    ['one source calls bad twice', 'healthy', [vote('a', true), vote('a', true, { at: -1 })], 'quorum', 'suspect'],
    ['two call bad', 'healthy', BAD, 'bad', 'bad'],
    ['was bad and nobody speaks of', 'bad', [], 'no-data', 'bad'],
    ['was recovering and nobody speaks of', 'recovering', [], 'no-data', 'bad'],
    ['was bad and one still calls bad', 'bad', [vote('a', true), vote('b', false)], 'quorum', 'bad'],
    ['was bad and all call well', 'bad', GOOD, 'recover-hold', 'recovering'],
    ['was bad and one alone calls well', 'bad', [vote('a', false)], 'quorum', 'bad'],
    ['was recovering and is bad again', 'recovering', BAD, 'bad', 'bad'],
    ['was well and nobody speaks of', 'healthy', [], 'no-data', 'unknown'],
  ])('that %s', (_, status, votes, reason, next) => {
    expect(look({ ...UNKNOWN_HEALTH, status }, votes)).toMatchObject({ reason, health: { status: next } });
  });

  it('needs a vote from outside, where that is asked for', () => {
    const inside = BAD.map((one) => ({ ...one, isOutside: false }));
    const policy = { ...POLICY, needsOutside: true };
    expect(look(UNKNOWN_HEALTH, inside, 0, policy)).toMatchObject({
      reason: 'no-external-vote',
      health: { status: 'suspect' },
    });
    expect(look(UNKNOWN_HEALTH, [inside[0]!, BAD[1]!], 0, policy).health.status).toBe('bad');
  });

  it('must be bad for a while, where that is asked for', () => {
    const policy = { ...POLICY, holdMs: MINUTE };
    const first = look(UNKNOWN_HEALTH, BAD, 0, policy);
    expect(first).toMatchObject({ reason: 'min-hold', lookInMs: MINUTE, health: { status: 'suspect' } });
    const broken = look(look(first.health, GOOD, 30_000, policy).health, BAD, 40_000, policy);
    expect(broken).toMatchObject({ reason: 'min-hold', lookInMs: MINUTE });
    expect(look(first.health, BAD, MINUTE, policy).health.status).toBe('bad');
  });

  it('returns only after it was well for long enough, and any bad vote starts the clock anew', () => {
    const bad = look(UNKNOWN_HEALTH, BAD).health;
    const wellAt = (at: number): readonly Vote[] => GOOD.map((one) => ({ ...one, at }));
    const recovering = look(bad, wellAt(MINUTE), MINUTE).health;
    const relapsed = look(recovering, [vote('a', true, { at: 5 * MINUTE })], 5 * MINUTE).health;
    const again = look(relapsed, wellAt(6 * MINUTE), 6 * MINUTE);
    expect(again).toMatchObject({ reason: 'recover-hold', lookInMs: 10 * MINUTE });
    expect(look(again.health, wellAt(15 * MINUTE), 15 * MINUTE).reason).toBe('recover-hold');
    expect(look(again.health, wellAt(16 * MINUTE), 16 * MINUTE)).toMatchObject({
      reason: 'recovered',
      health: { status: 'healthy' },
    });
  });

  it('that comes and goes is held back longer in the end, and leaves at once each time', () => {
    const policy = { ...POLICY, damping: DAMPING };
    let health = UNKNOWN_HEALTH;
    let now = 0;
    const waits: number[] = [];
    for (let flap = 0; flap < 4; flap += 1) {
      const drained = look(
        health,
        BAD.map((one) => ({ ...one, at: now })),
        now,
        policy,
      );
      expect(drained.health.status).toBe('bad');
      ({ health } = drained);
      const began = now;
      let votes = GOOD.map((one) => ({ ...one, at: now }));
      for (let step = look(health, votes, now, policy); ; step = look(health, votes, now, policy)) {
        ({ health } = step);
        if (health.status === 'healthy') {
          break;
        }
        now += step.lookInMs ?? 1;
        votes = GOOD.map((one) => ({ ...one, at: now }));
      }
      waits.push(now - began);
    }
    expect(waits[0]).toBe(POLICY.recoverHoldMs);
    expect(Math.max(...waits)).toBeGreaterThan(POLICY.recoverHoldMs);
    expect(Math.max(...waits)).toBeLessThanOrEqual(DAMPING.maxSuppressMs + POLICY.recoverHoldMs);
  });

  const anyVote = fc.record({
    source: fc.constantFrom('a', 'b', 'c'),
    isBad: fc.boolean(),
    at: fc.integer({ min: 0, max: 40 * MINUTE }),
    expires: fc.integer({ min: 0, max: 60 * MINUTE }),
    isOutside: fc.boolean(),
  });
  const anyPolicy = fc.record({
    quorum: fc.integer({ min: 1, max: 3 }),
    needsOutside: fc.boolean(),
    holdMs: fc.constantFrom(0, MINUTE),
    recoverHoldMs: fc.constantFrom(5 * MINUTE, 10 * MINUTE),
  });

  it('that was bad is never well before it was well for as long as is asked for, whatever is said', () => {
    const times = fc.array(fc.integer({ min: 0, max: 60 * MINUTE }), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(anyVote, { maxLength: 20 }), anyPolicy, times, (votes, policy, nows) => {
        let health: RegionHealth = UNKNOWN_HEALTH;
        let wellSince: number | undefined;
        for (const now of nows.toSorted((a, b) => a - b)) {
          const wasOut = health.status === 'bad' || health.status === 'recovering';
          ({ health } = look(health, votes, now, policy));
          if (wasOut) {
            expect(['bad', 'recovering', 'healthy']).toContain(health.status);
            expect(health.status === 'healthy' && now - (wellSince ?? now) < policy.recoverHoldMs).toBe(false);
          }
          wellSince = health.status === 'recovering' ? (wellSince ?? now) : undefined;
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('damping', () => {
  it('halves, adds up and is bounded', () => {
    const one = afterFlap(NO_PENALTY, 0, DAMPING);
    expect(penaltyAt(one, DAMPING.halfLifeMs, DAMPING)).toBe(500);
    expect(suppressedMs(one, 0)).toBe(0);
    const many = Array.from({ length: 50 }).reduce<typeof one>((penalty) => afterFlap(penalty, 0, DAMPING), one);
    expect(suppressedMs(many, 0)).toBe(DAMPING.maxSuppressMs);
    expect(suppressedMs(many, DAMPING.maxSuppressMs)).toBe(0);
  });
});
