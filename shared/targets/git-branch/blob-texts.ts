import type { GitRepository } from '../../ports/git-repository.ts';

/** Bytes of file text kept in memory; a fleet's manifests are a few kB each. */
const MAX_CACHED_CHARS = 64 * 1024 * 1024;

/**
 * File texts by blob id, kept across looks: an id never changes its content, so a warm look reads only what a commit
 * has changed. A cache and nothing more: losing it costs reads.
 */
export class BlobTexts {
  readonly #texts = new Map<string, string | undefined>();
  #chars = 0;

  /**
   * @param commit - as for `readBlobs`.
   * @returns texts by id; `undefined` for what is not UTF-8.
   */
  async read(
    repository: GitRepository,
    oids: readonly string[],
    commit?: string,
  ): Promise<ReadonlyMap<string, string | undefined>> {
    const missing = [...new Set(oids)].filter((oid) => !this.#texts.has(oid));
    const found = new Map<string, string | undefined>();
    if (missing.length > 0) {
      for (const [oid, bytes] of await repository.readBlobs(missing, commit)) {
        found.set(oid, decode(bytes));
      }
    }
    for (const oid of oids) {
      if (this.#texts.has(oid)) {
        found.set(oid, this.#texts.get(oid));
      }
    }
    for (const oid of missing) {
      this.keep(oid, found.get(oid));
    }
    return found;
  }

  /** Remembers a text that is known without a read. */
  keep(oid: string, text: string | undefined): void {
    if (this.#texts.has(oid)) {
      return;
    }
    this.#texts.set(oid, text);
    this.#chars += text?.length ?? 0;
    for (const [oldest, old] of this.#texts) {
      if (this.#chars <= MAX_CACHED_CHARS) {
        return;
      }
      this.#texts.delete(oldest);
      this.#chars -= old?.length ?? 0;
    }
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
