import type { Json } from '../domain/json.ts';

export interface PageLink {
  readonly title: string;
  readonly url: string;
}

/**
 * What a person is told. Texts may hold parts of signals, so nobody trusts them: whoever sends a page takes control
 * characters out and cuts it to what the service takes.
 */
export interface Page {
  /** Names the problem: pages with one key are one alert until it is resolved. */
  readonly key: string;
  readonly severity: 'critical' | 'warning' | 'info';
  /** One line. */
  readonly title: string;
  readonly detail: string;
  /** What it is about, for people: a cluster, an origin group, a branch. */
  readonly target: string;
  /** When the problem was seen, ISO 8601. */
  readonly at: string;
  /** `http` or `https`; others are left out. */
  readonly links: readonly PageLink[];
  /** First thing to do, for somebody who was asleep a minute ago. */
  readonly whatToDo: string;
}

/** A service that wakes people. Both calls may be repeated: the key tells the service that it is the same alert. */
export interface Pager {
  /**
   * Resolves when the service has taken the page; whether a person has seen it is another matter.
   * @throws RateLimitedError, UpstreamError when it was not taken (`status` 0: it may have been).
   */
  page(page: Page): Promise<void>;
  /**
   * Ends the alert of this key; no harm if there is none.
   * @throws RateLimitedError, UpstreamError when it was not taken.
   */
  resolve(key: string): Promise<void>;
}

/** What one service is to be sent: a POST of JSON. */
export interface PagerRequest {
  /** Appended to the path of the service's address: '' or `/SEGMENT...`, percent-encoded. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** May hold the service's secret, as may `body`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
}

/** The words of one service. Pure. */
export interface PageFormat {
  page(page: Page): PagerRequest;
  resolve(key: string): PagerRequest;
}
