import type { ServingOrigin } from './serving.ts';

/** An origin with everything that a decision about it needs. */
export interface Origin extends ServingOrigin {
  /** ARM id in lower case: the subject of intents. */
  readonly id: string;
  readonly region: string;
  /** True if it is never probed and always answered with: no sickness moves its traffic. */
  readonly isAlwaysServed?: boolean;
  /** True if nobody probes it, and that it is healthy is what was said of its region. */
  readonly isHearsay?: boolean;
  /** True if it serves and enough sources call its region bad, whatever its probes say. */
  readonly isCalledBad?: boolean;
  /** True if the service's own probes say that it is sick, whatever is measured. */
  readonly isProbedSick?: boolean;
  /** Host, and host with port, by which metrics call it; lower case. */
  readonly hosts?: readonly string[];
  /** The same for the host that requests are sent with. */
  readonly hostHeaders?: readonly string[];
}

/** What one write does to one origin. */
export type OriginMove =
  | { readonly id: string; readonly enabled: boolean }
  | { readonly id: string; readonly weight: number }
  /** Its gate; no write to the control plane. */
  | { readonly id: string; readonly isShut: boolean };

/**
 * The origins after a move. Pure.
 *
 * A shut gate is all that probes see: of what is behind it they say nothing, and whoever opens it takes it for healthy,
 * unless others call it sick.
 */
export function moved<One extends Origin>(origins: readonly One[], move: OriginMove): readonly One[] {
  return origins.map((origin) => {
    if (origin.id !== move.id) {
      return origin;
    }
    const isOpened = origin.isShut === true && 'isShut' in move && !move.isShut;
    return { ...origin, ...move, ...(isOpened ? { healthy: origin.healthy ?? true } : {}) };
  });
}
