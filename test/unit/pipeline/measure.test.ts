import { describe, expect, it } from 'vitest';

import type { FleetEdge } from '../../../shared/fleet/model.ts';
import { measurementsOf } from '../../../shared/pipeline/edges/measure.ts';

const EDGE = {
  origins: [{ name: 'o-weu', region: 'westeurope' }],
  policy: { evidence: { minRequests: 0, isRelative: false } },
} as unknown as FleetEdge;
const NOW = new Date('2026-01-05T08:04:30Z');

describe('a measurement of an edge', () => {
  it('is a vote as old as the data, so that it never contradicts an alert that came after it', () => {
    const asOf = Date.parse('2026-01-05T08:01:00Z');
    const reading = { load: 1, origins: { 'o-weu': { healthy: true } } };
    expect(measurementsOf(EDGE, { ...reading, asOf }, NOW)).toMatchObject([{ source: 'edge-health', at: asOf }]);
    expect(measurementsOf(EDGE, reading, NOW)).toMatchObject([{ at: NOW.getTime() }]);
  });

  it('of latency says that a region is slow', () => {
    const origins = [...EDGE.origins, { name: 'o-neu', region: 'northeurope' }];
    const evidence = { ...EDGE.policy.evidence, latencyFactor: 3 };
    const edge = { ...EDGE, origins, policy: { ...EDGE.policy, evidence } } as unknown as FleetEdge;
    const reading = { load: 1, origins: { 'o-weu': { p95Ms: 900 }, 'o-neu': { p95Ms: 100 } } };
    expect(measurementsOf(edge, reading, NOW)).toEqual([
      expect.objectContaining({ source: 'edge-latency', region: 'westeurope', isBad: true, isSlow: true }),
      expect.not.objectContaining({ isSlow: true }),
    ]);
  });

  it('of which nothing is known is none', () => {
    expect(measurementsOf(EDGE, { load: 1, origins: {} }, NOW)).toEqual([]);
  });
});
