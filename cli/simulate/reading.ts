import type { EdgeReading } from '../../shared/ports/edge-readings.ts';
import { textOf } from './policy.ts';
import type { Scenario } from './scenario.ts';

type ScenarioOrigin = Scenario['origins'][number];

/** What is measured of an origin as a scenario begins. */
export function readingOf(origin: ScenarioOrigin): EdgeReading['origins'][string] {
  const { healthy, capacity, effectiveCapacity, load, nearestTo, errorRate, p95ms, requestsPerMin } = origin;
  const carried = [capacity, effectiveCapacity].filter((one) => one !== undefined);
  const takesFrom = nearestTo === undefined ? [] : [nearestTo].flat().map((one) => one.toLowerCase());
  return {
    ...(isStopped(origin) ? { healthy: false } : healthy === null ? {} : { healthy }),
    ...(carried.length === 0 ? {} : { capacity: Math.min(...carried) }),
    ...(load === undefined ? {} : { own: load }),
    ...(takesFrom.length === 0 ? {} : { takesFrom }),
    ...(errorRate === undefined ? {} : { errorRate }),
    ...(p95ms === undefined ? {} : { p95Ms: p95ms }),
    ...(requestsPerMin === undefined ? {} : { requestsPerMinute: requestsPerMin }),
  };
}

/** Traffic Manager answers with none of these. */
const NOT_SERVED = /^(degraded|stopped|inactive|disabled)$/i;

/** Traffic Manager's nested endpoints serve while enough of their children do. */
function isStopped({ minChildEndpoints, onlineChildren, monitorStatus = '' }: ScenarioOrigin): boolean {
  const isShort = minChildEndpoints !== undefined && onlineChildren !== undefined && onlineChildren < minChildEndpoints;
  return isShort || NOT_SERVED.test(monitorStatus);
}

/** The word of Traffic Manager's probes, where a scenario does not give it. */
export function monitorStatusOf({ healthy }: ScenarioOrigin): string {
  return healthy === null ? 'CheckingEndpoint' : healthy ? 'Online' : 'Degraded';
}

/** Scenarios name no method: whoever gives endpoints priorities wants those to count. */
export function methodOf(origins: Scenario['origins']): string {
  return new Set(origins.map(({ priority }) => priority)).size > 1 ? 'Priority' : 'Weighted';
}

/** How far the replica is behind, in milliseconds: not at all, where a scenario does not say; null: nobody knows. */
export function lagOf(seconds: number | null = 0): number | undefined {
  return seconds === null ? undefined : seconds * 1_000;
}

/** How the data tier's promotion goes, in the words that scenarios use for it: well, where they do not say. */
export function promotionOf(said: unknown): EdgeReading['promotion'] {
  if (said === undefined || said === null) {
    return 'done';
  }
  const text = textOf(said, '').toLowerCase();
  if (/^(false|fail|error|denied|timeout)/.test(text)) {
    return 'failed';
  }
  return /^(manual|wait|pending|approval|human|one-way)/.test(text) ? 'waiting' : 'done';
}
