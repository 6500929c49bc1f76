import { describe, expect, it } from 'vitest';

import type { FleetEdge } from '../../../shared/fleet/model.ts';
import { StorageUnavailableError } from '../../../shared/errors.ts';
import { measurementsOf, shutGates } from '../../../shared/pipeline/edges/measure.ts';

const EDGE = {
  origins: [{ name: 'o-weu', region: 'westeurope' }],
  policy: { evidence: { minRequests: 0, isRelative: false } },
} as unknown as FleetEdge;
const NOW = new Date('2026-01-05T08:04:30Z');

describe('a measurement of an edge', () => {
  it('is a vote as old as the data, so that it never contradicts an alert that came after it', () => {
    const asOf = Date.parse('2026-01-05T08:01:00Z');
    const reading = { load: 1, origins: { 'o-weu': { healthy: true } } };
    expect(measurementsOf(EDGE, { ...reading, asOf }, { now: NOW, shut: [] })).toMatchObject([
      { source: 'edge-health', at: asOf },
    ]);
    expect(measurementsOf(EDGE, reading, { now: NOW, shut: [] })).toMatchObject([{ at: NOW.getTime() }]);
  });

  it('of latency says that a region is slow', () => {
    const origins = [...EDGE.origins, { name: 'o-neu', region: 'northeurope' }];
    const evidence = { ...EDGE.policy.evidence, latencyFactor: 3 };
    const edge = { ...EDGE, origins, policy: { ...EDGE.policy, evidence } } as unknown as FleetEdge;
    const well = { errorRate: 0, requestsPerMinute: 60 };
    const reading = {
      load: 2,
      origins: { 'o-weu': { averageMs: 900, ...well }, 'o-neu': { averageMs: 100, ...well } },
    };
    const told = measurementsOf(edge, reading, { now: NOW, shut: [] }).filter(
      ({ source }) => source === 'edge-latency',
    );
    expect(told).toEqual([expect.objectContaining({ region: 'westeurope', isBad: true, isSlow: true })]);
  });

  it('of which nothing is known is none', () => {
    expect(measurementsOf(EDGE, { load: 1, origins: {} }, { now: NOW, shut: [] })).toEqual([]);
  });

  it.each([
    ['that fails with its gate shut says nothing', false, ['o-weu'], []],
    ['that fails with another gate shut is bad', false, ['o-neu'], [true]],
    ['that is well with its gate shut is well', true, ['o-weu'], [false]],
  ])('of an origin %s', (_, healthy, shut, bad) => {
    const told = measurementsOf(EDGE, { load: 1, origins: { 'o-weu': { healthy } } }, { now: NOW, shut });
    expect(told.map(({ isBad }) => isBad)).toEqual(bad);
  });
});

describe('the gates that are shut', () => {
  const GATED = { ...EDGE, id: '/e', hasGates: true } as unknown as FleetEdge;
  const document = { closed: ['o-weu'] } as never;

  it('are those of the document in force', async () => {
    const read = (): Promise<never> => Promise.resolve({ document, etag: '1', isComplete: true } as never);
    expect(await shutGates(GATED, { read })).toEqual(['o-weu']);
    expect(await shutGates(GATED, { read: () => Promise.resolve(undefined) })).toEqual([]);
    expect(await shutGates(EDGE, { read })).toEqual([]);
    expect(await shutGates(GATED, undefined)).toEqual([]);
  });

  it('may be all of them while nobody can tell', async () => {
    const down = { read: () => Promise.reject(new StorageUnavailableError('read')) };
    expect(await shutGates(GATED, down)).toEqual(['o-weu']);
    const broken = { read: () => Promise.reject(new Error('broken')) };
    await expect(shutGates(GATED, broken)).rejects.toThrow('broken');
  });
});
