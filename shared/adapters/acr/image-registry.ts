import * as z from 'zod';

import { isDigest } from '../../domain/image/reference.ts';
import { NotFoundError, UpstreamError } from '../../errors.ts';
import type { ImageRegistry, ManifestFacts, PushedTag } from '../../ports/image-registry.ts';
import { manifestFacts } from '../manifest-facts.ts';
import { assertReference, assertRepository } from '../registry-names.ts';
import type { RegistryAnswer, RegistryHttp } from './registry-http.ts';
import { RegistrySession, type RegistrySessionOptions } from './registry-session.ts';
import { RegistryPages } from './registry-pages.ts';

/** Without the index types a registry would answer a tag with one platform's manifest, and so with another digest. */
const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.artifact.manifest.v1+json',
].join(', ');

const PAGE = 1_000;
/** https://learn.microsoft.com/rest/api/containerregistry/tag/get-list: no more are given at once. */
const BUILDS_PAGE = 100;

const tagsPage = z.object({ tags: z.array(z.string()).nullable().optional() });
const catalogPage = z.object({ repositories: z.array(z.string()).nullable().optional() });
const buildEntry = z.object({ name: z.string(), digest: z.string(), lastUpdateTime: z.string() });
const buildsPage = z.object({ tags: z.array(buildEntry).nullable().optional() });
const buildAnswer = z.object({ tag: buildEntry });

export type AcrOptions = RegistrySessionOptions;

/** ImageRegistry on Azure Container Registry, and on any registry that keeps its tokens at `/oauth2/token`. */
export class AcrImageRegistry implements ImageRegistry {
  readonly #http: RegistryHttp;
  readonly #session: RegistrySession;
  readonly #pages: RegistryPages;

  constructor(options: AcrOptions) {
    this.#session = new RegistrySession(options);
    this.#http = this.#session.http;
    this.#pages = new RegistryPages(this.#http.origin, (operation, purpose, request) =>
      this.#get(operation, purpose, request),
    );
  }

  async manifest(repository: string, reference: string): Promise<ManifestFacts | undefined> {
    assertRepository(repository);
    assertReference(reference);
    const operation = 'read manifest';
    const answer = await this.#get(operation, repository, { path: `/v2/${repository}/manifests/${reference}` });
    if (answer.status === 404) {
      return undefined;
    }
    if (answer.status !== 200) {
      throw new UpstreamError(operation, answer.status);
    }
    return trustedFacts(answer, reference);
  }

  async *tags(repository: string): AsyncGenerator<string> {
    assertRepository(repository);
    const list = { operation: 'list tags', purpose: repository, path: `/v2/${repository}/tags/list` };
    for await (const answer of this.#pages.of({ ...list, query: `n=${PAGE}` })) {
      yield* entriesOf(tagsPage, answer, list).tags ?? [];
    }
  }

  async *builds(repository: string): AsyncGenerator<PushedTag> {
    assertRepository(repository);
    const list = { operation: 'list builds', purpose: repository, path: `/acr/v1/${repository}/_tags` };
    for await (const answer of this.#pages.of({ ...list, query: `n=${BUILDS_PAGE}&orderby=timedesc` })) {
      const tags = entriesOf(buildsPage, answer, list).tags ?? [];
      yield* tags.map(pushedTag);
    }
  }

  /** https://learn.microsoft.com/rest/api/containerregistry/tag/get-attributes */
  async build(repository: string, tag: string): Promise<PushedTag | undefined> {
    assertRepository(repository);
    assertReference(tag);
    const asked = { operation: 'read build', purpose: repository };
    const answer = await this.#get(asked.operation, repository, { path: `/acr/v1/${repository}/_tags/${tag}` });
    return answer.status === 404 ? undefined : pushedTag(entriesOf(buildAnswer, answer, asked).tag);
  }

  async *repositories(): AsyncGenerator<string> {
    const list = { operation: 'list repositories', purpose: 'catalog', path: '/v2/_catalog' };
    for await (const answer of this.#pages.of({ ...list, query: `n=${PAGE}` })) {
      yield* entriesOf(catalogPage, answer, list).repositories ?? [];
    }
  }

  async #get(
    operation: string,
    scope: string,
    { path, etag }: { readonly path: string; readonly etag?: string },
  ): Promise<RegistryAnswer> {
    const asked = etag === undefined ? {} : { 'if-none-match': etag };
    return await this.#session.get(operation, scope, { path, headers: { accept: ACCEPT, ...asked } });
  }
}

function pushedTag({ name, digest, lastUpdateTime }: z.infer<typeof buildEntry>): PushedTag {
  return { name, digest, createdAt: lastUpdateTime };
}

/** @throws UpstreamError if the bytes are not what the registry, or the digest asked for, says they are. */
function trustedFacts({ headers, bytes }: RegistryAnswer, reference: string): ManifestFacts {
  const contentType = (headers.get('content-type') ?? '').split(';')[0]?.trim() ?? '';
  const operation = 'read manifest';
  let facts: ManifestFacts;
  try {
    facts = manifestFacts(bytes, contentType);
  } catch (error) {
    throw new UpstreamError(operation, 502, { cause: error });
  }
  const claimed = headers.get('docker-content-digest');
  if ((claimed !== null && claimed !== facts.digest) || (isDigest(reference) && reference !== facts.digest)) {
    throw new UpstreamError(operation, 502, { cause: new Error(`the bytes have digest ${facts.digest}`) });
  }
  return facts;
}

function entriesOf<T>(
  schema: z.ZodType<T>,
  { status, bytes }: RegistryAnswer,
  { operation, purpose }: { readonly operation: string; readonly purpose: string },
): T {
  if (status === 404) {
    throw new NotFoundError(`${operation} of ${purpose}: it does not exist, or is hidden from us`);
  }
  if (status !== 200) {
    throw new UpstreamError(operation, status);
  }
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    throw new UpstreamError(operation, 502, { cause: error });
  }
}
