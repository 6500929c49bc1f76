import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { probeVotes, type ProbeLimits, type ProbeVote } from '../../../../shared/domain/traffic/probe-votes.ts';
import type { OriginReading } from '../../../../shared/ports/edge-readings.ts';

type Origins = Readonly<Record<string, OriginReading>>;

const LIMITS: ProbeLimits = { errorRateMax: 0.05, latencyFactor: 2, minRequests: 100, isRelative: false };
const BUSY = { requestsPerMinute: 1000 };
/** Who serves well enough for its latency to say something. */
const WELL = { ...BUSY, errorRate: 0 };

/** Each origin stands in the region of its own name. */
function votes(origins: Origins, limits: Partial<ProbeLimits> = {}): readonly ProbeVote[] {
  const judged = Object.keys(origins).map((name) => ({ name, region: name }));
  return probeVotes({ load: 0, origins }, judged, { limits: { ...LIMITS, ...limits }, at: 7 });
}

function verdicts(source: ProbeVote['source'], origins: Origins, limits: Partial<ProbeLimits> = {}) {
  const own = votes(origins, limits).filter((vote) => vote.source === source);
  return Object.fromEntries(own.map(({ region, isBad }) => [region, isBad]));
}

describe('votes of an edge', () => {
  it('say what they are of', () => {
    expect(
      votes({
        west: { healthy: false, errorRate: 0.2, p95Ms: 90, ...BUSY },
        east: { p95Ms: 90, ...WELL },
        north: { averageMs: 20, p95Ms: 30, ...WELL },
      }),
    ).toEqual([
      { source: 'edge-health', region: 'west', isBad: true, isOutside: true, at: 7 },
      { source: 'edge-errors', region: 'west', isBad: true, isOutside: true, at: 7, errorRate: 0.2, requests: 1000 },
      { source: 'edge-latency', region: 'west', isOutside: true, at: 7, p95Ms: 90, requests: 1000 },
      { source: 'edge-health', region: 'east', isOutside: true, at: 7 },
      { source: 'edge-errors', region: 'east', isBad: false, isOutside: true, at: 7, errorRate: 0, requests: 1000 },
      { source: 'edge-latency', region: 'east', isBad: true, isOutside: true, at: 7, p95Ms: 90, requests: 1000 },
      { source: 'edge-health', region: 'north', isOutside: true, at: 7 },
      { source: 'edge-errors', region: 'north', isBad: false, isOutside: true, at: 7, errorRate: 0, requests: 1000 },
      {
        ...{ source: 'edge-latency', region: 'north', isOutside: true, at: 7 },
        ...{ p95Ms: 30, averageMs: 20, requests: 1000 },
      },
    ]);
  });

  it('are without a verdict for an origin that was not read', () => {
    const [health, errors, latency] = probeVotes({ load: 1, origins: {} }, [{ name: 'west', region: 'w' }], {
      limits: LIMITS,
      at: 0,
    });
    expect([health, errors, latency].map((vote) => vote && 'isBad' in vote)).toEqual([false, false, false]);
  });

  it.each<[string, Origins, Partial<ProbeLimits>, object]>([
    ['at the limit', { west: { errorRate: 0.05, ...BUSY } }, {}, { west: false }],
    ['above it', { west: { errorRate: 0.051, ...BUSY } }, {}, { west: true }],
    ['of too few requests', { west: { errorRate: 1, requestsPerMinute: 99 } }, {}, { west: undefined }],
    ['of just enough', { west: { errorRate: 1, requestsPerMinute: 100 } }, {}, { west: true }],
    ['of nobody knows how many', { west: { errorRate: 1 } }, {}, { west: undefined }],
    ['of however many', { west: { errorRate: 1 } }, { minRequests: 0 }, { west: true }],
    [
      'everywhere, compared',
      { west: { errorRate: 0.5, ...BUSY }, east: { errorRate: 0.48, ...BUSY } },
      { isRelative: true },
      { west: false, east: false },
    ],
    [
      'in one region, compared',
      { west: { errorRate: 0.5, ...BUSY }, east: { errorRate: 0.1, ...BUSY }, north: { errorRate: 0.01, ...BUSY } },
      { isRelative: true },
      { west: true, east: false, north: false },
    ],
    [
      'with nobody to compare with',
      { west: { errorRate: 0.5, ...BUSY }, east: { errorRate: 0.01, requestsPerMinute: 1 } },
      { isRelative: true },
      { west: undefined, east: undefined },
    ],
    [
      'within the limit, with nobody to compare with',
      { west: { errorRate: 0, ...BUSY } },
      { isRelative: true },
      { west: false },
    ],
  ])('judge errors %s', (_, origins, limits, expected) => {
    expect(verdicts('edge-errors', origins, limits)).toEqual(expected);
  });

  it('judge nothing by a limit that the policy does not name', () => {
    const origins = { west: { errorRate: 1, p95Ms: 900, ...BUSY }, east: { errorRate: 0, p95Ms: 1, ...BUSY } };
    const limits: ProbeLimits = { minRequests: 0, isRelative: false };
    const named = [
      { name: 'west', region: 'west' },
      { name: 'east', region: 'east' },
    ];
    expect(probeVotes({ load: 0, origins }, named, { limits, at: 0 }).some((vote) => 'isBad' in vote)).toBe(false);
  });

  it.each<[string, Origins, Partial<ProbeLimits>, object]>([
    ['alone', { west: { p95Ms: 900, ...WELL } }, {}, {}],
    ['as ever, and call nobody fast', { west: { p95Ms: 200, ...WELL }, east: { p95Ms: 100, ...WELL } }, {}, {}],
    ['as slow as twice', { west: { p95Ms: 201, ...WELL }, east: { p95Ms: 100, ...WELL } }, {}, { west: true }],
    [
      'of few requests, by the policy',
      { west: { p95Ms: 900, errorRate: 0, requestsPerMinute: 99 }, east: { p95Ms: 100, ...WELL } },
      {},
      {},
    ],
    [
      'of a single slow request, whatever the policy',
      {
        west: { p95Ms: 900, errorRate: 0, requestsPerMinute: 9 },
        east: { p95Ms: 100, errorRate: 0, requestsPerMinute: 10 },
      },
      { minRequests: 0 },
      {},
    ],
    [
      'against the middle of two others',
      { west: { p95Ms: 401, ...WELL }, east: { p95Ms: 100, ...WELL }, north: { p95Ms: 300, ...WELL } },
      {},
      { west: true },
    ],
    [
      'against the middle of three others',
      {
        west: { p95Ms: 401, ...WELL },
        east: { p95Ms: 100, ...WELL },
        north: { p95Ms: 900, ...WELL },
        south: { p95Ms: 200, ...WELL },
      },
      {},
      { west: true, north: true },
    ],
    [
      'by means where there is no percentile',
      { west: { averageMs: 90, ...WELL }, east: { averageMs: 30, ...WELL }, north: { p95Ms: 95, ...WELL } },
      {},
      { west: true },
    ],
    ['never of a mean by percentiles', { west: { averageMs: 90, ...WELL }, north: { p95Ms: 9, ...WELL } }, {}, {}],
    [
      'not by one that fails fast',
      {
        west: { averageMs: 60, ...WELL },
        east: { averageMs: 140, ...WELL },
        north: { averageMs: 5, errorRate: 1, ...BUSY },
      },
      {},
      { east: true },
    ],
    [
      'not by the one other that fails fast',
      { west: { averageMs: 60, ...WELL }, north: { averageMs: 5, ...BUSY, errorRate: 1 } },
      {},
      {},
    ],
    [
      'not by one that its probes call sick',
      { west: { averageMs: 60, ...WELL }, north: { averageMs: 5, healthy: false, ...WELL } },
      {},
      {},
    ],
    [
      'not by what trickles into one that is out',
      {
        west: { averageMs: 60, errorRate: 0, requestsPerMinute: 10_000 },
        north: { averageMs: 5, errorRate: 0, requestsPerMinute: 100 },
      },
      {},
      {},
    ],
    ['not of errors that are unknown', { west: { averageMs: 900, ...BUSY }, east: { averageMs: 9, ...WELL } }, {}, {}],
    [
      'of those that hardly fail, where no limit is named',
      {
        west: { averageMs: 900, ...BUSY, errorRate: 0.06 },
        east: { averageMs: 900, ...WELL },
        north: { averageMs: 9, ...WELL },
      },
      { errorRateMax: undefined as never },
      { east: true },
    ],
  ])('judge latency %s', (_, origins, limits, expected) => {
    const said = Object.entries(verdicts('edge-latency', origins, limits)).filter(([, isBad]) => isBad !== undefined);
    expect(Object.fromEntries(said)).toEqual(expected);
  });

  it('compare an origin with other regions and not with its own', () => {
    const origins = { a: { p95Ms: 900, ...WELL }, b: { p95Ms: 900, ...WELL }, c: { p95Ms: 100, ...WELL } };
    const judged = [
      { name: 'a', region: 'west' },
      { name: 'b', region: 'west' },
      { name: 'c', region: 'east' },
    ];
    const found = probeVotes({ load: 0, origins }, judged, { limits: LIMITS, at: 0 });
    expect(found.filter(({ source }) => source === 'edge-latency').map(({ isBad }) => isBad)).toEqual([
      true,
      true,
      undefined,
    ]);
  });
});

