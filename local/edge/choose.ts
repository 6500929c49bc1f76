import type { Random } from '../../shared/ports/random.ts';
import type { EdgeOrigin, EdgeSettings } from './settings.ts';

/** An origin and what the probes have found. */
export interface Candidate {
  readonly origin: EdgeOrigin;
  readonly isHealthy: boolean;
  /** Absent: not measured yet, which counts as the fastest. */
  readonly latencyMs?: number;
}

/**
 * Who gets the next request. Enabled and healthy ones, or all enabled ones if none is healthy; of those the lowest
 * priority number, then the latency pool, then by weight.
 *
 * With no healthy origin Front Door keeps to priorities, whatever its page says (azure-docs#117586).
 * @see https://learn.microsoft.com/azure/frontdoor/routing-methods
 * @returns undefined if nothing is enabled.
 */
export function choose(
  { method, sensitivityMs }: Pick<EdgeSettings, 'method' | 'sensitivityMs'>,
  candidates: readonly Candidate[],
  random: Random,
): EdgeOrigin | undefined {
  const enabled = candidates.filter(({ origin }) => origin.isEnabled);
  const healthy = enabled.filter(({ isHealthy }) => isHealthy);
  const able = healthy.length > 0 ? healthy : enabled;
  switch (method) {
    case 'pool':
      return byWeight(fastest(firstTier(able), sensitivityMs), random);
    case 'priority':
      return byWeight(firstTier(able).slice(0, 1), random);
    case 'performance':
      return byWeight(fastest(able, 0), random);
    case 'weight':
      return byWeight(able, random);
  }
}

function firstTier(candidates: readonly Candidate[]): readonly Candidate[] {
  const first = Math.min(...candidates.map(({ origin }) => origin.priority));
  return candidates.filter(({ origin }) => origin.priority === first);
}

function fastest(candidates: readonly Candidate[], sensitivityMs: number): readonly Candidate[] {
  const least = Math.min(...candidates.map(({ latencyMs = 0 }) => latencyMs));
  return candidates.filter(({ latencyMs = 0 }) => latencyMs <= least + sensitivityMs);
}

function byWeight(candidates: readonly Candidate[], random: Random): EdgeOrigin | undefined {
  const sum = candidates.reduce((all, { origin }) => all + origin.weight, 0);
  let left = random.next() * sum;
  for (const { origin } of candidates) {
    left -= origin.weight;
    if (left < 0) {
      return origin;
    }
  }
  return candidates.at(-1)?.origin;
}
