import { createHash } from 'node:crypto';

import { refuse } from './refuse.ts';
import type { RegistryStore } from './store.ts';

const DEFAULT_PAGE = 100;

/** What a registry lists: page by page with Link headers, each page with its ETag. */
export class Listings {
  readonly #store: RegistryStore;
  readonly #loginServer: string;

  constructor(store: RegistryStore, loginServer: string) {
    this.#store = store;
    this.#loginServer = loginServer;
  }

  repositories(request: Request, url: URL): Response {
    const { items, link } = pageOf(this.#store.repositories(), url, afterInOrder);
    return answer(request, { repositories: items }, link);
  }

  tags(request: Request, url: URL, repository: string): Response {
    if (!this.#store.hasRepository(repository)) {
      return unknown();
    }
    const { items, link } = pageOf(this.#store.tags(repository), url, afterInOrder);
    return answer(request, { name: repository, tags: items }, link);
  }

  /** ACR's own list, newest first unless `orderby=timeasc`: https://learn.microsoft.com/rest/api/containerregistry/tag/get-list */
  builds(request: Request, url: URL, repository: string): Response {
    if (!this.#store.hasRepository(repository)) {
      return unknown();
    }
    const newest = new Map(this.#store.builds(repository).map((build) => [build.name, build]));
    const ordered =
      url.searchParams.get('orderby') === 'timeasc' ? [...newest.keys()].toReversed() : [...newest.keys()];
    const { items, link } = pageOf(ordered, url, (names, last) => names.indexOf(last) + 1);
    const tags = items.flatMap((name) => attributesOf(newest.get(name)) ?? []);
    return answer(request, { registry: this.#loginServer, imageName: repository, tags }, link);
  }

  /** https://learn.microsoft.com/rest/api/containerregistry/tag/get-attributes */
  build(request: Request, repository: string, tag: string): Response {
    const build = attributesOf(this.#store.builds(repository).find(({ name }) => name === tag));
    return build === undefined
      ? refuse(404, 'TAG_UNKNOWN', 'the specified tag does not exist')
      : answer(request, { registry: this.#loginServer, imageName: repository, tag: build }, undefined);
  }
}

function attributesOf(build: ReturnType<RegistryStore['builds']>[number] | undefined): object | undefined {
  return build === undefined
    ? undefined
    : { name: build.name, digest: build.digest, createdTime: build.at, lastUpdateTime: build.at };
}

function unknown(): Response {
  return refuse(404, 'NAME_UNKNOWN', 'repository name not known to registry');
}

/** Where a list in order goes on after an entry that may be gone by now. */
function afterInOrder(names: readonly string[], last: string): number {
  const next = names.findIndex((name) => name > last);
  return next < 0 ? names.length : next;
}

/** The entries after `last`, `n` of them, and where the next page is. */
function pageOf(
  names: readonly string[],
  url: URL,
  after: (names: readonly string[], last: string) => number,
): { readonly items: readonly string[]; readonly link: string | undefined } {
  const last = url.searchParams.get('last');
  const from = last === null ? 0 : after(names, last);
  const size = Math.max(1, Number(url.searchParams.get('n') ?? DEFAULT_PAGE) || DEFAULT_PAGE);
  const items = names.slice(from, from + size);
  const end = items.at(-1);
  if (end === undefined || from + size >= names.length) {
    return { items, link: undefined };
  }
  const query = new URLSearchParams(url.searchParams);
  query.set('last', end);
  return { items, link: `<${url.pathname}?${query.toString()}>; rel="next"` };
}

/** 304 for whoever has the page already. */
function answer(request: Request, body: object, link: string | undefined): Response {
  const text = JSON.stringify(body);
  const etag = `"${createHash('sha256').update(text).digest('hex').slice(0, 32)}"`;
  const headers = { etag, 'content-type': 'application/json', ...(link === undefined ? {} : { link }) };
  return request.headers.get('if-none-match') === etag
    ? new Response(null, { status: 304, headers })
    : new Response(text, { headers });
}
