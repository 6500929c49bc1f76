import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { isLeasedToAnother, leaveToHolder } from '../../../../shared/reconcile/writing/leasing.ts';
import type { LookContext } from '../../../../shared/reconcile/look-context.ts';
import type { Lease, TargetState, Transition } from '../../../../shared/reconcile/target-rows.ts';
import { stateOf } from '../rows.ts';

const clock = new VirtualClock();

function after(ms: number): string {
  return new Date(clock.now().getTime() + ms).toISOString();
}

function leased(lease: Lease | undefined, wakeAt?: string): TargetState {
  const state = stateOf([], wakeAt === undefined ? {} : { wakeAt });
  return { ...state, head: { ...state.head, leases: lease === undefined ? {} : { wrench: lease } } };
}

const saved: Transition[] = [];
const context = {
  target: { key: 'plant/a' },
  kind: { channel: () => 'wrench' },
  owner: 'me',
  clock,
  rows: {
    save: (_: unknown, state: TargetState, transition: Transition) => {
      saved.push(transition);
      return Promise.resolve(state);
    },
  },
} as unknown as LookContext<unknown, unknown>;

describe('a channel', () => {
  it.each<[string, Lease | undefined, boolean]>([
    ['that nobody holds is free', undefined, false],
    ['that this invocation holds is its own', { owner: 'me', target: 'plant/a', until: after(5_000) }, false],
    ['that another holds is taken', { owner: 'you', target: 'plant/a', until: after(1) }, true],
    [
      'whose lease is over is free for whoever looks at that target',
      { owner: 'you', target: 'plant/a', until: after(0) },
      false,
    ],
    [
      'that another target holds is taken however late it is',
      { owner: 'you', target: 'plant/b', until: after(-1) },
      true,
    ],
    [
      'that another target holds is taken, whoever wrote it',
      { owner: 'me', target: 'plant/b', until: after(5_000) },
      true,
    ],
  ])('%s', (_, lease, expected) => {
    expect(isLeasedToAnother(context, leased(lease))).toBe(expected);
  });

  it('of another name is not this one', () => {
    const state = stateOf();
    const leases = { hammer: { owner: 'you', target: 'plant/b', until: after(5_000) } };
    expect(isLeasedToAnother(context, { ...state, head: { ...state.head, leases } })).toBe(false);
  });
});

describe('who finds the channel taken', () => {
  const until = (ms: number): Lease => ({ owner: 'you', target: 'plant/b', until: after(ms) });

  it.each<[string, number, number | undefined, number | undefined]>([
    ['comes back when the lease ends', 8_000, undefined, 9_000],
    ['comes back a little later where the lease is over and the write is not', -1_000, undefined, 6_000],
    ['leaves it to the message that comes at the end of the lease', 8_000, 8_000, undefined],
    ['leaves it to the message that comes later', 8_000, 9_000, undefined],
    ['sends one of its own where the other comes before the lease ends', 8_000, 7_999, 9_000],
    ['leaves it to one that is a little late', -1_000, -999, undefined],
    ['sends one of its own where the other never came', -5_000, -1_000, 6_000],
  ])('%s', async (_, lease, wake, wakeInMs) => {
    saved.length = 0;
    const state = leased(until(lease), wake === undefined ? undefined : after(wake));
    const report = await leaveToHolder(context, state);
    expect(report).toEqual(wakeInMs === undefined ? { outcome: 'busy' } : { outcome: 'busy', wakeInMs });
    expect(saved).toEqual(wakeInMs === undefined ? [] : [{ lane: { wakeAt: after(wakeInMs - 1_000) } }]);
  });
});
