import fc from 'fast-check';
import { expect, it } from 'vitest';

import { Wakes } from '../../../shared/pipeline/wakes.ts';
import type { WakeReason } from '../../../shared/pipeline/envelope.ts';
import type { TargetRef } from '../../../shared/reconcile/target-kind.ts';

const EDGE: TargetRef = { kind: 'edge', key: '/e' };

class Stage {
  now = 0;
  isDown = false;
  /** Arrivals by time, in ms. */
  sent: number[] = [];
  readonly wakes = new Wakes({
    clock: { now: () => new Date(this.now), sleep: () => Promise.resolve() },
    queue: {
      send: (_, delayMs = 0) => {
        if (this.isDown) {
          return Promise.reject(new Error('down'));
        }
        this.sent.push(this.now + delayMs);
        return Promise.resolve();
      },
    },
  });
}

it('one that comes in time is enough, and an earlier one is sent', async () => {
  const stage = new Stage();
  await stage.wakes.send(EDGE, 20_000, 'plan');
  await stage.wakes.send(EDGE, 30_000, 'plan');
  expect(stage.sent).toEqual([20_000]);
  await stage.wakes.send(EDGE, 5_000, 'plan');
  expect(stage.sent).toEqual([20_000, 5_000]);
});

it('whoever it reaches may ask for the next one', async () => {
  const stage = new Stage();
  await stage.wakes.send(EDGE, 5_000.7);
  stage.now = 5_000;
  await stage.wakes.send(EDGE, 5_000);
  expect(stage.sent).toEqual([5_000.7, 10_000]);
});

it('each target and each reason has its own', async () => {
  const stage = new Stage();
  const all: readonly [TargetRef, WakeReason | undefined][] = [
    [EDGE, 'plan'],
    [EDGE, 'health'],
    [EDGE, undefined],
    [{ ...EDGE, kind: 'cluster' }, 'plan'],
    [{ ...EDGE, key: '/f' }, 'plan'],
  ];
  for (const [target, why] of [...all, ...all]) {
    await stage.wakes.send(target, 5_000, why);
  }
  expect(stage.sent).toHaveLength(all.length);
});

it('one that was not stored is sent again', async () => {
  const stage = new Stage();
  stage.isDown = true;
  await expect(stage.wakes.send(EDGE, 5_000)).rejects.toThrow('down');
  stage.isDown = false;
  await stage.wakes.send(EDGE, 5_000);
  expect(stage.sent).toEqual([5_000]);
});

it('there is always one between now and when somebody asked to be woken, however the clock jumps', async () => {
  const asks = fc.array(
    fc.record({ jumpMs: fc.integer({ min: -5_000, max: 90_000 }), inMs: fc.integer({ min: 1, max: 60_000 }) }),
  );
  await fc.assert(
    fc.asyncProperty(asks, async (list) => {
      const stage = new Stage();
      for (const { jumpMs, inMs } of list) {
        stage.now += jumpMs;
        await stage.wakes.send(EDGE, inMs, 'plan');
        expect(stage.sent.some((at) => at > stage.now && at <= stage.now + inMs)).toBe(true);
      }
    }),
  );
});
