import { createHash } from 'node:crypto';

import { beforeEach, describe, expect, it } from 'vitest';

import type { RaisedData } from '../../../../local/registry/events.ts';
import { pushImage } from '../../../../local/registry/client.ts';
import { LocalRegistry } from '../../../../local/registry/local-registry.ts';
import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';

const HOST = 'contoso.azurecr.io';
const LOGIN = { username: 'reflex', password: 'secret' };
const BASIC = `Basic ${Buffer.from('reflex:secret').toString('base64')}`;
const OCI = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

let clock: VirtualClock;
let raised: RaisedData[];
let isDeaf: boolean;
let registry: LocalRegistry;

function open(file = ':memory:'): LocalRegistry {
  return new LocalRegistry({
    file,
    loginServer: HOST,
    location: 'westeurope',
    ...LOGIN,
    clock,
    random: new SeededRandom(2),
    publish: (event) => (isDeaf ? Promise.reject(new Error('deaf')) : Promise.resolve(void raised.push(event))),
  });
}

beforeEach(() => {
  clock = new VirtualClock();
  raised = [];
  isDeaf = false;
  registry = open();
});

interface Ask {
  readonly method?: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly authorization?: string;
}

function ask(path: string, { method = 'GET', body, headers = {}, authorization = BASIC }: Ask = {}): Promise<Response> {
  const all = { ...headers, ...(authorization === '' ? {} : { authorization }) };
  const content = body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) };
  return registry.handler(new Request(`https://${HOST}${path}`, { method, headers: all, ...content }));
}

function digestOf(content: string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

async function putBlob(content: string, repository = 'shop/web'): Promise<string> {
  const answer = await ask(`/v2/${repository}/blobs/uploads/?digest=${digestOf(content)}`, {
    method: 'POST',
    body: content,
  });
  expect(answer.status).toBe(201);
  return digestOf(content);
}

async function putManifest(reference: string, manifest: object, type = OCI): Promise<Response> {
  return await ask(`/v2/shop/web/manifests/${reference}`, {
    method: 'PUT',
    body: JSON.stringify(manifest),
    headers: { 'content-type': type },
  });
}

async function imageManifest(extra: object = {}): Promise<object> {
  const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: await putBlob('{}'), size: 2 };
  return { schemaVersion: 2, mediaType: OCI, config, layers: [], ...extra };
}

async function published(): Promise<readonly RaisedData[]> {
  await registry.close();
  return raised;
}

async function codeOf(answer: Response): Promise<string> {
  const { errors } = (await answer.json()) as { errors: { code: string }[] };
  return errors[0]?.code ?? '';
}

describe('an upload', () => {
  it('comes in chunks, each where the last one ended', async () => {
    const started = await ask('/v2/shop/web/blobs/uploads/', { method: 'POST' });
    const location = started.headers.get('location') ?? '';
    const chunk = (body: string, range: string): Promise<Response> =>
      ask(location, { method: 'PATCH', body, headers: { 'content-range': range } });
    expect((await chunk('hello ', '0-5')).headers.get('range')).toBe('0-5');
    expect((await chunk('too early', '20-28')).status).toBe(416);
    expect((await chunk('world', '6-10')).status).toBe(202);
    expect((await ask(location)).headers.get('range')).toBe('0-10');
    const digest = digestOf('hello world');
    const ended = await ask(`${location}?digest=${digest}`, { method: 'PUT', body: '' });
    expect([ended.status, ended.headers.get('docker-content-digest')]).toEqual([201, digest]);
    expect(await (await ask(`/v2/shop/web/blobs/${digest}`)).text()).toBe('hello world');
    expect((await ask(location)).status).toBe(404);
  });

  it('is refused where the content is not what the digest says', async () => {
    const answer = await ask(`/v2/shop/web/blobs/uploads/?digest=${digestOf('a')}`, { method: 'POST', body: 'b' });
    expect([answer.status, await codeOf(answer)]).toEqual([400, 'DIGEST_INVALID']);
  });

  it('is spared where another repository holds the blob', async () => {
    const digest = await putBlob('shared', 'shop/base');
    const mounted = await ask(`/v2/shop/web/blobs/uploads/?mount=${digest}&from=shop/base`, { method: 'POST' });
    expect(mounted.status).toBe(201);
    const unknown = await ask(`/v2/shop/web/blobs/uploads/?mount=${digestOf('x')}&from=shop/base`, { method: 'POST' });
    expect(unknown.status).toBe(202);
  });

  it('can be broken off', async () => {
    const location = (await ask('/v2/shop/web/blobs/uploads/', { method: 'POST' })).headers.get('location') ?? '';
    expect((await ask(location, { method: 'DELETE' })).status).toBe(204);
    expect((await ask(location)).status).toBe(404);
  });
});

