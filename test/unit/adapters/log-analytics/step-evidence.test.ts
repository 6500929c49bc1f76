import { beforeEach, describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { isDone, LogAnalyticsStepEvidence } from '../../../../shared/adapters/log-analytics/step-evidence.ts';
import { UpstreamError } from '../../../../shared/errors.ts';
import { Warnings } from '../evidence.ts';

const CONDITION = { workspace: '00000000-0000-4000-8000-0000000000b1', query: 'print done = true' };

function table(columns: readonly string[], ...rows: readonly (readonly unknown[])[]) {
  return { columns: columns.map((name) => ({ name })), rows: rows.map((row) => [...row]) };
}

describe('the evidence of a step', () => {
  const asked: string[] = [];
  let clock: VirtualClock;
  let log: Warnings;
  let answer: () => Response | Promise<Response>;
  let evidence: LogAnalyticsStepEvidence;

  beforeEach(() => {
    asked.splice(0);
    clock = new VirtualClock();
    log = new Warnings();
    evidence = new LogAnalyticsStepEvidence({
      ...{ clock, log, logToken: () => Promise.resolve('token') },
      fetch: async (request) => {
        asked.push(`${request.url} ${await request.text()}`);
        return await answer();
      },
    });
  });

  const isTrue = async (): Promise<boolean> => await clock.run(evidence.isTrue(CONDITION));

  it('is asked of its workspace, and is what the first row says', async () => {
    answer = () => Response.json({ tables: [table(['Time', 'done'], ['now', true], ['then', false])] });
    expect(await isTrue()).toBe(true);
    expect(asked[0]).toContain(`/v1/workspaces/${CONDITION.workspace}/query {"query":"print done = true"`);
  });

  it.each([
    ['false', table(['done'], [false])],
    ['a text', table(['done'], ['true'])],
    ['no row', table(['done'])],
  ])('is not true with %s', (_, rows) => {
    expect(isDone(rows)).toBe(false);
  });

  it('needs its column', () => {
    expect(() => isDone(table(['Done'], [true]))).toThrow(UpstreamError);
  });

  it('is not true, and said to be unreadable, where the service does not answer well or in time', async () => {
    answer = () => new Response('', { status: 503 });
    expect(await isTrue()).toBe(false);
    await clock.advance(20_000);
    answer = () => new Promise<Response>(() => undefined);
    expect(await isTrue()).toBe(false);
    expect(log.lines).toHaveLength(2);
  });

  it('is not asked again at once where it was not true', async () => {
    answer = () => Response.json({ tables: [table(['done'], [false])] });
    expect(await isTrue()).toBe(false);
    answer = () => Response.json({ tables: [table(['done'], [true])] });
    expect(await isTrue()).toBe(false);
    await clock.advance(20_000);
    expect(await isTrue()).toBe(true);
    expect(asked).toHaveLength(2);
  });
});
