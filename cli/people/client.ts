import * as z from 'zod';

import { namesIn, personText, type Names } from './people-names.ts';

/** Longest wait for one answer. */
const PATIENCE_MS = 30_000;
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

const Problem = z.object({ code: z.string(), detail: z.string(), reason: z.string().optional() });

/** The API said no; `code` and `reason` are stable. */
export class ApiRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.name = 'ApiRefusal';
    this.status = status;
    this.code = code;
  }
}

/** There is no way to the API: no address, no token, no answer. */
export class NoConnection extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NoConnection';
  }
}

interface Sent {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One person's calls of the HTTP API. */
export class PeopleClient {
  readonly #base: URL;
  readonly #token: string;
  readonly #fetch: typeof globalThis.fetch;
  readonly #names: Names;

  /**
   * @param url - of the function app, without `/api`.
   * @param names - of people who are known beside the one who calls.
   * @throws NoConnection if the token would travel in the clear.
   */
  constructor(url: string, token: string, fetch: typeof globalThis.fetch, names: Names = new Map()) {
    this.#base = new URL('api/v1/', url.endsWith('/') ? url : `${url}/`);
    if (this.#base.protocol !== 'https:' && !LOOPBACK.includes(this.#base.hostname)) {
      throw new NoConnection(`${url}: a token is sent by https only`);
    }
    this.#token = token;
    this.#fetch = fetch;
    this.#names = new Map([...namesIn(token), ...names]);
  }

  /** A person of whom the API tells, for a list. */
  readonly who = (id: string): string => personText(id, this.#names);

  /** @throws ApiRefusal, NoConnection */
  async get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return read(await this.text(path), schema);
  }

  /** @throws ApiRefusal, NoConnection */
  async send<T>(
    method: 'POST' | 'PUT',
    path: string,
    {
      body,
      schema,
      headers = {},
    }: { readonly body: object; readonly schema: z.ZodType<T>; readonly headers?: Sent['headers'] },
  ): Promise<T> {
    const init = { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } };
    return read(await this.#ask(path, init), schema);
  }

  /** @throws ApiRefusal, NoConnection */
  async text(path: string): Promise<string> {
    return await this.#ask(path, { method: 'GET', headers: {} });
  }

  async #ask(path: string, init: Sent): Promise<string> {
    const url = new URL(path, this.#base);
    const headers = { authorization: `Bearer ${this.#token}`, ...init.headers };
    let status: number;
    let text: string;
    try {
      // A redirect would carry the token somewhere else.
      const asked = { ...init, headers, redirect: 'error' as const, signal: AbortSignal.timeout(PATIENCE_MS) };
      const answer = await this.#fetch(url, asked);
      status = answer.status;
      text = await answer.text();
    } catch (error) {
      throw new NoConnection(`no answer from ${this.#base.origin}`, { cause: error });
    }
    if (status >= 200 && status < 300) {
      return text;
    }
    throw refusalOf(status, text);
  }
}

function read<T>(text: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new NoConnection('the answer is none of this API: is --url the function app?', { cause: parsed.error });
  }
  return parsed.data;
}

function refusalOf(status: number, text: string): ApiRefusal {
  const { data } = Problem.safeParse(parseJson(text));
  return data === undefined
    ? new ApiRefusal(status, `HTTP ${status}`, 'the answer is none of this API')
    : new ApiRefusal(status, data.code, data.detail);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
