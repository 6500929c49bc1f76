import type { DeadMansSwitch } from '../../ports/dead-mans-switch.ts';
import { exchange, serviceUrl, type ServiceOptions } from './exchange.ts';

export interface WebhookSwitchOptions extends ServiceOptions {
  /** What the service wants; Healthchecks.io and Dead Man's Snitch take both. */
  readonly method?: 'GET' | 'POST';
}

/** A dead man's switch that is reset by asking for its address. */
export class WebhookSwitch implements DeadMansSwitch {
  readonly #options: WebhookSwitchOptions;
  readonly #url: URL;

  /** @throws InvalidSettingError unless the address is `https`, or `http` to this machine. */
  constructor(options: WebhookSwitchOptions) {
    this.#options = options;
    this.#url = serviceUrl(options);
  }

  async reset(): Promise<void> {
    const { name, method = 'GET' } = this.#options;
    await exchange(`reset ${name}`, this.#options, this.#url, { method, headers: { 'user-agent': 'aks-reflex' } });
  }
}
