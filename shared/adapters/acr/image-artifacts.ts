import { sha256 } from '../../domain/digest.ts';
import { isDigest } from '../../domain/image/reference.ts';
import { readIndex, referrersTag, type Descriptor } from '../../domain/trust/signature-manifests.ts';
import { UpstreamError } from '../../errors.ts';
import { TOO_LARGE, type ImageArtifacts, type Referrers } from '../../ports/image-artifacts.ts';
import { assertReference, assertRepository } from '../registry-names.ts';
import type { RegistryAnswer, RegistryRequest } from './registry-http.ts';
import { RegistrySession, type RegistrySessionOptions } from './registry-session.ts';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const ACCEPT = [
  'application/vnd.oci.image.manifest.v1+json',
  INDEX,
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

/** An image has a handful of signatures, SBOMs and attestations for each build; this is room for hundreds. */
const MAX_PAGES = 10;
const MAX_REFERRERS = 1_000;
/** The distribution specification's own bound for a manifest. */
const MAX_INDEX_BYTES = 4 * 1024 * 1024;

/**
 * Where Azure Container Registry keeps blobs: dedicated data endpoints, or storage accounts that it redirects to.
 * https://learn.microsoft.com/azure/container-registry/container-registry-dedicated-data-endpoints
 */
const DATA_HOST = /\.data\.azurecr\.(io|cn|us)$|\.blob\.core\.(windows\.net|chinacloudapi\.cn|usgovcloudapi\.net)$/;

/** ImageArtifacts on Azure Container Registry, and on any registry that keeps its tokens at `/oauth2/token`. */
export class AcrImageArtifacts implements ImageArtifacts {
  readonly #session: RegistrySession;

  constructor(options: RegistrySessionOptions) {
    this.#session = new RegistrySession(options);
  }

  async manifest(
    repository: string,
    reference: string,
    maxBytes: number,
  ): Promise<Uint8Array | typeof TOO_LARGE | undefined> {
    assertReference(reference);
    const path = `/v2/${repository}/manifests/${reference}`;
    const bytes = await this.#read('read manifest', repository, { path, headers: { accept: ACCEPT }, maxBytes });
    return assertDigest(bytes, isDigest(reference) ? reference : undefined);
  }

  async blob(
    repository: string,
    { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
    maxBytes: number,
  ): Promise<Uint8Array | typeof TOO_LARGE | undefined> {
    assertReference(digest);
    if (size > maxBytes) {
      return TOO_LARGE;
    }
    const path = `/v2/${repository}/blobs/${digest}`;
    const mayLeadTo = ({ protocol, hostname, origin }: URL): boolean =>
      origin === this.#session.http.origin || (protocol === 'https:' && DATA_HOST.test(hostname));
    return assertDigest(await this.#read('read blob', repository, { path, maxBytes, mayLeadTo }), digest);
  }

  async referrers(repository: string, digest: string): Promise<Referrers> {
    assertRepository(repository);
    assertReference(digest);
    const found: Descriptor[] = [];
    const seen = new Set<string>();
    let path: string | undefined = `/v2/${repository}/referrers/${digest}`;
    while (path !== undefined) {
      if (seen.has(path) || seen.size === MAX_PAGES || found.length > MAX_REFERRERS) {
        return { found: found.slice(0, MAX_REFERRERS), isComplete: false };
      }
      seen.add(path);
      const answer: RegistryAnswer = await this.#session.get('list referrers', repository, {
        path,
        headers: { accept: INDEX },
      });
      if (answer.status === 404 && seen.size === 1) {
        return await this.#taggedReferrers(repository, digest);
      }
      found.push(...indexOf(answer));
      path = nextPage(answer, this.#session.http.origin);
    }
    return { found, isComplete: found.length <= MAX_REFERRERS };
  }

  /** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#unavailable-referrers-api */
  async #taggedReferrers(repository: string, digest: string): Promise<Referrers> {
    const bytes = await this.manifest(repository, referrersTag(digest), MAX_INDEX_BYTES);
    const found = bytes === TOO_LARGE ? undefined : bytes === undefined ? [] : readIndex(bytes);
    return { found: found?.slice(0, MAX_REFERRERS) ?? [], isComplete: (found?.length ?? Infinity) <= MAX_REFERRERS };
  }

  async #read(
    operation: string,
    repository: string,
    request: RegistryRequest,
  ): Promise<Uint8Array | typeof TOO_LARGE | undefined> {
    assertRepository(repository);
    try {
      const { status, bytes } = await this.#session.get(operation, repository, request);
      if (status === 404) {
        return undefined;
      }
      if (status !== 200) {
        throw new UpstreamError(operation, status);
      }
      return bytes;
    } catch (error) {
      if (error instanceof UpstreamError && error.status === 413) {
        return TOO_LARGE;
      }
      throw error;
    }
  }
}

function indexOf({ status, bytes }: RegistryAnswer): readonly Descriptor[] {
  const descriptors = status === 200 ? readIndex(bytes) : undefined;
  if (descriptors === undefined) {
    throw new UpstreamError('list referrers', status === 200 ? 502 : status);
  }
  return descriptors;
}

/** The next page's path, on the same origin only. */
function nextPage({ headers }: RegistryAnswer, origin: string): string | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(headers.get('link') ?? '')?.[1];
  if (target === undefined) {
    return undefined;
  }
  const url = URL.parse(target, origin);
  if (url?.origin !== origin || !url.pathname.includes('/referrers/')) {
    throw new UpstreamError('list referrers', 502, { cause: new Error('the next page is somewhere else') });
  }
  return url.pathname + url.search;
}

/** @throws UpstreamError if the bytes are not those that the digest names. */
function assertDigest<Bytes extends Uint8Array | typeof TOO_LARGE | undefined>(
  bytes: Bytes,
  digest: string | undefined,
): Bytes {
  if (bytes instanceof Uint8Array && digest !== undefined && `sha256:${sha256(bytes)}` !== digest) {
    throw new UpstreamError('read by digest', 502, { cause: new Error('the bytes have another digest') });
  }
  return bytes;
}
