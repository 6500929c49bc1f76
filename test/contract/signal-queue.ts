import { describe, expect, it } from 'vitest';

import type { SignalQueue } from '../../shared/ports/signal-queue.ts';

/** A queue and what a trigger would take from it: the visible messages, decoded. */
export interface QueueUnderTest {
  readonly queue: SignalQueue;
  readonly take: () => Promise<readonly string[]>;
  /** How often the sender had no answer and sent again: so many messages may stand there twice. Never, if absent. */
  readonly retried?: () => number;
}

/** What was taken, without as many repeats as the sender knows of; any more of them stay. */
function withoutRepeats(taken: readonly string[], retried: () => number = () => 0): readonly string[] {
  let left = retried();
  return taken.filter((message, index) => {
    const isKnown = taken.indexOf(message) < index && left > 0;
    left -= isKnown ? 1 : 0;
    return !isKnown;
  });
}

/** Every SignalQueue must pass this; `create` gives an empty one, which need not exist yet on the service's side. */
export function describeSignalQueue(name: string, create: () => QueueUnderTest): void {
  describe(`SignalQueue contract: ${name}`, () => {
    it('delivers messages as they were sent', async () => {
      const { queue, take, retried } = create();
      const messages = ['{"a":1}', '', 'ümläut 日本 🚀 <&>\r\n\u0000'];
      for (const message of messages) {
        await queue.send(message);
      }
      expect([...withoutRepeats(await take(), retried)].sort()).toEqual([...messages].sort());
      expect(await take()).toEqual([]);
    });

    it('hides a delayed message', async () => {
      const { queue, take, retried } = create();
      await queue.send('later', 60_000);
      await queue.send('now');
      expect(withoutRepeats(await take(), retried)).toEqual(['now']);
    });

    it.each(['x', '🚀'])('takes 48 KiB of %s and refuses more', async (unit) => {
      const { queue, take, retried } = create();
      const message = unit.repeat((48 * 1024) / Buffer.byteLength(unit));
      await queue.send(message);
      await expect(queue.send(`${message}x`)).rejects.toThrow(RangeError);
      expect(withoutRepeats(await take(), retried)).toEqual([message]);
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
