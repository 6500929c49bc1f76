import { describe, expect, it } from 'vitest';

import { QueueListener, type QueueSettings } from '../../../../local/host/queue-listener.ts';
import type { ReceivedMessage, TriggerQueue } from '../../../../local/host/trigger-queue.ts';
import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';

const SETTINGS: QueueSettings = {
  batchSize: 2,
  newBatchThreshold: 1,
  maxDequeueCount: 3,
  maxPollingIntervalMs: 1_000,
  retryVisibilitySeconds: 5,
  visibilitySeconds: 600,
};

/** A queue in memory with the visibility rules of the service. */
class MemoryQueue implements TriggerQueue {
  readonly poisoned: string[] = [];
  readonly messages = new Map<string, { text: string; count: number; visibleAt: number; receipt: number }>();
  isBroken = false;
  receives = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  put(...texts: readonly string[]): void {
    texts.forEach((text) =>
      this.messages.set(text, { text: Buffer.from(text).toString('base64'), count: 0, visibleAt: 0, receipt: 0 }),
    );
  }

  receive(count: number, seconds: number): Promise<readonly ReceivedMessage[]> {
    this.receives += 1;
    if (this.isBroken) {
      return Promise.reject(new Error('The specified queue does not exist.\nRequestId: 1'));
    }
    const visible = [...this.messages].filter(([, { visibleAt }]) => visibleAt <= this.#now()).slice(0, count);
    return Promise.resolve(
      visible.map(([id, message]) => {
        message.count += 1;
        return this.#hide(id, message, seconds);
      }),
    );
  }

  renew({ id, receipt }: ReceivedMessage, seconds: number): Promise<ReceivedMessage> {
    const message = this.messages.get(id);
    if (message === undefined || String(message.receipt) !== receipt) {
      return Promise.reject(new Error('PopReceiptMismatch'));
    }
    return Promise.resolve(this.#hide(id, message, seconds));
  }

  remove({ id, receipt }: ReceivedMessage): Promise<void> {
    if (String(this.messages.get(id)?.receipt) !== receipt) {
      return Promise.reject(new Error('PopReceiptMismatch'));
    }
    this.messages.delete(id);
    return Promise.resolve();
  }

  async poison(message: ReceivedMessage): Promise<void> {
    await this.remove(message);
    this.poisoned.push(Buffer.from(message.text, 'base64').toString());
  }

  #hide(
    id: string,
    message: { text: string; count: number; visibleAt: number; receipt: number },
    seconds: number,
  ): ReceivedMessage {
    message.visibleAt = this.#now() + seconds * 1000;
    message.receipt += 1;
    return { id, receipt: String(message.receipt), dequeueCount: message.count, text: message.text };
  }
}

interface Stage {
  readonly clock: VirtualClock;
  readonly queue: MemoryQueue;
  readonly runs: string[];
  readonly warnings: string[];
  readonly listener: QueueListener;
}

function stage(run: (text: string, clock: VirtualClock) => Promise<boolean>): Stage {
  const clock = new VirtualClock();
  const queue = new MemoryQueue(() => clock.now().getTime());
  const runs: string[] = [];
  const warnings: string[] = [];
  const note = (message: string): void => void warnings.push(message);
  const quiet = (): void => undefined;
  const listener = new QueueListener({
    queue,
    name: 'signals',
    settings: SETTINGS,
    run: async (text) => {
      runs.push(text);
      return { ok: await run(text, clock) };
    },
    clock,
    random: new SeededRandom(1),
    log: { debug: quiet, info: quiet, warn: note, error: note },
  });
  return { clock, queue, runs, warnings, listener };
}

async function played(one: Stage, ms: number): Promise<void> {
  one.listener.start();
  await one.clock.advance(ms);
  const stopped = one.listener.stop();
  await one.clock.advance(0);
  await stopped;
}

describe('a queue trigger', () => {
  it('runs each message once and removes it', async () => {
    const one = stage(() => Promise.resolve(true));
    one.queue.put('a', 'b', 'c', 'd', 'e');
    await played(one, 5_000);
    expect([one.runs.toSorted(), one.queue.messages.size]).toEqual([['a', 'b', 'c', 'd', 'e'], 0]);
  });

  it('polls less and less often while nothing comes, and never less than the settings say', async () => {
    const one = stage(() => Promise.resolve(true));
    await played(one, 20_000);
    expect(one.queue.receives).toBeGreaterThan(20);
    expect(one.queue.receives).toBeLessThan(30);
  });

  it('runs no more at a time than a batch and its threshold', async () => {
    let running = 0;
    let most = 0;
    const one = stage(async (_, clock) => {
      running += 1;
      most = Math.max(most, running);
      await clock.sleep(1_000);
      running -= 1;
      return true;
    });
    one.queue.put(...Array.from({ length: 10 }, (_, index) => String(index)));
    await played(one, 30_000);
    expect([most, one.queue.messages.size]).toEqual([SETTINGS.batchSize + SETTINGS.newBatchThreshold, 0]);
  });

  it('keeps a message hidden for as long as its function runs', async () => {
    const one = stage(async (_, clock) => {
      await clock.sleep(3_600_000);
      return true;
    });
    one.queue.put('long');
    await played(one, 3_700_000);
    expect([one.runs, one.queue.messages.size]).toEqual([['long'], 0]);
  });

  it('shows a failed message again after the time that is set, and gives it up after the last attempt', async () => {
    const times: number[] = [];
    const one = stage((_, clock) => {
      times.push(clock.now().getTime());
      return Promise.resolve(false);
    });
    one.queue.put('bad');
    await played(one, 60_000);
    expect([one.runs.length, one.queue.poisoned, one.queue.messages.size]).toEqual([3, ['bad'], 0]);
    expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(SETTINGS.retryVisibilitySeconds * 1000);
  });

  it('does not run what came too often already', async () => {
    const one = stage(() => Promise.resolve(true));
    one.queue.put('worn');
    one.queue.messages.get('worn')!.count = SETTINGS.maxDequeueCount;
    await played(one, 1_000);
    expect([one.runs, one.queue.poisoned]).toEqual([[], ['worn']]);
  });

  it('waits for a queue that does not exist yet', async () => {
    const one = stage(() => Promise.resolve(true));
    one.queue.isBroken = true;
    one.listener.start();
    await one.clock.advance(5_000);
    one.queue.isBroken = false;
    one.queue.put('late');
    await one.clock.advance(5_000);
    await one.listener.stop();
    expect(one.runs).toEqual(['late']);
  });

  it('leaves a message to others that it could not keep', async () => {
    const one = stage(async (text, clock) => {
      one.queue.messages.delete(text);
      await clock.sleep(400_000);
      return true;
    });
    one.queue.put('stolen');
    await played(one, 500_000);
    expect(one.warnings).toEqual(['queue message was lost while its function ran']);
  });

  it('ends the messages that run when it is stopped, and takes no more', async () => {
    const one = stage(async (_, clock) => {
      await clock.sleep(2_000);
      return true;
    });
    one.queue.put('first');
    one.listener.start();
    await one.clock.advance(500);
    const stopped = one.listener.stop();
    one.queue.put('second');
    await one.clock.advance(5_000);
    await stopped;
    expect([one.runs, [...one.queue.messages.keys()]]).toEqual([['first'], ['second']]);
  });
});
