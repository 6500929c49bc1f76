import type { Clock } from '../../shared/ports/clock.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { Handler } from '../http/serve.ts';

/**
 * What stands behind an origin's host name.
 *
 * It says how long it took instead of sleeping: ten thousand requests must not cost ten thousand sleeps.
 * A rejection is a server that does not answer.
 */
export type OriginServer = (request: Request) => Promise<{ readonly response: Response; readonly latencyMs: number }>;

/** A handler that takes its own time, by `clock`. */
export function timed(handler: Handler, clock: Clock): OriginServer {
  return async (request) => {
    const from = clock.now().getTime();
    const response = await handler(request);
    return { response, latencyMs: clock.now().getTime() - from };
  };
}

export interface LocalRegionOptions {
  readonly random: Random;
  /** What the probes ask for; `/healthz` if absent. */
  readonly healthPath?: string;
  /** Answers whatever is no probe and does not fail; an empty 200 if absent. */
  readonly handler?: Handler;
}

/** A region's entry with everything that can be wrong with it; what is set holds from the next request on. */
export class LocalRegion {
  latencyMs = 20;
  /** Share of requests that are answered with 500, 0 to 1; probes do not fail with them. */
  errorRate = 0;
  /** Status of the health path while the gate is open. */
  healthStatus = 200;
  /** A closed gate answers probes with 503 and serves all else as ever. */
  isGateOpen = true;
  /** True: nothing answers at all. */
  isDown = false;
  readonly #options: LocalRegionOptions;

  constructor(options: LocalRegionOptions) {
    this.#options = options;
  }

  readonly server: OriginServer = async (request) => {
    if (this.isDown) {
      throw new Error('the connection was refused');
    }
    return { response: await this.#answer(request), latencyMs: this.latencyMs };
  };

  async #answer(request: Request): Promise<Response> {
    const { random, healthPath = '/healthz', handler } = this.#options;
    if (new URL(request.url).pathname === healthPath) {
      return new Response(null, { status: this.isGateOpen ? this.healthStatus : 503 });
    }
    if (this.errorRate > 0 && random.next() < this.errorRate) {
      return new Response(null, { status: 500 });
    }
    return (await handler?.(request)) ?? new Response(null, { status: 200 });
  }
}