describe('a manifest', () => {
  it('raises one event, as ACR words it', async () => {
    const manifest = await imageManifest();
    const put = await putManifest('1.0.0', manifest);
    const digest = digestOf(JSON.stringify(manifest));
    expect([put.status, put.headers.get('docker-content-digest')]).toEqual([201, digest]);
    const [event, ...more] = await published();
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      type: 'Microsoft.ContainerRegistry.ImagePushed',
      subject: 'shop/web:1.0.0',
      data: { action: 'push', target: { repository: 'shop/web', tag: '1.0.0', digest, mediaType: OCI } },
    });
  });

  it('by digest raises one without a tag, and an index one more than its children', async () => {
    const child = await imageManifest();
    const digest = digestOf(JSON.stringify(child));
    await putManifest(digest, child);
    const index = { schemaVersion: 2, mediaType: INDEX, manifests: [{ mediaType: OCI, digest, size: 1 }] };
    await putManifest('multi', index, INDEX);
    const targets = (await published()).map(({ subject, data }) => [subject, (data['target'] as { tag?: string }).tag]);
    expect(targets).toEqual([
      [`shop/web@${digest}`, undefined],
      ['shop/web:multi', 'multi'],
    ]);
  });

  it.each([
    ['a blob that is not there', '1', { config: { digest: digestOf('nothing') } }, 404, 'MANIFEST_BLOB_UNKNOWN'],
    ['a child that is not there', '1', { manifests: [{ digest: digestOf('nothing') }] }, 404, 'MANIFEST_BLOB_UNKNOWN'],
    ['another digest than its own', digestOf('x'), {}, 400, 'DIGEST_INVALID'],
    ['a reference that is none', 'a b', {}, 400, 'MANIFEST_INVALID'],
  ])('with %s is refused and raises nothing', async (_, reference, manifest, status, code) => {
    const answer = await putManifest(encodeURIComponent(reference), manifest);
    expect([answer.status, await codeOf(answer)]).toEqual([status, code]);
    expect(await published()).toEqual([]);
  });

  it('that is none is refused', async () => {
    for (const body of ['{', '[]', '{"layers":[null]}', '{"layers":{}}']) {
      expect(await codeOf(await ask('/v2/shop/web/manifests/1', { method: 'PUT', body }))).toBe('MANIFEST_INVALID');
    }
    expect((await ask('/v2/shop%zz/web/manifests/1')).status).toBe(400);
  });

  it('can speak of another, which lists it', async () => {
    const subject = await imageManifest();
    await putManifest('1.0.0', subject);
    const digest = digestOf(JSON.stringify(subject));
    const signature = await imageManifest({ artifactType: 'application/vnd.example.signature', subject: { digest } });
    const put = await putManifest(digestOf(JSON.stringify(signature)), signature);
    expect(put.headers.get('oci-subject')).toBe(digest);
    const listed = async (query: string): Promise<{ manifests: { artifactType: string }[] }> =>
      (await (await ask(`/v2/shop/web/referrers/${digest}${query}`)).json()) as never;
    expect((await listed('')).manifests).toMatchObject([{ artifactType: 'application/vnd.example.signature' }]);
    expect((await listed('?artifactType=other')).manifests).toEqual([]);
  });

  it('is deleted with its tags, by its digest, and says so', async () => {
    const manifest = await imageManifest();
    await putManifest('1.0.0', manifest);
    expect((await ask('/v2/shop/web/manifests/1.0.0', { method: 'HEAD' })).status).toBe(200);
    expect(
      (await ask(`/v2/shop/web/manifests/${digestOf(JSON.stringify(manifest))}`, { method: 'DELETE' })).status,
    ).toBe(202);
    expect((await ask('/v2/shop/web/manifests/1.0.0')).status).toBe(404);
    expect((await published()).map(({ type }) => type)).toEqual([
      'Microsoft.ContainerRegistry.ImagePushed',
      'Microsoft.ContainerRegistry.ImageDeleted',
    ]);
  });
});

describe('events', () => {
  it('wait for somebody who takes them', async () => {
    isDeaf = true;
    await putManifest('1', await imageManifest());
    await putManifest('2', await imageManifest());
    isDeaf = false;
    await putManifest('3', await imageManifest());
    expect((await published()).map(({ subject }) => subject)).toEqual(['shop/web:1', 'shop/web:2', 'shop/web:3']);
  });
});