const reading = fc.record(
  {
    healthy: fc.boolean(),
    errorRate: fc.integer({ min: 0, max: 64 }).map((part) => part / 64),
    p95Ms: fc.integer({ min: 1, max: 5000 }),
    averageMs: fc.integer({ min: 1, max: 5000 }),
    requestsPerMinute: fc.integer({ min: 0, max: 300 }),
  },
  { requiredKeys: [] },
);
const origins = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), reading, { noNullPrototype: true });
const limits = fc.record({
  errorRateMax: fc.integer({ min: 0, max: 64 }).map((part) => part / 64),
  latencyFactor: fc.constantFrom(1, 1.5, 2, 4),
  minRequests: fc.constantFrom(0, 1, 100),
  isRelative: fc.boolean(),
});
const badAmong = (all: readonly ProbeVote[]) =>
  new Set(all.filter(({ isBad }) => isBad === true).map(({ source, region }) => `${source} ${region}`));

describe('votes of any reading', () => {
  it('have a verdict only where there is the number that it is about', () => {
    fc.assert(
      fc.property(origins, limits, (all, limit) => {
        for (const { source, region, isBad } of votes(all, limit)) {
          const { healthy, errorRate, p95Ms, averageMs } = all[region] ?? {};
          const number = { 'edge-health': healthy, 'edge-errors': errorRate, 'edge-latency': p95Ms ?? averageMs }[
            source
          ];
          expect(isBad === undefined || number !== undefined).toBe(true);
        }
      }),
    );
  });

  it('do not depend on the order of the origins', () => {
    fc.assert(
      fc.property(origins, limits, (all, limit) => {
        const turned = Object.fromEntries(Object.entries(all).toReversed());
        const sorted = (found: readonly ProbeVote[]) => found.map((vote) => JSON.stringify(vote)).toSorted();
        expect(sorted(votes(turned, limit))).toEqual(sorted(votes(all, limit)));
      }),
    );
  });

  it('turn no better for a region that has more errors', () => {
    fc.assert(
      fc.property(origins, limits, (all, limit) => {
        const before = verdicts('edge-errors', all, limit);
        for (const [name, own] of Object.entries(all)) {
          const worse = own.errorRate === undefined ? own : { ...own, errorRate: 1 };
          const after = verdicts('edge-errors', { ...all, [name]: worse }, limit);
          expect(before[name] === true ? after[name] : true).toBe(true);
        }
      }),
    );
  });

  it('call nobody bad compared with others who is not bad without', () => {
    fc.assert(
      fc.property(origins, limits, (all, limit) => {
        const absolute = badAmong(votes(all, { ...limit, isRelative: false }));
        const relative = badAmong(votes(all, { ...limit, isRelative: true }));
        expect([...relative].filter((vote) => !absolute.has(vote))).toEqual([]);
      }),
    );
  });

  it('call nobody bad where all are alike', () => {
    fc.assert(
      fc.property(reading, limits, (one, limit) => {
        const alike = votes({ a: one, b: one, c: one }, { ...limit, isRelative: true });
        expect([...badAmong(alike)].filter((vote) => !vote.startsWith('edge-health'))).toEqual([]);
      }),
    );
  });

  it('never call anybody fast, nor slow beside one that fails or is hardly asked', () => {
    fc.assert(
      fc.property(origins, limits, reading, (all, limit, other) => {
        const said = verdicts('edge-latency', all, limit);
        expect(Object.values(said)).not.toContain(false);
        const failing = { ...other, errorRate: 1 };
        const idle = { ...other, requestsPerMinute: 0 };
        const limited = { ...limit, errorRateMax: Math.min(limit.errorRateMax, 63 / 64) };
        const { f, ...beside } = verdicts('edge-latency', { ...all, f: { ...failing, requestsPerMinute: 0 } }, limited);
        expect([f, beside]).toEqual([undefined, verdicts('edge-latency', all, limited)]);
        const { i, ...with0 } = verdicts('edge-latency', { ...all, i: idle }, limit);
        expect([i, with0]).toEqual([undefined, said]);
      }),
    );
  });

  it('judge latency by proportions alone', () => {
    fc.assert(
      fc.property(origins, limits, fc.constantFrom(0.5, 2, 8), (all, limit, times) => {
        const scaled = Object.fromEntries(
          Object.entries(all).map(([name, own]) => [
            name,
            {
              ...own,
              ...(own.p95Ms === undefined ? {} : { p95Ms: own.p95Ms * times }),
              ...(own.averageMs === undefined ? {} : { averageMs: own.averageMs * times }),
            },
          ]),
        );
        expect(verdicts('edge-latency', scaled, limit)).toEqual(verdicts('edge-latency', all, limit));
      }),
    );
  });
});
