import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { LogAnalyticsDataTier, stateOf } from '../../../../shared/adapters/log-analytics/data-tier.ts';
import { UpstreamError } from '../../../../shared/errors.ts';
import { Warnings } from '../evidence.ts';

const QUERY = { workspace: '00000000-0000-4000-8000-0000000000b1', query: 'Replicas | take 1' };

function table(columns: readonly string[], ...rows: readonly (readonly unknown[])[]) {
  return { columns: columns.map((name) => ({ name })), rows: rows.map((row) => [...row]) };
}

describe('the data tier', () => {
  const asked: string[] = [];
  let clock: VirtualClock;
  let log: Warnings;
  let answer: () => Response | Promise<Response>;
  let tier: LogAnalyticsDataTier;

  beforeEach(() => {
    asked.splice(0);
    clock = new VirtualClock();
    log = new Warnings();
    tier = new LogAnalyticsDataTier({
      ...{ clock, log, logToken: () => Promise.resolve('token') },
      fetch: async (request) => {
        asked.push(await request.text());
        return await answer();
      },
    });
  });

  const read = async () => await clock.run(tier.read(QUERY));

  it('is what the first row says', async () => {
    answer = () => Response.json({ tables: [table(['lagSeconds', 'promotion'], [1.5, 'waiting'], [9, 'done'])] });
    expect(await read()).toEqual({ replicationLagMs: 1_500, promotion: 'waiting' });
    expect(asked[0]).toContain(QUERY.query);
  });

  it.each([
    ['no row', table(['lagSeconds', 'promotion'])],
    ['nulls', table(['lagSeconds', 'promotion'], [null, null])],
    ['a lag below 0 and another word', table(['lagSeconds', 'promotion'], [-1, 'Done'])],
    ['a lag in words', table(['lagSeconds'], ['5'])],
  ])('is not known with %s', (_, rows) => {
    expect(stateOf(rows)).toEqual({});
  });

  it('depends on the region that would be drained, where the query names one', () => {
    const told = table(
      ['region', 'promotion', 'lagSeconds'],
      ['West Europe', 'done', null],
      ['northeurope', null, 2],
      ['West Europe', 'failed', 9],
      [null, 'done', 0],
    );
    expect(stateOf(told)).toEqual({
      regions: new Map([
        ['West Europe', { promotion: 'done' }],
        ['northeurope', { replicationLagMs: 2_000 }],
      ]),
    });
    expect(stateOf(table(['region', 'promotion']))).toEqual({ regions: new Map() });
  });

  it('needs one of its columns', () => {
    expect(() => stateOf(table(['lag'], [5]))).toThrow(UpstreamError);
  });

  it('is never known from anything but a number and a known word', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (lag, word) => {
        const { replicationLagMs, promotion } = stateOf(table(['promotion', 'lagSeconds'], [word, lag]));
        expect(replicationLagMs).toBe(typeof lag === 'number' && lag >= 0 && lag < Infinity ? lag * 1_000 : undefined);
        expect(promotion).toBe(['done', 'failed', 'waiting'].includes(word as string) ? word : undefined);
      }),
    );
  });

  it('is not known, and that is said, where the service does not answer well or in time', async () => {
    answer = () => new Response('', { status: 503 });
    expect(await read()).toEqual({});
    await clock.advance(20_000);
    answer = () => new Promise<Response>(() => undefined);
    expect(await read()).toEqual({});
    expect(log.lines).toHaveLength(2);
  });

  it('is not known where its values are in other words, and those are told', async () => {
    answer = () => Response.json({ tables: [table(['lagSeconds', 'promotion'], ['00:00:05', 'Done'])] });
    expect(await read()).toEqual({});
    expect(log.lines).toMatchObject([{ unread: 'lagSeconds: "00:00:05", promotion: "Done"' }]);
    await clock.advance(20_000);
    answer = () => Response.json({ tables: [table(['lagSeconds', 'promotion'], [null, 'done'])] });
    await read();
    expect(log.lines).toHaveLength(1);
  });

  it('is asked once for looks that follow each other', async () => {
    answer = () => Response.json({ tables: [table(['lagSeconds'], [5])] });
    await Promise.all([read(), read()]);
    answer = () => Response.json({ tables: [table(['lagSeconds'], [90])] });
    expect(await read()).toEqual({ replicationLagMs: 5_000 });
    await clock.advance(20_000);
    expect(await read()).toEqual({ replicationLagMs: 90_000 });
    expect(asked).toHaveLength(2);
  });
});
