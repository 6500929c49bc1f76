import type * as z from 'zod';

import { parseResourceId } from '../domain/azure/resource-id.ts';
import { NotFoundError, RateLimitedError, UpstreamError, type ReflexError } from '../errors.ts';

export interface ArmReaderOptions {
  /** A Microsoft Entra token for `{endpoint}/.default`, fetched or cached by the caller. */
  readonly armToken: () => Promise<string>;
  readonly fetch?: (request: Request) => Promise<Response>;
  /** `https://management.azure.com` if absent; no slash at the end. */
  readonly endpoint?: string;
}

const TIMEOUT_MS = 10_000;
const UNTOLD_WAIT_MS = 10_000;
/** Lists that we read hold 50 origins or 100 node pools at most: a list that never ends is not read to its end. */
const MAX_PAGES = 10;

/** Reads from Azure Resource Manager: one origin, no redirects (the token goes nowhere else), bounded time, no retries. */
export class ArmReader {
  readonly #options: ArmReaderOptions;
  readonly #endpoint: string;

  constructor(options: ArmReaderOptions) {
    this.#options = options;
    this.#endpoint = new URL(options.endpoint ?? 'https://management.azure.com').origin;
  }

  /**
   * @param resource - ARM id of a resource, a group or a subscription. @param path - what follows it, `/providers/Microsoft.Insights/metrics`.
   * @throws NotFoundError if the id is none or is not there; RateLimitedError; UpstreamError, also for a body that is
   *   not of `shape`.
   */
  async get<Shape extends z.ZodType>(
    operation: string,
    { resource, path, query, shape }: ArmQuestion<Shape>,
  ): Promise<z.infer<Shape>> {
    if (parseResourceId(resource) === undefined) {
      throw new NotFoundError(`${operation}: ${resource} is no ARM id`);
    }
    const search = new URLSearchParams(query);
    return await this.#get(operation, new URL(`${resource}${path}?${search.toString()}`, this.#endpoint), shape);
  }

  /**
   * All pages of a collection.
   * @param isHistory - the newest items come first: those behind the pages that are read are left away.
   */
  async list<Item>(
    operation: string,
    question: ArmQuestion<
      z.ZodType<{ readonly value: readonly Item[]; readonly nextLink?: string | null | undefined }>
    >,
    isHistory = false,
  ): Promise<readonly Item[]> {
    let page = await this.get(operation, question);
    const items = [...page.value];
    for (let pages = 1; typeof page.nextLink === 'string' && page.nextLink !== ''; pages += 1) {
      if (pages === MAX_PAGES && isHistory) {
        break;
      }
      const next = URL.parse(page.nextLink);
      if (pages === MAX_PAGES || next?.origin !== this.#endpoint) {
        throw new UpstreamError(`${operation}: a list that does not end, or goes on elsewhere`, 502);
      }
      page = await this.#get(operation, next, question.shape);
      items.push(...page.value);
    }
    return items;
  }

  async #get<Shape extends z.ZodType>(operation: string, url: URL, shape: Shape): Promise<z.infer<Shape>> {
    let answer: Response;
    let body: unknown;
    try {
      const authorization = `Bearer ${await this.#options.armToken()}`;
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const { fetch = globalThis.fetch } = this.#options;
      answer = await fetch(new Request(url, { headers: { authorization }, redirect: 'manual', signal }));
      body = answer.status === 200 ? await answer.json() : undefined;
    } catch (error) {
      throw new UpstreamError(operation, 0, { cause: error });
    }
    const parsed = shape.safeParse(body);
    if (parsed.success) {
      return parsed.data;
    }
    throw refusalOf(operation, answer);
  }
}

export interface ArmQuestion<Shape> {
  readonly resource: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly shape: Shape;
}

/** What an answer without a body of the right shape comes to. */
export function refusalOf(operation: string, { status, headers }: Response): ReflexError {
  if (status === 404) {
    return new NotFoundError(`${operation}: not found`);
  }
  if (status === 429) {
    const seconds = Number(headers.get('retry-after'));
    return new RateLimitedError(operation, seconds > 0 ? seconds * 1000 : UNTOLD_WAIT_MS);
  }
  return new UpstreamError(operation, status === 200 ? 502 : status);
}
