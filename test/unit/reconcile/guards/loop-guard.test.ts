import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { afterRepeat, isLoop, type Repeats } from '../../../../shared/reconcile/guards/loop-guard.ts';
import type { FieldChange } from '../../../../shared/reconcile/plan.ts';

const HOUR_MS = 3_600_000;
const OUT = change('weu', false);
const IN = change('weu', true);

function change(subject: string, enabled: boolean): FieldChange {
  return { subject, group: 'enabled', from: { enabled: !enabled }, to: { enabled } };
}

/** After writes at these times, in milliseconds since 1970. */
function after(times: readonly number[], changes: readonly FieldChange[] = [OUT]): Repeats {
  return times.reduce<Repeats>((all, at) => afterRepeat(all, changes, new Date(at).toISOString()), {});
}

describe('a write', () => {
  it.each([
    ['that was made five times within the hour is a loop', [1, 2, 3, 4, 5], [OUT], 6, true],
    ['that was made four times is none', [1, 2, 3, 4], [OUT], 5, false],
    ['is none when the first of five is an hour old', [0, 2, 3, 4, 5], [OUT], HOUR_MS, false],
    ['is one until then', [0, 2, 3, 4, 5], [OUT], HOUR_MS - 1, true],
    ['of the other value is none', [1, 2, 3, 4, 5], [IN], 6, false],
    ['to somebody else is none', [1, 2, 3, 4, 5], [change('neu', false)], 6, false],
    ['of several values is one as soon as one of them is', [1, 2, 3, 4, 5], [IN, OUT], 6, true],
    ['of nothing is none', [1, 2, 3, 4, 5], [], 6, false],
  ])('%s', (_, times, changes, now, expected) => {
    expect(isLoop(after(times), changes, new Date(now))).toBe(expected);
  });

  it('that changes the same twice counts once', () => {
    expect(Object.values(after([1], [OUT, OUT]))).toEqual([[new Date(1).toISOString()]]);
  });
});

describe('what is kept', () => {
  it('is never more than the writes of an hour', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3 * HOUR_MS), { minLength: 1, maxLength: 30 }), (times) => {
        const sorted = times.toSorted((a, b) => a - b);
        const last = sorted.at(-1) ?? 0;
        const kept = Object.values(after(sorted)).flat();
        expect(kept).toHaveLength(sorted.filter((at) => at > last - HOUR_MS).length);
      }),
    );
  });

  it('lets one value be written five times within any hour, however it is tried', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(HOUR_MS / 4), { maxLength: 60 }), (pauses) => {
        let [repeats, now] = [{} as Repeats, HOUR_MS];
        const written: number[] = [];
        for (const pause of pauses) {
          now += pause;
          if (!isLoop(repeats, [OUT], new Date(now))) {
            repeats = afterRepeat(repeats, [OUT], new Date(now).toISOString());
            written.push(now);
          }
        }
        for (const at of written) {
          expect(written.filter((one) => one > at - HOUR_MS && one <= at).length).toBeLessThanOrEqual(5);
        }
      }),
    );
  });
});
