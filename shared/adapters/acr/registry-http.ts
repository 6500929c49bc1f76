import { RateLimitedError, UpstreamError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';

/** The distribution specification's own bound for a manifest: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 10_000;
const UNTOLD_WAIT_MS = 1_000;

export interface RegistryRequest {
  /** Path and query on the registry's origin. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes it a POST of a form. */
  readonly form?: Readonly<Record<string, string>>;
  /** Bytes of a body at most, if fewer than a manifest may have. */
  readonly maxBytes?: number;
  /** Addresses that one redirect may lead to: it takes none of our headers along. None if absent. */
  readonly mayLeadTo?: (url: URL) => boolean;
}

export interface RegistryAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

export interface RegistryHttpOptions {
  /** Login server, `contoso.azurecr.io`. */
  readonly host: string;
  /** Where it is reached, if not at `https://{host}`. */
  readonly endpoint?: string;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly clock: Clock;
}

/** HTTP to one registry: one origin, no redirects (a credential goes nowhere else), bounded time and size. */
export class RegistryHttp {
  readonly host: string;
  readonly origin: string;
  readonly #fetch: (request: Request) => Promise<Response>;
  readonly #clock: Clock;

  constructor({ host, endpoint = `https://${host}`, fetch, clock }: RegistryHttpOptions) {
    this.host = host;
    this.origin = new URL(endpoint).origin;
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /**
   * @throws RateLimitedError on 429; UpstreamError on 5xx, a redirect, an answer that is too large, or none (`status` 0).
   */
  async send(operation: string, asked: RegistryRequest): Promise<RegistryAnswer> {
    const { path, headers, form, maxBytes = MAX_BODY_BYTES } = asked;
    const request = new Request(new URL(path, this.origin), {
      redirect: 'manual',
      headers: headers ?? {},
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    const first = await this.#exchange(operation, request, maxBytes);
    const elsewhere = redirectOf(first.response, asked);
    const { response, bytes } =
      elsewhere === undefined ? first : await this.#exchange(operation, plainGet(elsewhere), maxBytes);
    const { status } = response;
    if (status === 429) {
      throw new RateLimitedError(operation, waitMs(response.headers, this.#clock));
    }
    if (status >= 500 || (status >= 300 && status < 400 && status !== 304)) {
      throw new UpstreamError(operation, status);
    }
    return { status, headers: response.headers, bytes };
  }

  async #exchange(
    operation: string,
    request: Request,
    maxBytes: number,
  ): Promise<{ response: Response; bytes: Uint8Array }> {
    let tooLarge = false;
    try {
      const response = await this.#fetch(request);
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        size += chunk.length;
        tooLarge = size > maxBytes;
        if (tooLarge) {
          break;
        }
        chunks.push(chunk);
      }
      if (!tooLarge) {
        return { response, bytes: new Uint8Array(Buffer.concat(chunks)) };
      }
    } catch (error) {
      throw new UpstreamError(operation, 0, { cause: error });
    }
    throw new UpstreamError(operation, 413);
  }
}

function redirectOf({ status, headers }: Response, { mayLeadTo }: RegistryRequest): URL | undefined {
  const target = status >= 300 && status < 400 ? URL.parse(headers.get('location') ?? '') : null;
  return target !== null && mayLeadTo?.(target) === true ? target : undefined;
}

function plainGet(url: URL): Request {
  return new Request(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
}

/** `Retry-After` in seconds or as a date; RFC 9110 section 10.2.3. */
function waitMs(headers: Headers, clock: Clock): number {
  const text = headers.get('retry-after') ?? '';
  if (/^\d+$/.test(text)) {
    return Number(text) * 1000;
  }
  const date = Date.parse(text);
  return Number.isNaN(date) ? UNTOLD_WAIT_MS : Math.max(0, date - clock.now().getTime());
}
