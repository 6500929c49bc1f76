import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { LocalLogAnalytics } from '../../../../local/log-analytics/local-log-analytics.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { InMemoryGitRepository } from '../../../../shared/adapters/in-memory/git-repository.ts';
import { judgeLogs, LogsVerifier, withVersion } from '../../../../shared/adapters/log-analytics/stage-query.ts';
import type { LogsCheck } from '../../../../shared/domain/image/verification.ts';
import { UpstreamError } from '../../../../shared/errors.ts';
import type { VerifiedStage } from '../../../../shared/ports/stage-verifier.ts';

const CHECK: LogsCheck = {
  ...{ kind: 'logs', workspace: '00000000-0000-4000-8000-0000000000b1', minutes: 30, minData: 100, max: 1 },
  ...{ query: 'AppRequests | summarize value = avg(x), samples = count()', timeoutMs: 1 },
};
const table = (...rows: readonly (readonly unknown[])[]) => ({
  columns: [{ name: 'value' }, { name: 'samples' }],
  rows: rows.map((row) => [...row]),
});

describe('the rows of a query', () => {
  it.each([
    ['within the limit', [[0.5, 100]], {}, 'pass'],
    ['at the limit', [[1, 100]], {}, 'pass'],
    ['beyond it', [[1.01, 100]], {}, 'fail'],
    ['below the other limit', [[-1, 100]], { min: 0 }, 'fail'],
    ['with too few samples', [[0.5, 99]], {}, 'pending'],
    ['with too few samples, beyond the limit', [[9, 99]], {}, 'pending'],
    ['none at all', [], {}, 'pending'],
    ['of an empty table', [['NaN', 0]], {}, 'pending'],
    ['without a value', [[null, 500]], {}, 'pending'],
    ['with a text for a value', [['0.5', 500]], {}, 'pending'],
    ['without a count', [[0.5, null]], {}, 'pending'],
    [
      'of which one is beyond it, and one has too few',
      [
        [0.5, 1],
        [2, 100],
      ],
      {},
      'fail',
    ],
    [
      'of which one has too few',
      [
        [0.5, 100],
        [0.5, 1],
      ],
      {},
      'pending',
    ],
  ] as const)('%s', (_, rows, more, outcome) => {
    expect(judgeLogs(table(...rows), { ...CHECK, ...more }).outcome).toBe(outcome);
  });

  it('need their columns', () => {
    expect(() => judgeLogs({ columns: [{ name: 'value' }], rows: [] }, CHECK)).toThrow(UpstreamError);
    expect(() => judgeLogs({ columns: [], rows: [] }, CHECK)).toThrow(/value and samples/);
  });

  it('pass only if each has data enough within the limits, in any order', () => {
    const cell = fc.oneof(fc.double({ min: -3, max: 3, noNaN: true }), fc.constantFrom(null, 'NaN'));
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, fc.nat(200))), (rows) => {
        const { outcome } = judgeLogs(table(...rows), CHECK);
        const isWell =
          rows.length > 0 && rows.every(([one, count]) => typeof one === 'number' && one <= 1 && count >= 100);
        expect(outcome === 'pass').toBe(isWell);
        expect(judgeLogs(table(...rows.toReversed()), CHECK).outcome).toBe(outcome);
      }),
    );
  });
});

