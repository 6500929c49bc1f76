import { UpstreamError } from '../../errors.ts';
import type { HttpCheck } from '../../domain/image/verification.ts';
import type { Clock } from '../../ports/clock.ts';
import type { StageVerifier, VerificationAnswer, VerifiedStage } from '../../ports/stage-verifier.ts';
import { isPlainLoopback } from '../arm-access.ts';
import { inTime } from '../ask-each.ts';

export interface HttpVerifierOptions {
  readonly clock: Clock;
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** A probe is answered within this time or not at all. */
const TIMEOUT_MS = 8_000;

/**
 * Asks a URL once at each look: the right status passes, so many wrong ones in a row fail. No answer at all says nothing:
 * it may be us who are cut off. Redirects are answers, and bodies are not read.
 */
export class HttpVerifier implements StageVerifier<HttpCheck> {
  readonly kind = 'http';
  readonly #options: HttpVerifierOptions;

  constructor(options: HttpVerifierOptions) {
    this.#options = options;
  }

  async verify({ url, status, failures }: HttpCheck, { wrong }: VerifiedStage): Promise<VerificationAnswer> {
    const answered = await this.#ask(url);
    if (answered === status) {
      return { outcome: 'pass', reason: `answered ${status}`, wrong: 0 };
    }
    const outcome = wrong + 1 >= failures ? 'fail' : 'pending';
    return { outcome, reason: `answered ${answered}, ${wrong + 1} of ${failures}`, wrong: wrong + 1 };
  }

  async #ask(url: string): Promise<number> {
    if (new URL(url).protocol !== 'https:' && !isPlainLoopback(url)) {
      throw new UpstreamError('probe without https', 0);
    }
    const { clock, fetch = globalThis.fetch } = this.#options;
    const headers = { 'cache-control': 'no-cache', 'user-agent': 'aks-reflex' };
    try {
      return await inTime(clock, TIMEOUT_MS, async (signal) => {
        const answer = await fetch(new Request(url, { headers, redirect: 'manual', cache: 'no-store', signal }));
        answer.body?.cancel().catch(() => undefined);
        return answer.status;
      });
    } catch (error) {
      throw new UpstreamError(`probe ${new URL(url).host}`, 0, { cause: error });
    }
  }
}
