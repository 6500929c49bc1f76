import { sha256 } from '../../domain/digest.ts';
import { gitObjectId } from '../../domain/git-object.ts';
import { wordHashes } from '../../domain/image/words.ts';
import { ReflexError } from '../../errors.ts';
import type { BlobStore } from '../../ports/blob-store.ts';
import type { BranchHead, GitRepository, TreeEntry } from '../../ports/git-repository.ts';
import { BlobTexts } from './blob-texts.ts';
import { decodeIndex, encodeIndex, type BlobWords } from './index-file.ts';

/** Contents held at once while an index is made of queries. */
const CHUNK = 1000;
/** So many unknown blobs are worth the archive of a whole tree, which is one request, if that is no larger than this. */
const WORTH_ARCHIVE = 500;
const MAX_ARCHIVE_BYTES = 64 * 1024 * 1024;
/** So many new blobs are worth a new copy of the index in the store; losing fewer costs a query to read them again. */
const WORTH_SAVING = 50;

/** A branch of which an index is kept. */
export interface IndexedBranch {
  readonly repository: GitRepository;
  /** `github.com/contoso/shop-gitops#main` */
  readonly key: string;
}

/** Which blobs to read: those that hold one of these words, and `always`. */
export interface BlobQuery {
  /** The commit that holds them. */
  readonly commit: string;
  readonly oids: readonly string[];
  /** By `wordHash`. */
  readonly words: readonly number[];
  /** Blobs to read whatever their words are. */
  readonly always: ReadonlySet<string>;
}

interface Kept {
  words: BlobWords;
  unsaved: number;
  tree?: { readonly id: string; readonly entries: readonly TreeEntry[] };
}

/**
 * Which words stand in which blob, by object id, so that a look at a branch reads only the files that name an image.
 * An id never changes its content: what is known stays true, and a commit adds what it has changed. Kept in memory and
 * in the blob store; a cache and nothing more, so that a store that is down costs reads and no more.
 */
export class TreeIndex {
  readonly #blobs: BlobStore;
  readonly #texts = new BlobTexts();
  readonly #kept = new Map<string, Promise<Kept>>();

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  /** Every file, link and submodule of a tree; the last tree of each branch is remembered. */
  async tree({ repository, key }: IndexedBranch, { tree }: BranchHead): Promise<readonly TreeEntry[]> {
    const kept = await this.#open(key);
    if (kept.tree?.id !== tree) {
      kept.tree = { id: tree, entries: await repository.listTree(tree) };
    }
    return kept.tree.entries;
  }

  /** Texts of the blobs that a query asks for; `undefined` for what is not UTF-8. */
  async texts(
    { repository, key }: IndexedBranch,
    { commit, oids, words, always }: BlobQuery,
  ): Promise<ReadonlyMap<string, string | undefined>> {
    const kept = await this.#open(key);
    const unknown = [...new Set(oids)].filter((oid) => !kept.words.has(oid));
    const isArchive = unknown.length >= WORTH_ARCHIVE && bytesOf(kept) <= MAX_ARCHIVE_BYTES;
    const [size, source] = isArchive ? [unknown.length, commit] : [CHUNK, undefined];
    for (let start = 0; start < unknown.length; start += size) {
      for (const [oid, text] of await this.#texts.read(repository, unknown.slice(start, start + size), source)) {
        kept.words.set(oid, text === undefined ? undefined : wordHashes(text));
      }
    }
    kept.unsaved += unknown.length;
    await this.#save(key, kept, oids);
    const hits = oids.filter((oid) => always.has(oid) || holdsOne(kept.words.get(oid), words));
    return await this.#texts.read(repository, hits);
  }

  /** Takes in what we have just written, so that the next look need not read it back. */
  async keep(key: string, texts: readonly string[]): Promise<void> {
    const kept = await this.#open(key);
    for (const text of texts) {
      const oid = gitObjectId('blob', new TextEncoder().encode(text));
      kept.words.set(oid, wordHashes(text));
      this.#texts.keep(oid, text);
    }
  }

  async #open(key: string): Promise<Kept> {
    const opened = this.#kept.get(key) ?? this.#load(key);
    this.#kept.set(key, opened);
    try {
      return await opened;
    } catch (error) {
      this.#kept.delete(key);
      throw error;
    }
  }

  async #load(key: string): Promise<Kept> {
    const blob = await unlessDown(this.#blobs.get(nameOf(key)));
    const words: BlobWords = blob === undefined ? new Map<string, never>() : decodeIndex(blob.bytes);
    return { words, unsaved: 0 };
  }

  /** Keeps what this look covers and the tree holds; the rest is gone from the branch. */
  async #save(key: string, kept: Kept, oids: readonly string[]): Promise<void> {
    if (kept.unsaved < WORTH_SAVING) {
      return;
    }
    kept.unsaved = 0;
    const live = new Set([...oids, ...(kept.tree?.entries ?? []).map(({ oid }) => oid)]);
    kept.words = new Map([...kept.words].filter(([oid]) => live.has(oid)));
    await unlessDown(this.#blobs.put(nameOf(key), encodeIndex(kept.words), 'any'));
  }
}

/** Infinite where the host tells no sizes; submodules have none. */
function bytesOf({ tree }: Kept): number {
  const files = (tree?.entries ?? []).filter(({ mode }) => mode !== '160000');
  return files.reduce((sum, { size = Number.POSITIVE_INFINITY }) => sum + size, 0);
}

/** A blob that is no text is a hit: whoever asks has to hear of it. */
function holdsOne(held: Uint32Array | undefined, words: readonly number[]): boolean {
  return held === undefined || words.some((word) => isIn(held, word));
}

function isIn(ascending: Uint32Array, word: number): boolean {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) < word) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return ascending[low] === word;
}

function nameOf(key: string): string {
  return `tree-index/${sha256(key)}`;
}

async function unlessDown<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ReflexError && error.retryable) {
      return undefined;
    }
    throw error;
  }
}
