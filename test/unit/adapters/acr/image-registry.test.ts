import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { AcrImageRegistry } from '../../../../shared/adapters/acr/image-registry.ts';
import type { RegistryCredential } from '../../../../shared/adapters/acr/registry-auth.ts';

const HOST = 'contoso.azurecr.io';
const TYPE = 'application/vnd.oci.image.manifest.v1+json';
const MANIFEST = JSON.stringify({ schemaVersion: 2, mediaType: TYPE, layers: [] });
const DIGEST = `sha256:${createHash('sha256').update(MANIFEST).digest('hex')}`;
const READ = 'GET /v2/shop/web/manifests/1.0';
const LIST = 'GET /v2/shop/web/tags/list?n=1000';
const CHALLENGE = `Bearer realm="https://elsewhere.example/token",service="${HOST}",scope="repository:shop/web:pull"`;

type Answer = () => Response | Promise<Response>;

/** A registry that answers `METHOD /path` as told; with `bearer`, only to who has that token. */
function open(
  answers: Readonly<Record<string, Answer>>,
  options: { credential?: RegistryCredential; bearer?: string; endpoint?: string } = {},
) {
  const { credential = { kind: 'anonymous' }, bearer, endpoint } = options;
  const seen: { line: string; authorization: string | null; redirect: string; form: string }[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    const { origin, pathname, search } = new URL(request.url);
    const line = `${request.method} ${origin === `https://${HOST}` ? '' : origin}${pathname}${search}`;
    const authorization = request.headers.get('authorization');
    seen.push({ line, authorization, redirect: request.redirect, form: await request.text() });
    if (bearer !== undefined && pathname.startsWith('/v2/') && authorization !== `Bearer ${bearer}`) {
      return new Response(null, { status: 401, headers: { 'www-authenticate': CHALLENGE } });
    }
    return await (answers[line] ?? (() => new Response(null, { status: 404 })))();
  };
  const clock = new VirtualClock();
  const registry = new AcrImageRegistry({
    host: HOST,
    fetch,
    clock,
    credential,
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  return { registry, seen, clock };
}

function served(body = MANIFEST, headers: Record<string, string> = {}): Answer {
  return () => new Response(body, { headers: { 'content-type': `${TYPE}; charset=utf-8`, ...headers } });
}

function tokenOf(name: string, expiresAt: number): string {
  return `${name}.${Buffer.from(JSON.stringify({ exp: expiresAt / 1000 })).toString('base64url')}.signature`;
}

async function all(tags: AsyncIterable<string>): Promise<readonly string[]> {
  const list: string[] = [];
  for await (const tag of tags) {
    list.push(tag);
  }
  return list;
}

describe('the token dance', () => {
  const scope = `service=${HOST}&scope=${encodeURIComponent('repository:shop/web:pull')}`;
  const tokenLine = `GET /oauth2/token?${scope}`;

  it.each([
    ['anonymously', { kind: 'anonymous' }, null],
    [
      'by user and password',
      { kind: 'basic', username: 'ü', password: 'p:w' },
      `Basic ${Buffer.from('ü:p:w').toString('base64')}`,
    ],
  ] as const)(
    'asks the registry itself, never the realm of the challenge, %s',
    async (_, credential, authorization) => {
      const answers = { [tokenLine]: () => Response.json({ access_token: 'T' }), [READ]: served() };
      const { registry, seen } = open(answers, { credential, bearer: 'T' });
      expect((await registry.manifest('shop/web', '1.0'))?.digest).toBe(DIGEST);
      expect(seen.map(({ line }) => line)).toEqual([READ, tokenLine, READ]);
      expect(seen[1]!.authorization).toBe(authorization);
    },
  );

  it('exchanges an Entra token', async () => {
    const answers = {
      'POST /oauth2/exchange': () => Response.json({ refresh_token: 'R' }),
      'POST /oauth2/token': () => Response.json({ access_token: 'T' }),
      [READ]: served(),
    };
    const { registry, seen } = open(answers, {
      credential: { kind: 'entra', entraToken: () => Promise.resolve('E') },
      bearer: 'T',
    });
    expect((await registry.manifest('shop/web', '1.0'))?.digest).toBe(DIGEST);
    expect(seen[1]!.form).toBe(`grant_type=access_token&service=${HOST}&access_token=E`);
    expect(seen[2]!.form).toBe(`grant_type=refresh_token&${scope}&refresh_token=R`);
  });

  it('keeps a token until shortly before it ends', async () => {
    const start = new VirtualClock().now().getTime();
    const token = tokenOf('T', start + 600_000);
    const { registry, seen, clock } = open(
      { [tokenLine]: () => Response.json({ access_token: token }), [READ]: served() },
      { bearer: token },
    );
    await registry.manifest('shop/web', '1.0');
    await clock.advance(569_000);
    await registry.manifest('shop/web', '1.0');
    expect(seen).toHaveLength(4);
    await clock.advance(2_000);
    await registry.manifest('shop/web', '1.0');
    expect(seen).toHaveLength(7);
  });

  it('does not ask twice for a token that does not help', async () => {
    const { registry, seen } = open({ [tokenLine]: () => Response.json({ access_token: 'other' }) }, { bearer: 'T' });
    await expect(registry.manifest('shop/web', '1.0')).rejects.toMatchObject({
      code: 'REFLEX_UPSTREAM',
      status: 401,
      retryable: false,
    });
    expect(seen).toHaveLength(3);
  });

  it.each([
    ['is refused', () => new Response(null, { status: 401 }), 401],
    ['is no JSON', () => new Response('<html>'), 502],
    ['is empty', () => Response.json({}), 502],
  ])('says that the token %s', async (_, answer, status) => {
    const { registry } = open({ [tokenLine]: answer }, { bearer: 'T' });
    await expect(registry.manifest('shop/web', '1.0')).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', status });
  });

  it.each(['Basic realm="x"', 'Negotiate', ''])('answers the challenge %j only with what it has', async (challenge) => {
    const refuse = (): Response => new Response(null, { status: 401, headers: { 'www-authenticate': challenge } });
    const { registry, seen } = open({ [READ]: refuse });
    await expect(registry.manifest('shop/web', '1.0')).rejects.toMatchObject({ status: 401 });
    expect(seen).toHaveLength(1);
    const { registry: known, seen: tries } = open(
      { [READ]: refuse },
      { credential: { kind: 'basic', username: 'u', password: 'p' } },
    );
    await expect(known.manifest('shop/web', '1.0')).rejects.toMatchObject({ status: 401 });
    expect(tries.at(-1)!.authorization).toBe(challenge.startsWith('Basic') ? 'Basic dTpw' : null);
  });
});

describe('manifests', () => {
  it('reaches the registry at another address where it is told to', async () => {
    const { registry, seen } = open({}, { endpoint: 'http://127.0.0.1:5000' });
    await registry.manifest('shop/web', '1.0');
    expect(seen[0]!.line).toBe('GET http://127.0.0.1:5000/v2/shop/web/manifests/1.0');
  });

  it.each([
    ['a digest that the bytes do not have', served(MANIFEST, { 'docker-content-digest': `sha256:${'0'.repeat(64)}` })],
    ['no JSON', served('<html>')],
    ['no object', served('[]')],
    ['no UTF-8', () => new Response(Uint8Array.of(0xff), { headers: { 'content-type': TYPE } })],
    [
      'another media type inside',
      served(JSON.stringify({ mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [] })),
    ],
    ['an image that is an index too', served(JSON.stringify({ layers: [], manifests: [] }))],
  ])('trusts no manifest with %s', async (_, answer) => {
    const { registry } = open({ [READ]: answer });
    await expect(registry.manifest('shop/web', '1.0')).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', status: 502 });
  });

  it('trusts no bytes that are not those of the digest asked for', async () => {
    const other = `sha256:${'0'.repeat(64)}`;
    const { registry } = open({ [`GET /v2/shop/web/manifests/${other}`]: served() });
    await expect(registry.manifest('shop/web', other)).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', status: 502 });
  });

  it('takes annotations for text only, whatever their names', async () => {
    const text = `{"mediaType":"${TYPE}","layers":[],"annotations":{"__proto__":"x","n":1,"constructor":"y"},"config":null,"subject":"s"}`;
    const { registry } = open({ [READ]: served(text) });
    const facts = await registry.manifest('shop/web', '1.0');
    expect(Object.entries(facts!.annotations)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(facts).not.toHaveProperty('subject');
  });

  it.each([
    ['a redirect', () => new Response(null, { status: 307, headers: { location: 'https://elsewhere.example/' } }), 307],
    ['a failure', () => new Response(null, { status: 503 }), 503],
    ['no answer', () => Promise.reject(new TypeError('fetch failed')), 0],
    ['more than 4 MiB', () => new Response(new Uint8Array(4 * 1024 * 1024 + 1)), 413],
  ])('does not follow, repeat or swallow %s', async (_, answer, status) => {
    const { registry, seen } = open({ [READ]: answer });
    await expect(registry.manifest('shop/web', '1.0')).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', status });
    expect(seen.map(({ redirect }) => redirect)).toEqual(['manual']);
  });

  it.each([
    [{ 'retry-after': '5' }, 5_000],
    [{ 'retry-after': 'Mon, 05 Jan 2026 08:00:10 GMT' }, 10_000],
    [{}, 1_000],
  ])('hands on a rate limit: %j', async (headers, retryAfterMs) => {
    const { registry } = open({
      [READ]: () => new Response(null, { status: 429, headers: headers as Record<string, string> }),
    });
    await expect(registry.manifest('shop/web', '1.0')).rejects.toMatchObject({
      code: 'REFLEX_RATE_LIMITED',
      retryAfterMs,
    });
  });
});

describe('tags', () => {
  const page =
    (tags: unknown, link?: string): Answer =>
    () =>
      Response.json({ tags }, { headers: link === undefined ? {} : { link } });

  it('follows the links of the list', async () => {
    const { registry } = open({
      [LIST]: page(['a', 'b'], '</v2/shop/web/tags/list?n=1000&last=b>; rel="next"'),
      'GET /v2/shop/web/tags/list?n=1000&last=b': page(
        ['c'],
        `<https://${HOST}/v2/shop/web/tags/list?last=c>; rel="next"`,
      ),
      'GET /v2/shop/web/tags/list?last=c': page(null),
    });
    expect(await all(registry.tags('shop/web'))).toEqual(['a', 'b', 'c']);
  });

  it.each([
    'https://elsewhere.example/v2/shop/web/tags/list',
    '/v2/other/tags/list',
    'http://[broken',
    'http://contoso.azurecr.io/v2/shop/web/tags/list',
  ])('does not follow a link to %s', async (target) => {
    const { registry } = open({ [LIST]: page(['a'], `<${target}>; rel="next"`) });
    await expect(all(registry.tags('shop/web'))).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', status: 502 });
  });

  it('ends a list that never ends, with an error', async () => {
    const { registry, seen } = open({ [LIST]: page(['a'], `<${LIST.slice(4)}>; rel="next"`) });
    await expect(all(registry.tags('shop/web'))).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', status: 413 });
    expect(seen).toHaveLength(1_000);
  });

  it('never takes a list that broke off for a shorter one', async () => {
    const { registry } = open({
      [LIST]: page(['a'], '</v2/shop/web/tags/list?last=a>; rel="next"'),
      'GET /v2/shop/web/tags/list?last=a': () => new Response(null, { status: 500 }),
    });
    await expect(all(registry.tags('shop/web'))).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', status: 500 });
  });

  it.each([
    ['no list', () => Response.json({ tags: 'a' }), 502],
    ['no JSON', () => new Response('<html>'), 502],
    ['a refusal', () => new Response(null, { status: 403 }), 403],
  ])('says that it got %s', async (_, answer, status) => {
    const { registry } = open({ [LIST]: answer });
    await expect(all(registry.tags('shop/web'))).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', status });
  });
});

describe('pages that the registry gives an ETag', () => {
  const page = (tags: readonly string[], etag: string, headers: Record<string, string> = {}): Response =>
    Response.json({ tags }, { headers: { etag, ...headers } });

  it('are asked for anew only where they changed', async () => {
    let tags = ['a', 'b'];
    const asked: (string | null)[] = [];
    const registry = new AcrImageRegistry({
      host: HOST,
      clock: new VirtualClock(),
      credential: { kind: 'anonymous' },
      fetch: (request) => {
        const known = request.headers.get('if-none-match');
        asked.push(known);
        const etag = `"${tags.join('')}"`;
        return Promise.resolve(known === etag ? new Response(null, { status: 304 }) : page(tags, etag));
      },
    });
    expect(await all(registry.tags('shop/web'))).toEqual(['a', 'b']);
    expect(await all(registry.tags('shop/web'))).toEqual(['a', 'b']);
    tags = ['a', 'b', 'c'];
    expect(await all(registry.tags('shop/web'))).toEqual(['a', 'b', 'c']);
    expect(asked).toEqual([null, '"ab"', '"ab"']);
  });

  it('a 304 that nobody asked for is no list', async () => {
    const { registry } = open({ [LIST]: () => new Response(null, { status: 304 }) });
    await expect(all(registry.tags('shop/web'))).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', status: 502 });
  });

  it('a page that fails leaves no shorter list, also where others are kept', async () => {
    let isDown = false;
    const { registry } = open({
      [LIST]: () => page(['a'], '"1"', { link: `</v2/shop/web/tags/list?n=1000&last=a>; rel="next"` }),
      [`${LIST}&last=a`]: () => (isDown ? new Response(null, { status: 503 }) : page(['b'], '"2"')),
    });
    expect(await all(registry.tags('shop/web'))).toEqual(['a', 'b']);
    isDown = true;
    await expect(all(registry.tags('shop/web'))).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', status: 503 });
  });
});
