import type { Page, PageFormat, Pager, PagerRequest } from '../../ports/pager.ts';
import { exchange, serviceUrl, type ServiceOptions } from './exchange.ts';

export interface WebhookPagerOptions extends ServiceOptions {
  readonly format: PageFormat;
}

/** A pager that is reached by POST: PagerDuty, Opsgenie or anybody's webhook, by its format. */
export class WebhookPager implements Pager {
  readonly #options: WebhookPagerOptions;
  readonly #url: URL;

  /** @throws InvalidSettingError unless the address is `https`, or `http` to this machine. */
  constructor(options: WebhookPagerOptions) {
    this.#options = options;
    this.#url = serviceUrl(options);
  }

  async page(page: Page): Promise<void> {
    await this.#post(`page ${this.#options.name}`, this.#options.format.page(page));
  }

  async resolve(key: string): Promise<void> {
    await this.#post(`resolve at ${this.#options.name}`, this.#options.format.resolve(key));
  }

  async #post(operation: string, { path, query, headers, body }: PagerRequest): Promise<void> {
    const url = new URL(this.#url);
    url.pathname = path === '' ? url.pathname : `${url.pathname.replace(/\/$/, '')}${path}`;
    for (const [name, value] of Object.entries(query)) {
      url.searchParams.set(name, value);
    }
    await exchange(operation, this.#options, url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'aks-reflex', ...headers },
      body: JSON.stringify(body),
    });
  }
}
