import type { ImageRegistry, ManifestFacts, PushedTag } from '../../ports/image-registry.ts';

const TAGS_PAGE = 1_000;
const BUILDS_PAGE = 100;

/** Counts what a sweep asks registries for, in requests: one for each manifest and for each page of a list begun. */
export class Budget {
  readonly limit: number;
  spent = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get isSpent(): boolean {
    return this.spent >= this.limit;
  }
}

/** A registry whose requests are counted. */
export class CountedRegistry implements ImageRegistry {
  readonly #registry: ImageRegistry;
  readonly #budget: Budget;

  constructor(registry: ImageRegistry, budget: Budget) {
    this.#registry = registry;
    this.#budget = budget;
  }

  async manifest(repository: string, reference: string): Promise<ManifestFacts | undefined> {
    this.#budget.spent += 1;
    return await this.#registry.manifest(repository, reference);
  }

  tags(repository: string): AsyncIterable<string> {
    return this.#counted(this.#registry.tags(repository), TAGS_PAGE);
  }

  builds(repository: string): AsyncIterable<PushedTag> {
    return this.#counted(this.#registry.builds(repository), BUILDS_PAGE);
  }

  async build(repository: string, tag: string): Promise<PushedTag | undefined> {
    this.#budget.spent += 1;
    return await this.#registry.build(repository, tag);
  }

  repositories(): AsyncIterable<string> {
    return this.#counted(this.#registry.repositories(), TAGS_PAGE);
  }

  async *#counted<T>(entries: AsyncIterable<T>, page: number): AsyncGenerator<T> {
    let seen = 0;
    this.#budget.spent += 1;
    for await (const entry of entries) {
      if (seen > 0 && seen % page === 0) {
        this.#budget.spent += 1;
      }
      seen += 1;
      yield entry;
    }
  }
}
