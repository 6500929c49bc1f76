import { InvalidSettingError, RateLimitedError, UpstreamError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';

/** What one service is reached with. */
export interface ServiceOptions {
  /** For errors and logs: the address itself is often the secret. */
  readonly name: string;
  /** `https:`, or `http:` to this machine; no user name. */
  readonly url: string;
  readonly clock: Clock;
  readonly fetch?: typeof globalThis.fetch;
}

/** Services that take events answer in less than a second; a tick must not wait for one that is down. */
const ANSWER_WITHIN_MS = 10_000;
/** PagerDuty advises a few minutes (https://developer.pagerduty.com/docs/events-api-v2-overview#rate-limits). */
const UNTOLD_WAIT_MS = 120_000;

/**
 * The address of a service.
 * @throws InvalidSettingError without the address, which may be a secret.
 */
export function serviceUrl({ name, url }: ServiceOptions): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isSafe = parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && isLoopback(parsed.hostname));
  if (parsed === undefined || !isSafe || parsed.username !== '' || parsed.password !== '') {
    throw new InvalidSettingError(name, 'expected an https address without a user name, or http to this machine');
  }
  return parsed;
}

/** The URL parser has already made `127.0.0.1` of every other way to write it. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/**
 * One request; resolves when the service answered 2xx. Redirects are not followed: the secret goes nowhere else.
 * @throws RateLimitedError on 429; UpstreamError on every other answer, or none in time (`status` 0). Neither holds the
 *   address, a header or the body.
 */
export async function exchange(
  operation: string,
  { clock, fetch = globalThis.fetch }: ServiceOptions,
  url: URL,
  init: RequestInit,
): Promise<void> {
  const { status, headers, ok } = await answerOf(
    operation,
    clock,
    // Async, so that what `fetch` throws at once is a rejection like the others and the timer has its listener.
    async (signal) => await fetch(url, { ...init, redirect: 'manual', signal }),
  );
  if (status === 429) {
    throw new RateLimitedError(operation, waitMs(headers, clock));
  }
  if (!ok) {
    throw new UpstreamError(operation, status);
  }
}

async function answerOf(
  operation: string,
  clock: Clock,
  send: (signal: AbortSignal) => Promise<Response>,
): Promise<Response> {
  const request = new AbortController();
  const timer = new AbortController();
  const timeout = clock.sleep(ANSWER_WITHIN_MS, timer.signal).then((): never => {
    throw new DOMException('no answer in time', 'TimeoutError');
  });
  try {
    return await Promise.race([send(request.signal), timeout]);
  } catch (error) {
    throw new UpstreamError(operation, 0, { cause: new Error(codeOf(error)) });
  } finally {
    timer.abort();
    // The status said all: the rest of a body is neither awaited nor kept.
    request.abort();
  }
}

/** Messages of `fetch` quote addresses and header values; codes and names do not. */
function codeOf(error: unknown): string {
  const { code, name, cause } = error as { code?: unknown; name?: unknown; cause?: { code?: unknown } };
  const found = [cause?.code, code, name].find((one) => typeof one === 'string' && /^\w{1,40}$/.test(one));
  return typeof found === 'string' ? found : 'unknown';
}

/** `Retry-After` in seconds or as a date; RFC 9110 section 10.2.3. */
function waitMs(headers: Headers, clock: Clock): number {
  const text = headers.get('retry-after') ?? '';
  if (/^\d{1,9}$/.test(text)) {
    return Number(text) * 1_000;
  }
  const date = Date.parse(text);
  return Number.isNaN(date) ? UNTOLD_WAIT_MS : Math.max(0, date - clock.now().getTime());
}
