import type { Answer } from '../reflex.ts';
import type { Denied } from './authenticate.ts';
import { problem } from './problem.ts';

/** What somebody is answered whose token does not count, or not yet. */
export function refuseToken({ status, reason, retryAfterMs = 0 }: Denied): Answer {
  return status === 503
    ? problem(503, 'REFLEX_RATE_LIMITED', `The token is to be sent again: ${reason}.`, {
        'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))),
      })
    : problem(status, 'REFLEX_TOKEN_REFUSED', `The token does not count: ${reason}.`);
}
