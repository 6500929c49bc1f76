import { selectTag, type TagCandidate, type TagPolicy } from '../../domain/image/policy.ts';
import { isTag } from '../../domain/image/reference.ts';
import { UpstreamError } from '../../errors.ts';
import type { ImageRegistry } from '../../ports/image-registry.ts';

/** Tags read per repository; a list that goes on is an error, never a shorter list. */
const MAX_TAGS = 500_000;
/** Builds read before the list is asked for more; what was pushed at one moment lies within one such piece. */
const BUILDS_AT_ONCE = 200;

/** The tags that the policies of one repository choose from, read once for all of them. */
export class Candidates {
  readonly #registry: ImageRegistry;
  readonly #repository: string;
  readonly #confirmed: readonly TagCandidate[];
  #read = 0;
  #tags: Promise<readonly TagCandidate[]> | undefined;

  /** @param confirmed - tags that the registry shows but that its list may not hold yet. */
  constructor(registry: ImageRegistry, repository: string, confirmed: readonly TagCandidate[]) {
    this.#registry = registry;
    this.#repository = repository;
    this.#confirmed = confirmed;
  }

  /** How many tags were read; of builds, those that were needed. */
  get read(): number {
    return this.#read;
  }

  /**
   * @param standing - tags that stand in Git: a list that has lost one must not lead behind it.
   * @throws UpstreamError also where the list broke off.
   */
  async for(policy: TagPolicy, standing: readonly string[]): Promise<readonly TagCandidate[]> {
    if (policy.kind === 'newest-build') {
      return await this.#withUnlisted(await this.#newest(policy), standing);
    }
    this.#tags ??= this.#all();
    return await this.#tags;
  }

  async #all(): Promise<readonly TagCandidate[]> {
    const listed = new Set<string>();
    for await (const name of this.#registry.tags(this.#repository)) {
      if (listed.add(name).size > MAX_TAGS) {
        throw new UpstreamError(`list tags of ${this.#repository}: more than ${MAX_TAGS}`, 507);
      }
    }
    this.#read = listed.size;
    return [...[...listed].map((name) => ({ name })), ...this.#confirmed.filter(({ name }) => !listed.has(name))];
  }

  /** Only a time ranks a build, so the registry is asked for that of each tag which the list does not show. */
  async #withUnlisted(builds: readonly TagCandidate[], standing: readonly string[]): Promise<readonly TagCandidate[]> {
    const listed = new Set(builds.map(({ name }) => name));
    // What somebody has typed into Git may be no tag at all, and no registry has it then.
    const names = [...this.#confirmed.map(({ name }) => name), ...standing.filter(isTag)].filter(
      (name) => !listed.has(name),
    );
    const found = await Promise.all(
      [...new Set(names)].map(async (name) => await this.#registry.build(this.#repository, name)),
    );
    return [...builds, ...found.filter((build) => build !== undefined)];
  }

  /** Newest first, no further than the first piece that holds a tag that the policy takes. */
  async #newest(policy: TagPolicy): Promise<readonly TagCandidate[]> {
    const builds: TagCandidate[] = [];
    for await (const build of this.#registry.builds(this.#repository)) {
      builds.push(build);
      this.#read = builds.length;
      const isPiece = builds.length % BUILDS_AT_ONCE === 0;
      if (isPiece && selectTag(policy, builds).outcome === 'chosen') {
        return builds;
      }
      if (builds.length > MAX_TAGS) {
        throw new UpstreamError(`list builds of ${this.#repository}: more than ${MAX_TAGS}`, 507);
      }
    }
    return builds;
  }
}
