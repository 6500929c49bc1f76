import { sha256 } from '../../domain/digest.ts';
import { readIndex, referrersTag, type Descriptor } from '../../domain/trust/signature-manifests.ts';
import { TOO_LARGE, type ImageArtifacts, type Referrers } from '../../ports/image-artifacts.ts';
import { assertReference, assertRepository } from '../registry-names.ts';

/** ImageArtifacts in memory: manifests, blobs and what refers to what, put there by hand. */
export class InMemoryImageArtifacts implements ImageArtifacts {
  readonly #bytes = new Map<string, Uint8Array>();
  readonly #referrers = new Map<string, Descriptor[]>();

  async manifest(
    repository: string,
    reference: string,
    maxBytes: number,
  ): Promise<Uint8Array | typeof TOO_LARGE | undefined> {
    await Promise.resolve();
    assertRepository(repository);
    assertReference(reference);
    return bounded(this.#bytes.get(`${repository}:${reference}`), maxBytes);
  }

  async blob(
    repository: string,
    { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
    maxBytes: number,
  ): Promise<Uint8Array | typeof TOO_LARGE | undefined> {
    await Promise.resolve();
    assertRepository(repository);
    return size > maxBytes ? TOO_LARGE : bounded(this.#bytes.get(`${repository}:${digest}`), maxBytes);
  }

  async referrers(repository: string, digest: string): Promise<Referrers> {
    await Promise.resolve();
    const tagged = this.#bytes.get(`${repository}:${referrersTag(digest)}`);
    const listed = tagged === undefined ? [] : (readIndex(tagged) ?? []);
    return { found: [...(this.#referrers.get(`${repository}@${digest}`) ?? []), ...listed], isComplete: true };
  }

  /** Stores bytes under their digest, and under a tag if one is given. @returns the digest. */
  put(repository: string, bytes: Uint8Array, tag?: string): string {
    const digest = `sha256:${sha256(bytes)}`;
    for (const reference of [digest, ...(tag === undefined ? [] : [tag])]) {
      this.#bytes.set(`${repository}:${reference}`, bytes);
    }
    return digest;
  }

  /** Says that something refers to `digest`. */
  refer(repository: string, digest: string, referrer: Descriptor): void {
    const key = `${repository}@${digest}`;
    this.#referrers.set(key, [...(this.#referrers.get(key) ?? []), referrer]);
  }
}

function bounded(bytes: Uint8Array | undefined, maxBytes: number): Uint8Array | typeof TOO_LARGE | undefined {
  return bytes !== undefined && bytes.length > maxBytes ? TOO_LARGE : bytes;
}
