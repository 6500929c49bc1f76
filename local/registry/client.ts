import { createHash } from 'node:crypto';

export interface ImageToPush {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly fetch: typeof globalThis.fetch;
  readonly repository: string;
  readonly tag: string;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** Pushes a one-layer image as any OCI client does: config, layer, manifest. @returns its digest. */
export async function pushImage({ url, username, password, fetch, repository, tag }: ImageToPush): Promise<string> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const upload = async (bytes: Buffer): Promise<{ readonly digest: string; readonly size: number }> => {
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
  };
  const config = await upload(
    Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: { Labels: { tag } },
        rootfs: { type: 'layers', diff_ids: [] },
      }),
    ),
  );
  const layer = await upload(Buffer.from(`layer of ${repository}:${tag}`));
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
      layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer }],
    }),
  );
  const headers = { authorization, 'content-type': MANIFEST };
  await expect(201)(
    fetch(`${url}/v2/${repository}/manifests/${tag}`, { method: 'PUT', headers, body: new Uint8Array(manifest) }),
  );
  return sha256(manifest);
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
