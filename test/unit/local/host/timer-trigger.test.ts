import { describe, expect, it } from 'vitest';

import { runTimer, type TimerStatus } from '../../../../local/host/timer-trigger.ts';
import type { Worker } from '../../../../local/host/worker.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';

interface Run {
  readonly at: string;
  readonly isPastDue: boolean;
}

async function play(
  known: TimerStatus | undefined,
  { ms, lastsMs = 0 }: { readonly ms: number; readonly lastsMs?: number },
): Promise<{ readonly runs: readonly Run[]; readonly status: TimerStatus | undefined }> {
  const clock = new VirtualClock(Date.parse('2026-01-05T08:02:30Z'));
  const runs: Run[] = [];
  let status = known;
  const worker = {
    invoke: async (_: string, { data }: { data: { json: string } }) => {
      const { IsPastDue } = JSON.parse(data.json) as { IsPastDue: boolean };
      runs.push({ at: clock.now().toISOString().slice(11, 19), isPastDue: IsPastDue });
      await clock.sleep(lastsMs);
      return { ok: true, returnValue: undefined };
    },
  } as unknown as Worker;
  const store = { read: () => status, write: (_: string, written: TimerStatus) => void (status = written) };
  const stop = new AbortController();
  const ended = runTimer({ name: 'tick', expression: '0 */5 * * * *', worker, store, clock }, stop.signal);
  await clock.advance(ms);
  stop.abort();
  await clock.advance(lastsMs);
  await ended;
  return { runs, status };
}

describe('a timer trigger', () => {
  it('runs at its times', async () => {
    const { runs, status } = await play(undefined, { ms: 600_000 });
    expect(runs).toEqual([
      { at: '08:05:00', isPastDue: false },
      { at: '08:10:00', isPastDue: false },
    ]);
    expect(status?.next).toBe('2026-01-05T08:15:00.000Z');
  });

  it('runs once, at once, for all that it missed while the host was down', async () => {
    const known = { last: '2026-01-05T07:00:00.000Z', next: '2026-01-05T07:05:00.000Z' };
    expect((await play(known, { ms: 200_000 })).runs).toEqual([
      { at: '08:02:30', isPastDue: true },
      { at: '08:05:00', isPastDue: false },
    ]);
  });

  it('misses nothing when its schedule was another one', async () => {
    const known = { last: '2026-01-05T07:00:00.000Z', next: '2026-01-05T07:30:00.000Z' };
    expect((await play(known, { ms: 200_000 })).runs).toEqual([{ at: '08:05:00', isPastDue: false }]);
  });

  it('never runs twice at a time, and skips what passes while it runs', async () => {
    const { runs } = await play(undefined, { ms: 1_200_000, lastsMs: 420_000 });
    expect(runs.map(({ at }) => at)).toEqual(['08:05:00', '08:15:00']);
  });
});
