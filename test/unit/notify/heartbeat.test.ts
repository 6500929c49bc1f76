import { describe, expect, it } from 'vitest';

import { UpstreamError } from '../../../shared/errors.ts';
import { Heartbeat } from '../../../shared/notify/heartbeat.ts';
import { keptLog, type Line } from './service.ts';

async function beat(isWell: boolean, reset: () => Promise<void>): Promise<{ beats: number; lines: readonly Line[] }> {
  const log = keptLog();
  let beats = 0;
  const target = {
    reset: () => {
      beats += 1;
      return reset();
    },
  };
  await new Heartbeat({ target, log }).beat(isWell);
  return { beats, lines: log.lines };
}

describe('Heartbeat', () => {
  it('beats after a good tick', async () => {
    expect(await beat(true, () => Promise.resolve())).toEqual({ beats: 1, lines: [] });
  });

  it('misses a beat after a tick that failed, and says so', async () => {
    expect(await beat(false, () => Promise.resolve())).toMatchObject({ beats: 0, lines: [{ level: 'warn' }] });
  });

  it.each([
    ['the switch is down', new UpstreamError('reset switch', 503), 'reset switch failed with HTTP 503'],
    ['something else is wrong', new TypeError('https://hc.example/SECRET'), 'the switch failed'],
  ])('logs and does not throw when %s', async (_, error, why) => {
    const { beats, lines } = await beat(true, () => Promise.reject(error));
    expect(beats).toBe(1);
    expect(lines).toMatchObject([{ level: 'warn', fields: { why } }]);
  });
});
