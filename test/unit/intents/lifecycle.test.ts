import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { intentKey, type Intent } from '../../../shared/intents/intent.ts';
import { openIntent, withState, type IntentRequest } from '../../../shared/intents/lifecycle.ts';
import { wish } from '../reconcile/counter-target.ts';

const NOW = '2026-01-05T08:00:00.000Z';
const LATER = '2026-01-05T09:00:00.000Z';

function opened(request: IntentRequest): Intent {
  return openIntent(undefined, request, NOW).intent;
}

describe('openIntent', () => {
  it('opens what nobody has asked for', () => {
    expect(openIntent(undefined, wish(1), NOW)).toMatchObject({
      change: 'write',
      intent: { state: 'open', openedAt: NOW },
    });
  });

  it.each([
    ['the same signal again', wish(1), 'same'],
    ['older facts with another value', wish(2, { asOf: '2025-01-01T00:00:00.000Z' }), 'older-facts'],
  ])('keeps the stored one for %s', (_name, request, why) => {
    expect(openIntent(opened(wish(1)), request, LATER)).toMatchObject({ change: 'keep', why });
  });

  it('adds another signal that wants the same, without losing the time it was opened', () => {
    const { intent } = openIntent(opened(wish(1)), wish(1, { signals: ['s#other'] }), LATER);
    expect(intent.signals).toEqual([...wish(1).signals, 's#other']);
    expect(intent.openedAt).toBe(NOW);
  });

  it('leaves what is kept back so, with its reason, when another signal wants the same', () => {
    const blocked = { ...opened(wish(1)), state: 'blocked' as const, note: 'insufficient-capacity' };
    const { change, intent } = openIntent(blocked, wish(1, { signals: ['s#other'] }), LATER);
    expect([change, intent.state, intent.note]).toEqual(['write', 'blocked', 'insufficient-capacity']);
    expect(openIntent(blocked, wish(2, { asOf: LATER }), LATER).intent).toMatchObject({ state: 'open' });
  });

  it('replaces the value by newer facts, with its own signals only', () => {
    const { intent } = openIntent(opened(wish(1)), wish(2, { asOf: LATER }), LATER);
    expect(intent).toMatchObject({ value: { to: 2 }, signals: wish(2).signals, openedAt: LATER });
  });

  it('leaves a closed one closed for a signal that it has served', () => {
    const closed = withState(opened(wish(1)), 'closed', 'written');
    expect(openIntent(closed, wish(1), LATER)).toMatchObject({ change: 'keep', why: 'already-done' });
    expect(openIntent(closed, wish(1, { signals: ['s#other'] }), LATER)).toMatchObject({ change: 'write' });
  });

  it('lets a late duplicate of a signal that came true ask for nothing more, whatever came true since', () => {
    const first = withState(opened(wish(1)), 'closed', 'written');
    const second = openIntent(first, wish(2, { asOf: LATER }), LATER).intent;
    const duplicate = wish(2, { asOf: LATER, signals: wish(1).signals });
    expect(openIntent(second, duplicate, LATER)).toMatchObject({ change: 'keep', why: 'already-done' });
    const both = withState(second, 'closed', 'written');
    expect(openIntent(both, wish(3, { signals: wish(1).signals }), LATER)).toMatchObject({ change: 'keep' });
  });

  it('opens again what leaves, for a new signal only', () => {
    const leaving = withState(opened(wish(1)), 'leaving', 'well again');
    expect(openIntent(leaving, wish(1), LATER)).toMatchObject({ change: 'keep', why: 'already-done' });
    expect(openIntent(leaving, wish(1, { signals: ['s#other'] }), LATER).intent).toMatchObject({ state: 'open' });
  });

  it('leaves a closed one closed for a look that brings no signal', () => {
    const closed = withState(opened(wish(1)), 'closed', 'written');
    expect(openIntent(closed, wish(2, { signals: [] }), LATER)).toMatchObject({ change: 'keep', why: 'already-done' });
  });

  it('does not try what failed again before it asks for something else', () => {
    const failed = withState(opened(wish(1)), 'failed', 'snapped');
    expect(openIntent(failed, wish(1, { signals: ['s#other'] }), LATER)).toMatchObject({ change: 'keep' });
    expect(openIntent(failed, wish(2, { asOf: LATER }), LATER).intent).toMatchObject({ state: 'open' });
  });

  it('gives the same value for every order and repetition of the same requests', () => {
    const requests = [1, 2, 3].map((to) => wish(to, { asOf: `2026-01-05T0${to}:00:00.000Z` }));
    fc.assert(
      fc.property(fc.shuffledSubarray([...requests, ...requests], { minLength: 6 }), (order) => {
        const end = order.reduce<Intent | undefined>(
          (stored, request) => openIntent(stored, request, NOW).intent,
          undefined,
        );
        expect(end?.value).toEqual({ to: 3 });
      }),
    );
  });
});

describe('intentKey', () => {
  it('tells people and reactions apart', () => {
    expect(intentKey({ subject: 'a', by: { person: 'x' }, cause: 'c' })).not.toBe(
      intentKey({ subject: 'a', by: { reaction: 'x' }, cause: 'c' }),
    );
  });
});
