import { LEAST_ANSWERS } from '../../domain/traffic/effect.ts';
import type { EffectMeasure } from '../../reconcile/plan-effect.ts';
import type { ObservedEdge } from '../../targets/edge/index.ts';

/** What shows how an edge's traffic is divided. */
export interface Counted {
  /** Absent: nobody counts what each origin gets. */
  readonly by?: Extract<EffectMeasure, 'requests' | 'dns-answers'>;
  /** Of an origin, by its name; undefined where that is not measured. */
  readonly perMinute: (name: string) => number | undefined;
  /** Since when it was counted, in milliseconds since 1970; absent: just now. */
  readonly since?: number;
}

/**
 * Requests where the edge sees them; else the DNS answers that name its origins, if there are enough. Pure.
 *
 * Metrics have no series for an origin that got none of what was counted.
 */
export function countedOf({ readings, served, since, dnsAnswers }: NonNullable<ObservedEdge['measured']>): Counted {
  const areRequests = Object.values(readings).some(({ requestsPerMinute }) => requestsPerMinute !== undefined);
  if (!areRequests && dnsAnswers !== undefined && dnsAnswers.count >= LEAST_ANSWERS) {
    return {
      by: 'dns-answers',
      perMinute: (name) => readings[name]?.dnsAnswersPerMinute ?? 0,
      since: dnsAnswers.since,
    };
  }
  const none = (served?.requests ?? 0) > 0 ? 0 : undefined;
  return {
    ...(areRequests ? { by: 'requests' } : {}),
    perMinute: (name) => readings[name]?.requestsPerMinute ?? none,
    ...(since === undefined ? {} : { since }),
  };
}
