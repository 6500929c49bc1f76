import type { Clock } from '../../shared/ports/clock.ts';
import type { Random } from '../../shared/ports/random.ts';
import type { Webhook } from './client-binding.ts';
import type { HistoryStore } from './history-store.ts';

/** What the management API works with. */
export interface ManagementParts {
  readonly store: HistoryStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly webhook: Omit<Webhook, 'origin'>;
  /** Called after each change. */
  readonly changed: () => void;
}

/** One request, its path cut up: `orchestrators/...` or `instances/...`, each segment decoded. */
export interface Call {
  readonly request: Request;
  readonly url: URL;
  readonly segments: readonly string[];
}
