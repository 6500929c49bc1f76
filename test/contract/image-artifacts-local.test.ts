import { LocalRegistry } from '../../local/registry/local-registry.ts';
import { pushBlob, pushManifest } from '../../local/registry/push.ts';
import { SeededRandom } from '../../local/time/seeded-random.ts';
import { VirtualClock } from '../../local/time/virtual-clock.ts';
import { AcrImageArtifacts } from '../../shared/adapters/acr/image-artifacts.ts';
import { describeImageArtifacts } from './image-artifacts.ts';

const host = 'contoso.azurecr.io';
const login = { username: 'reflex', password: 'a-password' };
const clock = new VirtualClock();
const local = new LocalRegistry({
  file: ':memory:',
  loginServer: host,
  location: 'westeurope',
  ...login,
  clock,
  random: new SeededRandom(1),
  publish: () => Promise.resolve(),
});
const credential = { kind: 'basic' as const, ...login };
const client = {
  url: `https://${host}`,
  ...login,
  fetch: (input: string | URL | Request, init?: RequestInit): Promise<Response> =>
    local.handler(new Request(input, init)),
};

function contract(name: string, fetch: (request: Request) => Promise<Response>): void {
  const artifacts = new AcrImageArtifacts({ host, fetch, clock, credential });
  describeImageArtifacts(name, () => ({
    artifacts,
    putBlob: async (repository, bytes) => (await pushBlob(client, repository, bytes)).digest,
    putManifest: (repository, manifest, tag) =>
      pushManifest(client, repository, {
        ...(manifest as { readonly mediaType: string }),
        ...(tag === undefined ? {} : { tag }),
      }),
  }));
}

contract('local registry', (request) => local.handler(request));

/** ACR answers a blob by a redirect to its storage, where our token must not go. */
contract('a registry that keeps its blobs elsewhere', async (request) => {
  const url = new URL(request.url);
  if (url.hostname === 'weu123.blob.core.windows.net') {
    const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
    return request.headers.has('authorization')
      ? new Response('a token came along', { status: 400 })
      : await local.handler(new Request(`https://${host}${url.pathname}`, { headers: { authorization } }));
  }
  const answer = await local.handler(request);
  return url.pathname.includes('/blobs/') && answer.status === 200
    ? new Response(null, { status: 307, headers: { location: `https://weu123.blob.core.windows.net${url.pathname}` } })
    : answer;
});
