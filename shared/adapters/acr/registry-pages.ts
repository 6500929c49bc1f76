import { UpstreamError } from '../../errors.ts';
import type { RegistryAnswer } from './registry-http.ts';

/** One GET on the registry's origin, with whatever authorization it asks for. */
export type RegistryGet = (
  operation: string,
  purpose: string,
  request: { readonly path: string; readonly etag?: string },
) => Promise<RegistryAnswer>;

export interface RegistryList {
  readonly operation: string;
  /** What is read, for the token's scope: a repository, or `catalog`. */
  readonly purpose: string;
  /** Path without query; a next page must have the same. */
  readonly path: string;
  readonly query: string;
}

/** A million entries; a registry that never ends is not listed to its end. */
const MAX_PAGES = 1_000;
/** Pages kept for registries that offer ETags: some hundred thousand tags. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;

/** Lists of a registry, page by page by their Link headers (RFC 8288), each page asked for anew only if it changed. */
export class RegistryPages {
  readonly #get: RegistryGet;
  readonly #origin: string;
  readonly #kept = new Map<string, { readonly etag: string; readonly answer: RegistryAnswer }>();
  #keptBytes = 0;

  constructor(origin: string, get: RegistryGet) {
    this.#origin = origin;
    this.#get = get;
  }

  /** @throws UpstreamError for a list without end, or one that goes on somewhere else. */
  async *of(list: RegistryList): AsyncGenerator<RegistryAnswer> {
    let path: string | undefined = `${list.path}?${list.query}`;
    for (let page = 0; path !== undefined; page += 1) {
      if (page === MAX_PAGES) {
        throw new UpstreamError(list.operation, 413);
      }
      const answer: RegistryAnswer = await this.#page(list, path);
      yield answer;
      path = this.#nextPage(answer.headers.get('link'), list);
    }
  }

  async #page({ operation, purpose }: RegistryList, path: string): Promise<RegistryAnswer> {
    const kept = this.#kept.get(path);
    const answer = await this.#get(operation, purpose, { path, ...(kept === undefined ? {} : { etag: kept.etag }) });
    if (answer.status === 304) {
      if (kept === undefined) {
        throw new UpstreamError(operation, 502, { cause: new Error('304 for a page that was not asked for by ETag') });
      }
      return kept.answer;
    }
    this.#forget(path);
    const etag = answer.headers.get('etag');
    if (answer.status === 200 && etag !== null) {
      this.#keep(path, { etag, answer });
    }
    return answer;
  }

  #keep(path: string, page: { readonly etag: string; readonly answer: RegistryAnswer }): void {
    this.#kept.set(path, page);
    this.#keptBytes += page.answer.bytes.byteLength;
    for (const oldest of this.#kept.keys()) {
      if (this.#keptBytes <= MAX_KEPT_BYTES) {
        return;
      }
      this.#forget(oldest);
    }
  }

  #forget(path: string): void {
    this.#keptBytes -= this.#kept.get(path)?.answer.bytes.byteLength ?? 0;
    this.#kept.delete(path);
  }

  /** The next page's path; only the same list on the same origin is followed. */
  #nextPage(link: string | null, { operation, path }: RegistryList): string | undefined {
    const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(link ?? '')?.[1];
    if (target === undefined) {
      return undefined;
    }
    const url = URL.canParse(target, this.#origin) ? new URL(target, this.#origin) : undefined;
    if (url?.origin !== this.#origin || url.pathname !== path) {
      throw new UpstreamError(operation, 502, { cause: new Error('the next page is somewhere else') });
    }
    return url.pathname + url.search;
  }
}
