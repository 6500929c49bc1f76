import { NotFoundError } from '../../errors.ts';
import type { ImageRegistry, ManifestFacts } from '../../ports/image-registry.ts';
import { manifestFacts } from '../manifest-facts.ts';
import { assertReference, assertRepository } from '../registry-names.ts';

interface Repository {
  readonly manifests: Map<string, ManifestFacts>;
  readonly tags: Map<string, string>;
}

/** ImageRegistry in memory; tags are listed in lexical order, as the distribution specification asks. */
export class InMemoryImageRegistry implements ImageRegistry {
  readonly #repositories = new Map<string, Repository>();

  async manifest(repository: string, reference: string): Promise<ManifestFacts | undefined> {
    await Promise.resolve();
    assertRepository(repository);
    assertReference(reference);
    const found = this.#repositories.get(repository);
    return found?.manifests.get(found.tags.get(reference) ?? reference);
  }

  async *tags(repository: string): AsyncGenerator<string> {
    await Promise.resolve();
    assertRepository(repository);
    const found = this.#repositories.get(repository);
    if (found === undefined) {
      throw new NotFoundError(`repository ${repository} does not exist`);
    }
    yield* [...found.tags.keys()].sort();
  }

  /** Pushes a manifest, as an OCI client would. @returns its digest. */
  push(
    repository: string,
    manifest: { readonly bytes: Uint8Array; readonly mediaType: string; readonly tag?: string },
  ): string {
    const facts = manifestFacts(manifest.bytes, manifest.mediaType);
    const stored = this.#repositories.get(repository) ?? { manifests: new Map(), tags: new Map() };
    stored.manifests.set(facts.digest, facts);
    if (manifest.tag !== undefined) {
      stored.tags.set(manifest.tag, facts.digest);
    }
    this.#repositories.set(repository, stored);
    return facts.digest;
  }
}
