import { VirtualClock } from '../../local/time/virtual-clock.ts';
import { AcrImageRegistry } from '../../shared/adapters/acr/image-registry.ts';
import { describeImageRegistry } from './image-registry.ts';

const PAGE = 400;
const MANIFEST = /^\/v2\/(.+)\/manifests\/([^/]+)$/;
const TAGS = /^\/v2\/(.+)\/tags\/list$/;
const BUILDS = /^\/acr\/v1\/(.+?)\/_tags(?:\/([^/]+))?$/;

/** The reading and pushing routes of a registry that wants a token, as the distribution specification words them. */
function createRegistry(): (request: Request) => Promise<Response> {
  const manifests = new Map<string, { bytes: ArrayBuffer; type: string }>();
  const tags = new Map<string, Set<string>>();
  const pushes: { repository: string; name: string; digest: string }[] = [];

  async function manifest(request: Request, repository: string, reference: string): Promise<Response> {
    const key = `${repository}@${reference}`;
    if (request.method === 'PUT') {
      const stored = { bytes: await request.arrayBuffer(), type: request.headers.get('content-type') ?? '' };
      const digest = `sha256:${Buffer.from(await crypto.subtle.digest('SHA-256', stored.bytes)).toString('hex')}`;
      manifests.set(key, stored).set(`${repository}@${digest}`, stored);
      tags.set(repository, (tags.get(repository) ?? new Set()).add(reference));
      pushes.push({ repository, name: reference, digest });
      return new Response(null, { status: 201 });
    }
    const found = manifests.get(key);
    const isAccepted = found !== undefined && request.headers.get('accept')?.includes(found.type) === true;
    return isAccepted
      ? new Response(found.bytes, { headers: { 'content-type': found.type } })
      : Response.json({ errors: [{ code: 'MANIFEST_UNKNOWN' }] }, { status: 404 });
  }

  function list(url: URL, repository: string): Response {
    const names = [...(tags.get(repository) ?? [])].filter((name) => !name.includes(':')).sort();
    const rest = names.filter((name) => name > (url.searchParams.get('last') ?? ''));
    const page = rest.slice(0, PAGE);
    const link = `<${url.pathname}?last=${page.at(-1) ?? ''}&n=${PAGE}>; rel="next"`;
    return tags.has(repository)
      ? Response.json({ name: repository, tags: page }, { headers: rest.length > PAGE ? { link } : {} })
      : Response.json({ errors: [{ code: 'NAME_UNKNOWN' }] }, { status: 404 });
  }

  function builds(repository: string, tag: string | undefined): Response {
    const last = new Map(pushes.map((push, second) => [`${push.repository}:${push.name}`, { ...push, second }]));
    const newest = [...last.values()].filter((push) => push.repository === repository && !push.name.includes(':'));
    const found = newest.toSorted((a, b) => b.second - a.second);
    const shown = found.map(({ name, digest, second }) => ({
      ...{ name, digest },
      lastUpdateTime: new Date(second * 1000).toISOString(),
    }));
    const one = shown.find(({ name }) => name === tag);
    return tag === undefined
      ? Response.json({ tags: shown })
      : one === undefined
        ? Response.json({ errors: [{ code: 'TAG_UNKNOWN' }] }, { status: 404 })
        : Response.json({ tag: one });
  }

  return async (request) => {
    const url = new URL(request.url);
    if (url.pathname === '/oauth2/token') {
      return Response.json({ access_token: url.searchParams.get('scope') });
    }
    if (url.pathname === '/v2/_catalog') {
      return Response.json({ repositories: [...tags.keys()] });
    }
    const [, repository = '', reference] =
      MANIFEST.exec(url.pathname) ?? TAGS.exec(url.pathname) ?? BUILDS.exec(url.pathname) ?? [];
    const scope = `repository:${repository}:pull`;
    if (request.method !== 'PUT' && request.headers.get('authorization') !== `Bearer ${scope}`) {
      const challenge = `Bearer realm="${url.origin}/oauth2/token",service="${url.host}",scope="${scope}"`;
      return new Response(null, { status: 401, headers: { 'www-authenticate': challenge } });
    }
    if (BUILDS.test(url.pathname)) {
      return builds(repository, reference);
    }
    return reference === undefined ? list(url, repository) : await manifest(request, repository, reference);
  };
}

const handle = createRegistry();
const host = 'contoso.azurecr.io';
const registry = new AcrImageRegistry({
  host,
  fetch: handle,
  clock: new VirtualClock(),
  credential: { kind: 'anonymous' },
});

describeImageRegistry('ACR', () => ({
  registry,
  push: async ({ repository, bytes, mediaType, tag }) => {
    const digest = `sha256:${Buffer.from(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes))).toString('hex')}`;
    const url = `https://${host}/v2/${repository}/manifests/${tag ?? digest}`;
    await handle(
      new Request(url, { method: 'PUT', headers: { 'content-type': mediaType }, body: new Uint8Array(bytes) }),
    );
  },
}));
