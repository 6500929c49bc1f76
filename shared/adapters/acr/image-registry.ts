import * as z from 'zod';

import { isDigest } from '../../domain/image/reference.ts';
import { NotFoundError, UpstreamError } from '../../errors.ts';
import type { ImageRegistry, ManifestFacts } from '../../ports/image-registry.ts';
import { manifestFacts } from '../manifest-facts.ts';
import { assertReference, assertRepository } from '../registry-names.ts';
import type { RegistryAnswer, RegistryHttp } from './registry-http.ts';
import { RegistrySession, type RegistrySessionOptions } from './registry-session.ts';

/** Without the index types a registry would answer a tag with one platform's manifest, and so with another digest. */
const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.artifact.manifest.v1+json',
].join(', ');

const PAGE = 1_000;
/** A million tags; a registry that never ends is not listed to its end. */
const MAX_PAGES = 1_000;

const tagsPage = z.object({ tags: z.array(z.string()).nullable().optional() });

export type AcrOptions = RegistrySessionOptions;

/** ImageRegistry on Azure Container Registry, and on any registry that keeps its tokens at `/oauth2/token`. */
export class AcrImageRegistry implements ImageRegistry {
  readonly #http: RegistryHttp;
  readonly #session: RegistrySession;

  constructor(options: AcrOptions) {
    this.#session = new RegistrySession(options);
    this.#http = this.#session.http;
  }

  async manifest(repository: string, reference: string): Promise<ManifestFacts | undefined> {
    assertRepository(repository);
    assertReference(reference);
    const operation = 'read manifest';
    const answer = await this.#get(operation, repository, `/v2/${repository}/manifests/${reference}`);
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
    const first = `/v2/${repository}/tags/list`;
    let path: string | undefined = `${first}?n=${PAGE}`;
    for (let page = 0; path !== undefined; page += 1) {
      if (page === MAX_PAGES) {
        throw new UpstreamError('list tags', 413);
      }
      const answer: RegistryAnswer = await this.#get('list tags', repository, path);
      yield* tagsOf(answer, repository);
      path = this.#nextPage(answer.headers.get('link'), first);
    }
  }

  /** The next page's path; only the same list on the same origin is followed. */
  #nextPage(link: string | null, list: string): string | undefined {
    const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(link ?? '')?.[1];
    if (target === undefined) {
      return undefined;
    }
    const url = URL.canParse(target, this.#http.origin) ? new URL(target, this.#http.origin) : undefined;
    if (url?.origin !== this.#http.origin || url.pathname !== list) {
      throw new UpstreamError('list tags', 502, { cause: new Error('the next page is somewhere else') });
    }
    return url.pathname + url.search;
  }

  async #get(operation: string, repository: string, path: string): Promise<RegistryAnswer> {
    return await this.#session.get(operation, repository, { path, headers: { accept: ACCEPT } });
  }
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

function tagsOf({ status, bytes }: RegistryAnswer, repository: string): readonly string[] {
  if (status === 404) {
    throw new NotFoundError(`repository ${repository} does not exist, or is hidden from us`);
  }
  if (status !== 200) {
    throw new UpstreamError('list tags', status);
  }
  try {
    return tagsPage.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))).tags ?? [];
  } catch (error) {
    throw new UpstreamError('list tags', 502, { cause: error });
  }
}
