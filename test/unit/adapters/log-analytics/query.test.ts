import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { LogAnalyticsEvidence, rowVotes } from '../../../../shared/adapters/log-analytics/query.ts';
import type { EdgeVote } from '../../../../shared/ports/evidence-source.ts';
import { MINUTE, Warnings, watched } from '../evidence.ts';

const WORKSPACE = '00000000-0000-4000-8000-0000000000b1';
const ERRORS = { name: 'errors', workspace: WORKSPACE, query: 'AppRequests | take 1' };

/** A table as the wire has it. */
function table(columns: readonly string[], rows: readonly (readonly unknown[])[]) {
  return { tables: [{ name: 'PrimaryResult', columns: columns.map((name) => ({ name, type: 'string' })), rows }] };
}

class Stage {
  readonly clock = new VirtualClock();
  readonly log = new Warnings();
  readonly asked: Request[] = [];
  /** By query. */
  answers: Record<string, () => Response | Promise<Response>> = {};
  readonly #source = new LogAnalyticsEvidence({
    clock: this.clock,
    log: this.log,
    logToken: () => Promise.resolve('token'),
    fetch: async (request) => {
      this.asked.push(request.clone());
      const { query } = (await request.json()) as { query: string };
      return await (this.answers[query]?.() ?? new Response('{}', { status: 404 }));
    },
  });

  async votes(logs: readonly (typeof ERRORS & { everyMs?: number })[] = [ERRORS]): Promise<readonly EdgeVote[]> {
    return await this.clock.run(this.#source.measure(watched({ logs })));
  }

  answer(body: unknown, query = ERRORS.query): void {
    this.answers[query] = () => Response.json(body);
  }
}

