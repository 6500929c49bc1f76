import { createHash } from 'node:crypto';

import * as z from 'zod';

import { isDigest, isRepository, isTag } from '../../shared/domain/image/reference.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Random } from '../../shared/ports/random.ts';
import { answerFaults, FAULTS_PATH } from '../http/faults-api.ts';
import { Faults } from '../http/faults.ts';
import type { Handler } from '../http/serve.ts';
import { registryEvent, type RaisedData } from './events.ts';
import { Listings } from './listings.ts';
import { refuse } from './refuse.ts';
import { RegistryStore } from './store.ts';
import { RegistryTokens } from './tokens.ts';
import { Uploads } from './uploads.ts';

export interface LocalRegistryOptions {
  /** SQLite file, or `:memory:`. */
  readonly file: string;
  readonly loginServer: string;
  readonly location: string;
  readonly username: string;
  readonly password: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Takes an event over; it is offered again until this resolves. */
  readonly publish: (event: RaisedData) => Promise<void>;
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

const Descriptor = z.looseObject({ digest: z.string().exactOptional(), mediaType: z.string().exactOptional() });
const Manifest = z.looseObject({
  mediaType: z.string().exactOptional(),
  artifactType: z.string().exactOptional(),
  annotations: z.record(z.string(), z.string()).exactOptional(),
  config: Descriptor.exactOptional(),
  layers: z.array(Descriptor).exactOptional(),
  manifests: z.array(Descriptor).exactOptional(),
  subject: Descriptor.exactOptional(),
});
type ManifestBody = z.infer<typeof Manifest>;

const CODES: Readonly<Record<number, string>> = {
  401: 'UNAUTHORIZED',
  404: 'MANIFEST_UNKNOWN',
  429: 'TOOMANYREQUESTS',
};
const BUILDS_ROUTE = /^\/acr\/v1\/(.+?)\/_tags(?:\/([^/]+))?$/;
const ROUTE = /^\/v2\/(.+?)\/(blobs\/uploads|blobs|manifests|tags|referrers)\/?(.*)$/;
const CATALOG_SCOPE = 'registry:catalog:*';

/** An OCI registry with ACR's token exchange and ACR's events. */
export class LocalRegistry {
  /** Slowness and refusals on demand: a 404 for a while is a replica that lags behind. */
  readonly faults = new Faults((status, message, headers) =>
    refuse(status, CODES[status] ?? 'UNKNOWN', message, headers),
  );
  readonly #options: LocalRegistryOptions;
  readonly #store: RegistryStore;
  readonly #tokens: RegistryTokens;
  readonly #uploads: Uploads;
  readonly #listings: Listings;
  #publishing: Promise<void> = Promise.resolve();

  constructor(options: LocalRegistryOptions) {
    this.#options = options;
    this.#store = new RegistryStore(options.file);
    this.#tokens = new RegistryTokens(options);
    this.#uploads = new Uploads(this.#store, options.random);
    this.#listings = new Listings(this.#store, options.loginServer);
    this.#publishRaised();
  }

  async close(): Promise<void> {
    await this.#publishing;
    this.#store.close();
  }

  readonly handler: Handler = async (request) => {
    const url = new URL(request.url);
    const path = decodedPath(url);
    if (path === undefined) {
      return refuse(400, 'NAME_INVALID', 'the path is not valid');
    }
    if (path === FAULTS_PATH) {
      return this.#tokens.isAllowed(request, 'registry:faults:*')
        ? await answerFaults(request, this.faults)
        : refuse(401, 'UNAUTHORIZED', 'the name and password of endpoints.json are needed');
    }
    const call = { method: request.method, path, clock: this.#options.clock };
    return await this.faults.around(call, () => this.#answer(request, url, path));
  };

  async #answer(request: Request, url: URL, path: string): Promise<Response> {
    if (path.startsWith('/oauth2/')) {
      return await this.#tokens.answer(request, url);
    }
    const [, listed = '', build] = BUILDS_ROUTE.exec(path) ?? [];
    const [, repository = listed, kind = '', reference = ''] = ROUTE.exec(path) ?? [];
    const scope = path === '/v2/_catalog' ? CATALOG_SCOPE : repository === '' ? '' : scopeOf(request, repository);
    if (!this.#tokens.isAllowed(request, scope)) {
      return refuse(401, 'UNAUTHORIZED', 'authentication required', this.#tokens.challenge(url, scope));
    }
    if (path === '/v2/' || path === '/v2') {
      return new Response('{}', { headers: { 'docker-distribution-api-version': 'registry/2.0' } });
    }
    if (path === '/v2/_catalog') {
      return this.#listings.repositories(request, url);
    }
    if (!isRepository(repository)) {
      return refuse(400, 'NAME_INVALID', 'the repository name is not valid');
    }
    if (listed !== '') {
      return build === undefined
        ? this.#listings.builds(request, url, repository)
        : this.#listings.build(request, repository, build);
    }
    switch (kind) {
      case 'blobs/uploads':
        return await this.#uploads.answer(request, { url, repository, id: reference });
      case 'blobs':
        return this.#blob(request, repository, reference);
      case 'tags':
        return this.#listings.tags(request, url, repository);
      case 'referrers':
        return this.#referrers(url, repository, reference);
      default:
        return await this.#manifest(request, repository, reference);
    }
  }

  #blob(request: Request, repository: string, digest: string): Response {
    const bytes = this.#store.blob(repository, digest);
    if (bytes === undefined) {
      return refuse(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
    }
    const headers = {
      'docker-content-digest': digest,
      'content-length': String(bytes.byteLength),
      'content-type': 'application/octet-stream',
    };
    return new Response(request.method === 'HEAD' ? null : new Uint8Array(bytes), { headers });
  }

  #referrers(url: URL, repository: string, subject: string): Response {
    const wanted = url.searchParams.get('artifactType');
    const manifests = this.#store
      .referrers(repository, subject)
      .map(({ digest, mediaType, bytes }) => {
        const body = JSON.parse(new TextDecoder().decode(bytes)) as ManifestBody;
        const artifactType = body.artifactType ?? body.config?.mediaType;
        return { mediaType, digest, size: bytes.byteLength, artifactType, annotations: body.annotations };
      })
      .filter(({ artifactType }) => wanted === null || artifactType === wanted);
    const headers = {
      'content-type': 'application/vnd.oci.image.index.v1+json',
      ...(wanted === null ? {} : { 'oci-filters-applied': 'artifactType' }),
    };
    return new Response(JSON.stringify({ schemaVersion: 2, mediaType: headers['content-type'], manifests }), {
      headers,
    });
  }

  async #manifest(request: Request, repository: string, reference: string): Promise<Response> {
    if (!isTag(reference) && !isDigest(reference)) {
      return refuse(400, 'MANIFEST_INVALID', 'the reference is neither a tag nor a digest');
    }
    if (request.method === 'PUT') {
      return await this.#putManifest(request, repository, reference);
    }
    const manifest = this.#store.manifest(repository, reference);
    if (manifest === undefined) {
      return refuse(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    }
    const { digest, mediaType, bytes } = manifest;
    if (request.method === 'DELETE') {
      const facts = this.#facts(request, {
        action: 'delete',
        repository,
        tag: undefined,
        digest,
        mediaType,
        size: bytes.byteLength,
      });
      this.#store.delete(repository, reference, JSON.stringify(facts));
      this.#publishRaised();
      return new Response(null, { status: 202 });
    }
    const headers = {
      'docker-content-digest': digest,
      'content-type': mediaType,
      'content-length': String(bytes.byteLength),
    };
    return new Response(request.method === 'HEAD' ? null : new Uint8Array(bytes), { headers });
  }