describe('the verification by logs', () => {
  const clock = new VirtualClock();
  const logs = new LocalLogAnalytics(clock);
  const verifier = new LogsVerifier({
    ...{ clock, endpoint: 'https://logs.test', logToken: () => Promise.resolve('token') },
    fetch: (request) => logs.handler(request),
  });
  const since = new Date(clock.now().getTime() - 600_000).toISOString();
  const stage: VerifiedStage = {
    ...{ image: 'contoso.azurecr.io/shop/web', stage: 'prod', tag: '1.1.0', digest: `sha256:${'a'.repeat(64)}` },
    ...{
      check: '0:logs',
      branch: 'main',
      isRecorded: true,
      mayAct: true,
      host: { owner: 'contoso', repo: 'gitops' },
      commits: [],
      since,
      clusters: [],
      readers: 1,
    },
    ...{ repository: new InMemoryGitRepository({ clock, branch: 'main', files: [] }), wrong: 0 },
  };
  const local = async (method: string, path: string, body?: object): Promise<Response> =>
    await logs.handler(
      new Request(`https://logs.test${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  const say = async (rows: readonly (readonly unknown[])[], more: object = {}): Promise<Response> =>
    await local('PUT', '/_local/answers', { columns: [{ name: 'value' }, { name: 'samples' }], rows, ...more });
  const verify = async (check: Partial<LogsCheck> = {}) =>
    await clock.run(verifier.verify({ ...CHECK, ...check }, stage));

  it('asks for what came since the version is there, and no further back than it is told', async () => {
    await say([[0.5, 200]]);
    expect(await verify()).toMatchObject({ outcome: 'pass' });
    expect(await verify({ minutes: 5 })).toMatchObject({ outcome: 'pass' });
    const { queries } = (await (await local('GET', '/_local/queries')).json()) as { queries: { timespan: string }[] };
    const now = clock.now();
    const ago = (minutes: number): string => new Date(now.getTime() - minutes * 60_000).toISOString();
    expect(queries.map(({ timespan }) => timespan)).toEqual([
      `${ago(10)}/${now.toISOString()}`,
      `${ago(5)}/${now.toISOString()}`,
    ]);
  });

  it('says nothing by an answer in part, a refusal or silence', async () => {
    await say([[0.5, 200]], { partial: true });
    await expect(verify()).rejects.toThrow(UpstreamError);
    await local('DELETE', '/_local/answers');
    await expect(verify()).rejects.toMatchObject({ status: 400 });
    logs.faults.add({ path: '/query', latencyMs: 60_000, times: 1 });
    await expect(verify()).rejects.toMatchObject({ status: 0 });
  });

  it('tells a query what it names of the version, and nothing else', () => {
    const asked = withVersion('AppRequests | where v == reflex_tag and t > reflex_since', stage);
    expect(asked).toBe(
      `let reflex_tag = "1.1.0";\nlet reflex_since = datetime(${since});\nAppRequests | where v == reflex_tag and t > reflex_since`,
    );
    expect(withVersion('set notruncation; T', stage)).toBe('set notruncation; T');
  });
});

describe('the local query endpoint', () => {
  const logs = new LocalLogAnalytics(new VirtualClock());
  const ask = async (path: string, init: RequestInit = {}): Promise<number> =>
    (await logs.handler(new Request(`https://logs.test${path}`, { method: 'POST', ...init }))).status;
  const path = `/v1/workspaces/${CHECK.workspace}/query`;
  const headers = { authorization: 'Bearer t' };

  it.each([
    ['a workspace that is none', '/v1/workspaces/shop/query', { headers, body: '{"query":"T"}' }, 404],
    ['nobody', path, { body: '{"query":"T"}' }, 401],
    ['no query', path, { headers, body: '{}' }, 400],
    ['a table that there is not', path, { headers, body: '{"query":"T"}' }, 400],
    ['an answer that is none', '/_local/answers', { method: 'PUT', body: '{"rows":1}' }, 422],
    ['a method that is none', '/_local/answers', {}, 405],
  ] as const)('refuses %s', async (_, at, init, status) => {
    expect(await ask(at, init)).toBe(status);
  });

  it('answers a workspace by the newest that fits the query', async () => {
    const columns = [{ name: 'done', type: 'bool' }];
    const said = [
      { columns, rows: [[false]] },
      { columns, rows: [[true]], when: 'Promoted', workspace: CHECK.workspace.toUpperCase() },
    ];
    for (const one of said) {
      await ask('/_local/answers', { method: 'PUT', body: JSON.stringify(one) });
    }
    const rowsOf = async (query: string): Promise<unknown> => {
      const body = JSON.stringify({ query });
      const answer = await logs.handler(new Request(`https://logs.test${path}`, { method: 'POST', headers, body }));
      return ((await answer.json()) as { tables: { rows: unknown }[] }).tables[0]?.rows;
    };
    expect([await rowsOf('T'), await rowsOf('T | where Promoted')]).toEqual([[[false]], [[true]]]);
  });
});
