import { RateLimitedError, UpstreamError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { TokenKey, TokenKeys } from '../../ports/token-keys.ts';

export interface PublishedKeysOptions {
  /** `https://login.microsoftonline.com`, without a slash at the end. */
  readonly authority: string;
  readonly tenantId: string;
  readonly clock: Clock;
  readonly fetch?: typeof globalThis.fetch;
}

/** https://learn.microsoft.com/entra/identity-platform/signing-key-rollover: check for new keys every 24 hours. */
const FRESH_MS = 24 * 3_600_000;
/**
 * Least time between two questions: tokens with made-up key ids must not make us a client that never stops asking. It is
 * what jose's `createRemoteJWKSet` waits (`cooldownDuration`), and an action group, which tries for 75 s after a 503,
 * outlasts it.
 * https://github.com/panva/jose/blob/main/docs/jwks/remote/interfaces/RemoteJWKSetOptions.md
 * https://learn.microsoft.com/azure/azure-monitor/alerts/action-groups#webhook
 */
const ASK_AGAIN_MS = 30_000;
/** The same while there are no keys at all, when everybody waits for them. */
const ASK_SOON_MS = 5_000;
const ANSWER_WITHIN_MS = 5_000;
const MAX_KEYS = 100;

interface Held {
  readonly keys: readonly TokenKey[];
  readonly at: number;
}

/** The keys that Entra publishes for one tenant, kept for a day; its answer decides, never a token's own `jku`. */
export class PublishedKeys implements TokenKeys {
  readonly #options: PublishedKeysOptions;
  #held: Held | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(options: PublishedKeysOptions) {
    this.#options = options;
  }

  async key(kid: string): Promise<TokenKey | undefined> {
    const now = this.#options.clock.now().getTime();
    const known = this.#find(kid);
    const isFresh = this.#held !== undefined && now - this.#held.at <= FRESH_MS;
    if (known !== undefined && isFresh) {
      return known;
    }
    // What was asked before the call began may be answered from before a key was published.
    const isJoined = this.#asking !== undefined;
    const waitMs = isJoined ? 0 : this.#askedAt + this.#pauseMs - now;
    const isAnswered = waitMs <= 0 && (await this.#ask(now));
    // While the issuer is down, a key that was good an hour ago is better than none.
    const found = this.#find(kid);
    if (found === undefined && (!isAnswered || isJoined)) {
      throw this.#tooSoon(waitMs > 0 ? waitMs : this.#pauseMs);
    }
    return found;
  }

  get #pauseMs(): number {
    return this.#held === undefined ? ASK_SOON_MS : ASK_AGAIN_MS;
  }

  #tooSoon(waitMs: number): Error {
    return this.#held === undefined
      ? new UpstreamError('read the signing keys: the issuer did not answer a moment ago', 503)
      : new RateLimitedError('read the signing keys: the issuer was asked a moment ago', waitMs);
  }

  #find(wanted: string): TokenKey | undefined {
    return this.#held?.keys.find(({ kid }) => kid === wanted);
  }

  /**
   * Those who ask at the same time share one question.
   * @returns whether it was answered. @throws UpstreamError if it was not and there are no keys.
   */
  async #ask(now: number): Promise<boolean> {
    this.#asking ??= this.#fetch(now).finally(() => {
      this.#asking = undefined;
    });
    try {
      await this.#asking;
      return true;
    } catch (error) {
      if (this.#held === undefined) {
        throw error;
      }
      return false;
    }
  }

  async #fetch(now: number): Promise<void> {
    const { authority, tenantId, fetch = globalThis.fetch } = this.#options;
    this.#askedAt = now;
    let answer: Response;
    let body: unknown;
    try {
      answer = await fetch(`${authority}/${encodeURIComponent(tenantId)}/discovery/v2.0/keys`, {
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
      body = answer.ok ? await answer.json() : undefined;
    } catch (error) {
      throw new UpstreamError('read the signing keys', 0, { cause: error });
    }
    const keys = keysOf(body);
    if (keys.length === 0) {
      throw new UpstreamError('read the signing keys', answer.ok ? 502 : answer.status);
    }
    this.#held = { keys, at: now };
  }
}

function keysOf(body: unknown): readonly TokenKey[] {
  const keys: unknown = typeof body === 'object' && body !== null && 'keys' in body ? body.keys : undefined;
  const list: readonly unknown[] = Array.isArray(keys) ? keys.slice(0, MAX_KEYS) : [];
  return list.filter((key): key is TokenKey => typeof key === 'object' && key !== null && 'kid' in key);
}
