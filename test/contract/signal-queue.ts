import { describe, expect, it } from 'vitest';

import type { SignalQueue } from '../../shared/ports/signal-queue.ts';

/** A queue and what a trigger would take from it: the visible messages, decoded. */
export interface QueueUnderTest {
  readonly queue: SignalQueue;
  readonly take: () => Promise<readonly string[]>;
}

/** Every SignalQueue must pass this; `create` gives an empty one, which need not exist yet on the service's side. */
export function describeSignalQueue(name: string, create: () => QueueUnderTest): void {
  describe(`SignalQueue contract: ${name}`, () => {
    it('delivers messages as they were sent', async () => {
      const { queue, take } = create();
      const messages = ['{"a":1}', '', 'ümläut 日本 🚀 <&>\r\n\u0000'];
      for (const message of messages) {
        await queue.send(message);
      }
      expect([...new Set(await take())].sort()).toEqual([...messages].sort());
      expect(await take()).toEqual([]);
    });

    it('hides a delayed message', async () => {
      const { queue, take } = create();
      await queue.send('later', 60_000);
      await queue.send('now');
      expect(new Set(await take())).toEqual(new Set(['now']));
    });

    it.each(['x', '🚀'])('takes 48 KiB of %s and refuses more', async (unit) => {
      const { queue, take } = create();
      const message = unit.repeat((48 * 1024) / Buffer.byteLength(unit));
      await queue.send(message);
      await expect(queue.send(`${message}x`)).rejects.toThrow(RangeError);
      // An answer that comes too late makes the sender send again: at least once is what a queue promises.
      expect(new Set(await take())).toEqual(new Set([message]));
    });

    it.each([-1, Number.NaN, 7 * 24 * 60 * 60 * 1000 + 1])('refuses a delay of %d ms', async (delayMs) => {
      await expect(create().queue.send('a', delayMs)).rejects.toThrow(RangeError);
    });

    it('takes the longest delay', async () => {
      const { queue, take } = create();
      await queue.send('next week', 7 * 24 * 60 * 60 * 1000);
      expect(await take()).toEqual([]);
    });

    it('loses none of 20 messages sent at once to a new queue', async () => {
      const { queue, take } = create();
      await Promise.all(Array.from({ length: 20 }, (_, index) => queue.send(`${index}`)));
      expect(await take()).toHaveLength(20);
    });
  });
}
