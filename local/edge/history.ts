import { MINUTE_MS, type Meter } from './meter.ts';
import type { EdgeOrigin, EdgeSettings } from './settings.ts';

export interface Steady {
  /** Requests a second of the whole edge. */
  readonly perSecond: number;
  readonly latencyMs: number;
  readonly minutes: number;
  /** Where it ends, in milliseconds since 1970. */
  readonly until: number;
}

const SECOND_MS = 1000;

/**
 * Measures what an edge would have measured if it had served steadily until now, so that whoever reads the meter finds
 * data from the first second on. Only Front Door sees requests: for Traffic Manager there is nothing to measure.
 */
export function measureHistory(meter: Meter, settings: EdgeSettings, { perSecond, ...steady }: Steady): void {
  const { service, profile, name } = settings;
  const serving = settings.origins.filter(({ isEnabled }) => isEnabled);
  const weights = serving.reduce((sum, { weight }) => sum + weight, 0);
  if (service !== 'front-door') {
    return;
  }
  for (const origin of serving) {
    const rate = (perSecond * origin.weight) / weights;
    for (const { at, requests } of secondsOf(rate, steady)) {
      meter.record(profile, 'OriginHealthPercentage', { Origin: origin.label, OriginGroup: name }, 100, at);
      if (requests > 0) {
        meter.record(profile, 'OriginRequestCount', wellDimensions(origin), requests, at);
        meter.record(profile, 'OriginLatency', { Origin: origin.label }, steady.latencyMs, at);
      }
    }
  }
}

function wellDimensions({ label }: EdgeOrigin): Readonly<Record<string, string>> {
  return { HttpStatus: '200', HttpStatusGroup: '2XX', Origin: label };
}

/** Whole requests in each second, which add up to the rate. */
function secondsOf(
  rate: number,
  { minutes, until }: Pick<Steady, 'minutes' | 'until'>,
): readonly { readonly at: number; readonly requests: number }[] {
  const count = Math.floor((minutes * MINUTE_MS) / SECOND_MS);
  return Array.from({ length: count }, (_, index) => ({
    at: until - (count - index) * SECOND_MS,
    requests: Math.floor((index + 1) * rate) - Math.floor(index * rate),
  }));
}