describe('Log Analytics', () => {
  let stage: Stage;

  beforeEach(() => {
    stage = new Stage();
  });

  it('asks the workspace by its query, for an hour at most', async () => {
    await stage.votes();
    const [request] = stage.asked;
    expect(request?.url).toBe(`https://api.loganalytics.io/v1/workspaces/${WORKSPACE}/query`);
    expect([request?.method, request?.headers.get('authorization')]).toEqual(['POST', 'Bearer token']);
    expect(await request?.json()).toEqual({ query: ERRORS.query, timespan: 'PT1H' });
  });

  it('has a vote for each region that a row names, however it writes it', async () => {
    stage.answer(
      table(
        ['region', 'errorRate', 'p95Ms', 'requests', 'more'],
        [
          ['West Europe', 0.25, 812.5, 400, 'x'],
          ['NEU', 0, null, 300, 'x'],
          ['eastus', 1, 1, 1, 'x'],
        ],
      ),
    );
    const common = { source: 'logs:errors', at: stage.clock.now().getTime(), hasNoData: false };
    expect(await stage.votes()).toEqual([
      { ...common, region: 'weu', errorRate: 0.25, p95Ms: 812.5, requests: 400 },
      { ...common, region: 'neu', errorRate: 0, requests: 300 },
    ]);
  });

  it.each`
    what                      | columns                    | row                 | vote
    ${'bad is true'}          | ${['region', 'bad']}       | ${['weu', true]}    | ${{ isBad: true }}
    ${'bad is false'}         | ${['bad', 'region']}       | ${[false, 'weu']}   | ${{ isBad: false }}
    ${'a rate is null'}       | ${['region', 'errorRate']} | ${['weu', null]}    | ${{ hasNoData: true }}
    ${'a real is NaN'}        | ${['region', 'errorRate']} | ${['weu', 'NaN']}   | ${{ hasNoData: true }}
    ${'a rate is a percent'}  | ${['region', 'errorRate']} | ${['weu', 25]}      | ${{ hasNoData: true }}
    ${'a latency is below 0'} | ${['region', 'p95Ms']}     | ${['weu', -1]}      | ${{ hasNoData: true }}
    ${'bad is a text'}        | ${['region', 'bad']}       | ${['weu', 'False']} | ${{ hasNoData: true }}
    ${'a row is too short'}   | ${['region', 'errorRate']} | ${['weu']}          | ${{ hasNoData: true }}
  `('says $vote where $what', async ({ columns, row, vote }: { columns: string[]; row: unknown[]; vote: object }) => {
    stage.answer(table(columns, [row]));
    expect(await stage.votes()).toEqual([
      { source: 'logs:errors', region: 'weu', at: stage.clock.now().getTime(), hasNoData: false, ...vote },
    ]);
  });

  it.each`
    what                           | body
    ${'an answer in part'}         | ${{ ...table(['region', 'bad'], [['weu', false]]), error: { code: 'PartialError', message: 'timed out' } }}
    ${'columns of another name'}   | ${table(['Region', 'bad'], [['weu', true]])}
    ${'nothing to judge by'}       | ${table(['region', 'requests'], [['weu', 5]])}
    ${'no table'}                  | ${{ tables: [] }}
    ${'more rows than regions'} | ${table(
      ['region', 'bad'],
      Array.from({ length: 1001 }, () => ['weu', true]),
    )}
    ${'something else altogether'} | ${['weu']}
  `('has no vote for $what', async ({ body }: { body: unknown }) => {
    stage.answer(body);
    expect(await stage.votes()).toEqual([]);
    expect(stage.log.lines).toEqual([expect.objectContaining({ source: 'logs', of: 'errors' })]);
  });

  it('has no vote from a workspace that hangs, and hears of the others', async () => {
    stage.answers['hangs'] = () => new Promise(() => undefined);
    stage.answers['breaks'] = () => Promise.reject(new TypeError('fetch failed'));
    stage.answer(table(['region', 'bad'], [['neu', true]]));
    const more = ['hangs', 'breaks'].map((query) => ({ ...ERRORS, name: query, query }));
    expect(await stage.votes([...more, ERRORS])).toEqual([
      expect.objectContaining({ source: 'logs:errors', region: 'neu', isBad: true }),
    ]);
    expect(stage.log.lines.map(({ of }) => of)).toEqual(['breaks', 'hangs']);
  });

  it('asks again only after the time that is set, and says when its votes are from', async () => {
    stage.answer(table(['region', 'bad'], [['weu', true]]));
    const rare = [{ ...ERRORS, everyMs: 2 * MINUTE }];
    const first = await stage.votes(rare);
    stage.answer(table(['region', 'bad'], [['weu', false]]));
    await stage.clock.advance(2 * MINUTE - 1);
    expect(await stage.votes(rare)).toEqual(first);
    await stage.clock.advance(1);
    expect(await stage.votes(rare)).toEqual([expect.objectContaining({ isBad: false, at: first[0]!.at + 2 * MINUTE })]);
    expect(stage.asked.length).toBe(2);
  });

  it('asks again when the clock was set back', async () => {
    stage.answer(table(['region', 'bad'], [['weu', true]]));
    const rare = [{ ...ERRORS, everyMs: 2 * MINUTE }];
    await stage.votes(rare);
    const before = stage.clock.now().getTime() - 1;
    stage.clock.now = () => new Date(before);
    expect(await stage.votes(rare)).toEqual([expect.objectContaining({ at: before })]);
    expect(stage.asked.length).toBe(2);
  });

  it('gives up a query that takes too long', async () => {
    const stopped: boolean[] = [];
    stage.answers[ERRORS.query] = async () => {
      await stage.clock.sleep(60 * MINUTE, stage.asked[0]!.signal).catch(() => stopped.push(true));
      return new Response('');
    };
    expect(await stage.votes()).toEqual([]);
    await stage.clock.advance(0);
    expect(stopped).toEqual([true]);
  });

  it('keeps no failure', async () => {
    const rare = [{ ...ERRORS, everyMs: 2 * MINUTE }];
    expect(await stage.votes(rare)).toEqual([]);
    stage.answer(table(['region', 'bad'], [['weu', true]]));
    expect(await stage.votes(rare)).toHaveLength(1);
  });
});

describe('rows of any values', () => {
  it('never make a good vote out of nothing', () => {
    const names = ['region', 'errorRate', 'p95Ms', 'bad', 'requests'];
    const cell = fc.oneof(fc.constantFrom('weu', 'NaN', null, true, false), fc.double(), fc.string());
    fc.assert(
      fc.property(fc.array(fc.array(cell, { maxLength: 5 }), { maxLength: 4 }), (rows) => {
        const columns = names.map((name) => ({ name }));
        for (const vote of rowVotes({ columns, rows }, watched().origins, { source: 'logs:x', at: 0 })) {
          const { isBad, errorRate = 0, p95Ms = 0, hasNoData } = vote;
          expect(hasNoData).toBe([isBad, vote.errorRate, vote.p95Ms].every((value) => value === undefined));
          expect(errorRate >= 0 && errorRate <= 1 && p95Ms >= 0).toBe(true);
        }
      }),
    );
  });
});
