import { describe, expect, it } from 'vitest';

import { askLogs } from '../../../../shared/adapters/log-analytics/ask-logs.ts';
import { RateLimitedError, UpstreamError } from '../../../../shared/errors.ts';

const QUESTION = { operation: 'ask', workspace: '00000000-0000-4000-8000-0000000000b1', query: 'print done = true' };
const GOOD = { tables: [{ columns: [{ name: 'done', type: 'bool' }], rows: [[true]] }] };

type Answer = (request: Request) => Response | Promise<Response>;

async function ask(answer: Answer, more: object = {}): Promise<unknown> {
  const fetch = async (request: Request): Promise<Response> => await answer(request);
  const access = { logToken: () => Promise.resolve('token'), fetch };
  return await askLogs(access, { ...QUESTION, ...more }).catch((error: unknown) => error);
}

describe('a question to Log Analytics', () => {
  it('is one POST with our token and the time that it reaches back', async () => {
    const asked: unknown[] = [];
    const told = await ask(async (request) => {
      asked.push([request.method, request.url, request.headers.get('authorization'), await request.json()]);
      return Response.json(GOOD);
    });
    expect(told).toMatchObject({ columns: [{ name: 'done' }], rows: [[true]] });
    expect(asked).toEqual([
      [
        'POST',
        `https://api.loganalytics.io/v1/workspaces/${QUESTION.workspace}/query`,
        'Bearer token',
        { query: QUESTION.query, timespan: 'PT1H' },
      ],
    ]);
  });

  it('that comes too often says when it may come again', async () => {
    let asked = 0;
    const told = await ask(() => {
      asked += 1;
      return new Response('', { status: 429, headers: { 'retry-after': '7' } });
    });
    expect(told).toBeInstanceOf(RateLimitedError);
    expect([told, asked]).toMatchObject([{ retryAfterMs: 7_000 }, 1]);
  });

  it.each<[string, Answer, number]>([
    ['no right', () => Response.json({ error: { code: 'InsufficientAccessError' } }, { status: 403 }), 403],
    ['a service that is down', () => new Response('', { status: 503 }), 503],
    ['no answer', () => Promise.reject(new TypeError('fetch failed')), 0],
    ['a redirect', () => new Response('', { status: 307, headers: { location: 'https://elsewhere.example/' } }), 502],
    ['an answer in part', () => Response.json({ ...GOOD, error: { code: 'PartialError' } }), 502],
    ['no table', () => Response.json({ tables: [] }), 502],
    [
      'too many rows',
      () => Response.json({ tables: [{ ...GOOD.tables[0], rows: Array.from({ length: 1_001 }, () => [true]) }] }),
      502,
    ],
  ])('that meets %s is no answer', async (_, answer, status) => {
    const told = await ask(answer);
    expect(told).toBeInstanceOf(UpstreamError);
    expect(told).toMatchObject({ status });
  });

  it.each([
    ['text', new Response('<html>', { status: 200 })],
    ['another shape', Response.json({ columns: [] })],
    ['rows that are none', Response.json({ tables: [{ columns: [], rows: 5 }] })],
  ])('that is answered with %s is no answer', async (_, answer) => {
    expect(await ask(() => answer)).toBeInstanceOf(UpstreamError);
  });

  it('ends when nobody waits for it', async () => {
    const stop = new AbortController();
    const told = ask(
      (request) =>
        new Promise((_, reject) => {
          request.signal.addEventListener('abort', () => reject(new DOMException('stop', 'AbortError')));
          stop.abort();
        }),
      { signal: stop.signal },
    );
    expect(await told).toBeInstanceOf(UpstreamError);
  });
});
