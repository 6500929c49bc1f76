import { createHash } from 'node:crypto';

/** A registry as an OCI client reaches it. */
export interface RegistryClient {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly fetch: typeof globalThis.fetch;
}

export interface PushedBlob {
  readonly digest: string;
  readonly size: number;
}

/** Uploads a blob as any OCI client does. */
export async function pushBlob(client: RegistryClient, repository: string, bytes: Uint8Array): Promise<PushedBlob> {
  const { url, fetch } = client;
  const authorization = authorizationOf(client);
  const digest = sha256(bytes);
  const started = await expect(
    201,
    202,
  )(fetch(`${url}/v2/${repository}/blobs/uploads/`, { method: 'POST', headers: { authorization } }));
  const location = new URL(started.headers.get('location') ?? '', url);
  location.searchParams.set('digest', digest);
  const headers = { authorization, 'content-type': 'application/octet-stream' };
  await expect(201)(fetch(location, { method: 'PUT', headers, body: new Uint8Array(bytes) }));
  return { digest, size: bytes.byteLength };
}

/** Puts a manifest under a tag, or under its digest where there is none. @returns its digest. */
export async function pushManifest(
  client: RegistryClient,
  repository: string,
  manifest: { readonly mediaType: string; readonly tag?: string } & Readonly<Record<string, unknown>>,
): Promise<string> {
  const { tag, ...body } = manifest;
  const bytes = Buffer.from(JSON.stringify(body));
  const digest = sha256(bytes);
  const headers = { authorization: authorizationOf(client), 'content-type': manifest.mediaType };
  const path = `${client.url}/v2/${repository}/manifests/${tag ?? digest}`;
  await expect(201)(client.fetch(path, { method: 'PUT', headers, body: new Uint8Array(bytes) }));
  return digest;
}

/** Digest of what a tag stands for. */
export async function imageDigest(client: RegistryClient, repository: string, tag: string): Promise<string> {
  const headers = { authorization: authorizationOf(client), accept: 'application/vnd.oci.image.manifest.v1+json' };
  const path = `${client.url}/v2/${repository}/manifests/${tag}`;
  const { headers: answered } = await expect(200)(client.fetch(path, { method: 'HEAD', headers }));
  return answered.get('docker-content-digest') ?? '';
}

function authorizationOf({ username, password }: RegistryClient): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function expect(...statuses: readonly number[]): (answer: Promise<Response>) => Promise<Response> {
  return async (answer) => {
    const response = await answer;
    if (!statuses.includes(response.status)) {
      throw new Error(`the registry answered ${response.status}: ${await response.text()}`);
    }
    return response;
  };
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
