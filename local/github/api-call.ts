import type { Clock } from '../../shared/ports/clock.ts';
import type { Caller } from './caller.ts';
import type { Repository } from './repository.ts';

/** One call of the REST or GraphQL API by a caller who is known. */
export interface ApiCall {
  readonly request: Request;
  readonly path: string;
  readonly url: URL;
  readonly caller: Caller;
  readonly clock: Clock;
  /** Repositories that the caller may see. */
  readonly find: (owner: string, name: string) => Repository | undefined;
}
