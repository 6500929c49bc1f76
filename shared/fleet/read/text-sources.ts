import { matchesGlob } from '../../domain/glob.ts';
import type { BlobStore } from '../../ports/blob-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GitRepository, TreeEntry } from '../../ports/git-repository.ts';
import type { SourceText, TextSource } from '../../ports/text-source.ts';

/** Fleet files in a blob container. */
export class BlobTextSource implements TextSource {
  readonly #store: BlobStore;

  constructor(store: BlobStore) {
    this.#store = store;
  }

  async read(path: string): Promise<SourceText | undefined> {
    const blob = await this.#store.get(path);
    return blob === undefined ? undefined : { text: new TextDecoder().decode(blob.bytes), version: blob.etag };
  }

  async list(glob: string): Promise<readonly string[]> {
    const fixed = glob.slice(0, Math.max(glob.search(/[*?]/), 0));
    return (await this.#store.list(fixed)).filter((name) => matchesGlob(name, glob));
  }
}

interface Tree {
  readonly commit: string;
  readonly entries: readonly TreeEntry[];
}

/**
 * Fleet files at a branch head. The head is asked for at most once in `freshMs`, so that the many files of one load
 * cost one request and come from one commit.
 */
export class RepositoryTextSource implements TextSource {
  readonly #repository: GitRepository;
  readonly #branch: string;
  readonly #clock: Clock;
  readonly #freshMs: number;
  readonly #texts = new Map<string, string>();
  #tree: { readonly askedAt: number; readonly found: Promise<Tree> } | undefined;

  constructor(
    repository: GitRepository,
    branch: string,
    { clock, freshMs }: { readonly clock: Clock; readonly freshMs: number },
  ) {
    this.#repository = repository;
    this.#branch = branch;
    this.#clock = clock;
    this.#freshMs = freshMs;
  }

  async read(path: string): Promise<SourceText | undefined> {
    const { entries } = await this.#currentTree();
    const entry = entries.find((each) => each.path === path && each.mode.startsWith('100'));
    return entry === undefined ? undefined : { text: await this.#text(entry.oid), version: entry.oid };
  }

  async list(glob: string): Promise<readonly string[]> {
    const { entries } = await this.#currentTree();
    return entries
      .filter(({ path, mode }) => mode.startsWith('100') && matchesGlob(path, glob))
      .map(({ path }) => path)
      .sort();
  }

  async #text(oid: string): Promise<string> {
    const known = this.#texts.get(oid);
    if (known !== undefined) {
      return known;
    }
    const bytes = (await this.#repository.readBlobs([oid])).get(oid) ?? new Uint8Array();
    const text = new TextDecoder().decode(bytes);
    this.#texts.set(oid, text);
    return text;
  }

  async #currentTree(): Promise<Tree> {
    const now = this.#clock.now().getTime();
    if (this.#tree === undefined || now - this.#tree.askedAt >= this.#freshMs) {
      const found = this.#look(this.#tree?.found);
      this.#tree = { askedAt: now, found };
      // A failed look is not remembered: the next reader asks again.
      found.catch(() => (this.#tree = undefined));
    }
    return await this.#tree.found;
  }

  async #look(before: Promise<Tree> | undefined): Promise<Tree> {
    const { commit, tree } = await this.#repository.head(this.#branch);
    const known = await before?.catch(() => undefined);
    if (known?.commit === commit) {
      return known;
    }
    // Only texts that are still in the tree are worth their memory.
    const entries = await this.#repository.listTree(tree);
    const oids = new Set(entries.map(({ oid }) => oid));
    for (const oid of this.#texts.keys()) {
      if (!oids.has(oid)) {
        this.#texts.delete(oid);
      }
    }
    return { commit, entries };
  }
}
