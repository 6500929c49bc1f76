import { NotFoundError } from '../../errors.ts';
import type { ImageRegistry, ManifestFacts, PushedTag } from '../../ports/image-registry.ts';
import { manifestFacts } from '../manifest-facts.ts';
import { assertReference, assertRepository } from '../registry-names.ts';

interface Repository {
  readonly manifests: Map<string, ManifestFacts>;
  readonly tags: Map<string, string>;
  /** When each tag was pushed last, in seconds of a clock of our own. */
  readonly pushed: Map<string, number>;
}

/** ImageRegistry in memory; tags are listed in lexical order, as the distribution specification asks. */
export class InMemoryImageRegistry implements ImageRegistry {
  readonly #repositories = new Map<string, Repository>();
  #pushes = 0;

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

  async *builds(repository: string): AsyncGenerator<PushedTag> {
    await Promise.resolve();
    assertRepository(repository);
    const found = this.#repositories.get(repository);
    if (found === undefined) {
      throw new NotFoundError(`repository ${repository} does not exist`);
    }
    const pushed = [...found.pushed].toSorted(([, a], [, b]) => b - a);
    yield* pushed.map(([name, second]) => pushedTag(found, name, second));
  }

  async build(repository: string, tag: string): Promise<PushedTag | undefined> {
    await Promise.resolve();
    assertRepository(repository);
    assertReference(tag);
    const found = this.#repositories.get(repository);
    const second = found?.pushed.get(tag);
    return found === undefined || second === undefined ? undefined : pushedTag(found, tag, second);
  }

  async *repositories(): AsyncGenerator<string> {
    await Promise.resolve();
    yield* [...this.#repositories.keys()].sort();
  }

  /** Pushes a manifest, as an OCI client would. @returns its digest. */
  push(
    repository: string,
    manifest: { readonly bytes: Uint8Array; readonly mediaType: string; readonly tag?: string },
  ): string {
    const facts = manifestFacts(manifest.bytes, manifest.mediaType);
    const stored = this.#repositories.get(repository) ?? { manifests: new Map(), tags: new Map(), pushed: new Map() };
    stored.manifests.set(facts.digest, facts);
    if (manifest.tag !== undefined) {
      this.#pushes += 1;
      stored.tags.set(manifest.tag, facts.digest);
      stored.pushed.set(manifest.tag, this.#pushes);
    }
    this.#repositories.set(repository, stored);
    return facts.digest;
  }
}

function pushedTag({ tags }: Repository, name: string, second: number): PushedTag {
  return { name, digest: tags.get(name) ?? '', createdAt: new Date(second * 1000).toISOString() };
}
