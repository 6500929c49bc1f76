import type { Log } from '../ports/log.ts';
import type { Door, RefusedTokens } from '../records/refused-tokens.ts';
import type { Answer } from '../reflex.ts';
import type { Denied } from './authenticate.ts';
import { problem } from './problem.ts';

export interface RefusalTools {
  readonly log: Log;
  readonly refused: Pick<RefusedTokens, 'count'>;
}

/**
 * What somebody is answered whose token does not count, or not yet: counted, and told to the log in a form that queries
 * and alert rules are written for (docs/runbooks/refused-tokens.md).
 */
export async function refuseToken(
  { status, reason, retryAfterMs = 0 }: Denied,
  door: Door,
  { log, refused }: RefusalTools,
): Promise<Answer> {
  log.warn('token refused', { metric: 'reflex.tokens.refused', value: 1, door, reason, status });
  await refused.count(door, reason);
  return status === 503
    ? problem(503, 'REFLEX_RATE_LIMITED', `The token is to be sent again: ${reason}.`, {
        'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))),
      })
    : problem(status, 'REFLEX_TOKEN_REFUSED', `The token does not count: ${reason}.`);
}