describe('who may do what', () => {
  async function token(scope: string): Promise<string> {
    const body = new URLSearchParams({ grant_type: 'password', service: HOST, scope, ...LOGIN }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await ask('/oauth2/token', { method: 'POST', body, headers, authorization: '' });
    return `Bearer ${((await answer.json()) as { access_token: string }).access_token}`;
  }

  it('is told to get a token for what was asked', async () => {
    const answer = await ask('/v2/shop/web/tags/list', { authorization: '' });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      401,
      `Bearer realm="https://${HOST}/oauth2/token",service="${HOST}",scope="repository:shop/web:pull"`,
    ]);
  });

  it('is bounded by the scope of the token', async () => {
    await putManifest('1', await imageManifest());
    const pull = await token('repository:shop/web:pull');
    expect((await ask('/v2/', { authorization: pull })).status).toBe(200);
    expect((await ask('/v2/shop/web/tags/list', { authorization: pull })).status).toBe(200);
    expect((await ask('/v2/shop/api/tags/list', { authorization: pull })).status).toBe(401);
    expect((await ask('/v2/shop/web/blobs/uploads/', { method: 'POST', authorization: pull })).status).toBe(401);
    expect((await ask('/v2/_catalog', { authorization: pull })).status).toBe(401);
    const catalog = await ask('/v2/_catalog', { authorization: await token('registry:catalog:*') });
    expect(await catalog.json()).toEqual({ repositories: ['shop/web'] });
  });

  it('ends with the token', async () => {
    const pull = await token('repository:shop/web:pull');
    await clock.advance(76 * 60_000);
    expect((await ask('/v2/', { authorization: pull })).status).toBe(401);
  });

  it('exchanges an Entra token for a refresh token, which opens nothing by itself', async () => {
    const post = async (path: string, form: Record<string, string>): Promise<Record<string, string>> =>
      (await (
        await ask(path, {
          method: 'POST',
          body: new URLSearchParams(form).toString(),
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          authorization: '',
        })
      ).json()) as Record<string, string>;
    const { refresh_token: refresh = '' } = await post('/oauth2/exchange', {
      grant_type: 'access_token',
      access_token: 'entra',
    });
    expect((await ask('/v2/', { authorization: `Bearer ${refresh}` })).status).toBe(401);
    const scope = 'repository:shop/web:pull,push';
    const { access_token: access = '' } = await post('/oauth2/token', {
      grant_type: 'refresh_token',
      refresh_token: refresh,
      scope,
    });
    expect(
      (await ask('/v2/shop/web/blobs/uploads/', { method: 'POST', authorization: `Bearer ${access}` })).status,
    ).toBe(202);
    expect(await post('/oauth2/token', { refresh_token: 'made up' })).toMatchObject({
      errors: [{ code: 'UNAUTHORIZED' }],
    });
  });
});

describe('what goes wrong on demand', () => {
  it('is a replica that lags behind, for a while', async () => {
    await putManifest('1', await imageManifest());
    const body = JSON.stringify({ method: 'GET', path: '/manifests/', status: 404, times: 1 });
    expect((await ask('/_local/faults', { method: 'POST', body })).status).toBe(201);
    const statuses = [await ask('/v2/shop/web/manifests/1'), await ask('/v2/shop/web/manifests/1')];
    expect(statuses.map(({ status }) => status)).toEqual([404, 200]);
    expect((await ask('/_local/faults', { authorization: '' })).status).toBe(401);
  });
});

it('lists tags as ACR does: the newest first, or the oldest where it is asked for', async () => {
  for (const tag of ['1.0.0', '0.9.0', '1.1.0']) {
    await pushImage({
      url: `https://${HOST}`,
      ...LOGIN,
      fetch: (input, init) => registry.handler(new Request(input, init)),
      repository: 'shop/web',
      tag,
    });
    await clock.advance(1_000);
  }
  const names = async (query: string): Promise<readonly string[]> => {
    const { tags } = (await (await ask(`/acr/v1/shop/web/_tags${query}`)).json()) as { tags: { name: string }[] };
    return tags.map(({ name }) => name);
  };
  expect(await names('')).toEqual(['1.1.0', '0.9.0', '1.0.0']);
  expect(await names('?orderby=timedesc')).toEqual(['1.1.0', '0.9.0', '1.0.0']);
  expect(await names('?orderby=timeasc')).toEqual(['1.0.0', '0.9.0', '1.1.0']);
  expect(await names('?orderby=timeasc&n=2&last=0.9.0')).toEqual(['1.1.0']);
});

it('takes a push of our own small client', async () => {
  const fetch: typeof globalThis.fetch = (input, init) => registry.handler(new Request(input, init));
  const digest = await pushImage({ url: `https://${HOST}`, ...LOGIN, fetch, repository: 'shop/web', tag: '7' });
  expect((await ask('/v2/shop/web/manifests/7', { method: 'HEAD' })).headers.get('docker-content-digest')).toBe(digest);
});