  async #putManifest(request: Request, repository: string, reference: string): Promise<Response> {
    const bytes = new Uint8Array(await request.arrayBuffer());
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const body = parse(bytes);
    if (body === undefined || bytes.byteLength > MAX_MANIFEST_BYTES) {
      return refuse(400, 'MANIFEST_INVALID', 'the manifest is not JSON, or larger than 4 MiB');
    }
    if (isDigest(reference) && reference !== digest) {
      return refuse(400, 'DIGEST_INVALID', 'the digest does not match the content');
    }
    const missing = this.#missing(repository, body);
    if (missing !== undefined) {
      return refuse(404, 'MANIFEST_BLOB_UNKNOWN', `${missing} is unknown to the registry`);
    }
    const mediaType =
      request.headers.get('content-type') ?? body.mediaType ?? 'application/vnd.oci.image.manifest.v1+json';
    const tag = isDigest(reference) ? undefined : reference;
    const subject = body.subject?.digest;
    const at = this.#options.clock.now().toISOString();
    const facts = this.#facts(request, { action: 'push', repository, tag, digest, mediaType, size: bytes.byteLength });
    this.#store.putManifest(
      repository,
      { digest, mediaType, bytes, subject },
      { tag, event: JSON.stringify(facts), at },
    );
    this.#publishRaised();
    const headers = {
      location: `/v2/${repository}/manifests/${digest}`,
      'docker-content-digest': digest,
      ...(subject === undefined ? {} : { 'oci-subject': subject }),
    };
    return new Response(null, { status: 201, headers });
  }

  #missing(repository: string, { config, layers = [], manifests = [] }: ManifestBody): string | undefined {
    const blobs = [config?.digest, ...layers.map(({ digest }) => digest)].filter((digest) => digest !== undefined);
    const children = manifests.map(({ digest }) => digest).filter((digest) => digest !== undefined);
    return (
      blobs.find((digest) => this.#store.blob(repository, digest) === undefined) ??
      children.find((digest) => this.#store.manifest(repository, digest) === undefined)
    );
  }

  #facts(
    request: Request,
    facts: Pick<Parameters<typeof registryEvent>[0], 'action' | 'repository' | 'tag' | 'digest' | 'mediaType' | 'size'>,
  ): RaisedData {
    const { loginServer, location, clock, random } = this.#options;
    const userAgent = request.headers.get('user-agent') ?? '';
    return registryEvent({ ...facts, loginServer, location, userAgent }, clock, random);
  }

  /** Offers the raised events one after another; what was not taken is offered again with the next one or at start. */
  #publishRaised(): void {
    this.#publishing = this.#publishing.then(async () => {
      for (let raised = this.#store.raised(); raised.length > 0; raised = this.#store.raised()) {
        for (const { id, body } of raised) {
          await this.#options.publish(JSON.parse(body) as RaisedData);
          this.#store.taken(id);
        }
      }
    });
    this.#publishing = this.#publishing.catch(() => undefined);
  }
}

function decodedPath({ pathname }: URL): string | undefined {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
}

function scopeOf({ method }: Request, repository: string): string {
  const action = method === 'GET' || method === 'HEAD' ? 'pull' : method === 'DELETE' ? 'delete' : 'push';
  return `repository:${repository}:${action}`;
}

function parse(bytes: Uint8Array): ManifestBody | undefined {
  try {
    const body: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    const parsed = Manifest.safeParse(body);
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
