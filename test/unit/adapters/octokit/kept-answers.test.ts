import { beforeEach, describe, expect, it } from 'vitest';

import { keepingAnswers } from '../../../../shared/adapters/octokit/kept-answers.ts';

const URL = 'https://api.github.com/repos/o/r/pulls';

describe('what was read before', () => {
  let text: string;
  let asked: (string | null)[];
  let type: string;
  let remaining: number;

  beforeEach(() => {
    [text, asked, type, remaining] = ['[1]', [], 'application/json; charset=utf-8', 100];
  });

  /** A host that names each text by itself. */
  const host: typeof globalThis.fetch = (input, init) => {
    const request = new Request(input, init);
    const known = request.headers.get('if-none-match');
    asked.push(known);
    remaining -= 1;
    const headers = {
      etag: `"${text.length}${text.slice(0, 9)}"`,
      'content-type': type,
      'x-ratelimit-remaining': `${remaining}`,
    };
    return Promise.resolve(
      known === headers.etag ? new Response(null, { status: 304, headers }) : new Response(text, { headers }),
    );
  };

  it('is asked for only if it has changed, and read from memory where it has not', async () => {
    const fetch = keepingAnswers(host);
    const read = async (): Promise<readonly [number, string, string | null]> => {
      const answer = await fetch(URL, { method: 'GET' });
      return [answer.status, await answer.text(), answer.headers.get('x-ratelimit-remaining')];
    };
    expect(await read()).toEqual([200, '[1]', '99']);
    expect(await read()).toEqual([200, '[1]', '98']);
    text = '[1,2]';
    expect(await read()).toEqual([200, '[1,2]', '97']);
    expect(await read()).toEqual([200, '[1,2]', '96']);
    expect(asked).toEqual([null, '"3[1]"', '"3[1]"', '"5[1,2]"']);
  });

  it('is another answer for another address, and for another form', async () => {
    const fetch = keepingAnswers(host);
    await fetch(URL);
    await fetch(`${URL}?page=2`);
    await fetch(URL, { headers: { accept: 'application/vnd.github.raw' } });
    expect(asked).toEqual([null, null, null]);
  });

  it.each(['POST', 'PATCH', 'PUT'])('is never the answer to a %s', async (method) => {
    const fetch = keepingAnswers(host);
    await fetch(URL);
    await fetch(URL, { method, body: '{}' });
    expect(asked).toEqual([null, null]);
  });

  it('is not kept where it is a file, or very long', async () => {
    const fetch = keepingAnswers(host);
    type = 'application/vnd.github.raw';
    await fetch(URL);
    await fetch(URL);
    [type, text] = ['application/json', 'x'.repeat(600_000)];
    await fetch(URL);
    expect((await (await fetch(URL)).text()).length).toBe(600_000);
    expect(asked).toEqual([null, null, null, null]);
  });

  it('goes when there is too much of it, what is asked for often last', async () => {
    const fetch = keepingAnswers(host);
    await fetch(URL);
    for (let page = 0; page < 499; page += 1) {
      await fetch(`${URL}?page=${page}`);
    }
    await fetch(URL);
    await fetch(`${URL}?page=499`);
    asked = [];
    await fetch(`${URL}?page=0`);
    await fetch(URL);
    expect(asked).toEqual([null, '"3[1]"']);
  });

  it('goes when it is too long altogether', async () => {
    const fetch = keepingAnswers(host);
    text = 'x'.repeat(500_000);
    for (let page = 0; page < 40; page += 1) {
      await fetch(`${URL}?page=${page}`);
    }
    asked = [];
    await fetch(`${URL}?page=0`);
    await fetch(`${URL}?page=39`);
    expect(asked.map((etag) => etag === null)).toEqual([true, false]);
  });
});
