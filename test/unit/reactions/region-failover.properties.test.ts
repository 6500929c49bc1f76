import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { regionOf, type EdgeEvidence } from '../../../shared/domain/traffic/evidence.ts';
import { afterFlap, NO_PENALTY } from '../../../shared/domain/traffic/damping.ts';
import { UNKNOWN_HEALTH } from '../../../shared/domain/traffic/health.ts';
import type { Vote } from '../../../shared/domain/traffic/votes.ts';
import { decideFailover, type FailoverFacts, type Report } from '../../../shared/reactions/region-failover/index.ts';
import { facts, fired, MINUTE, origin, over, policy, says, Watch } from './watch.ts';

const ORIGINS = ['weu', 'neu', 'eus'].map((name) => origin(name));
const DAMPING = { perFlap: 1000, halfLifeMs: 15 * MINUTE, suppress: 500, reuse: 400, maxSuppressMs: 60 * MINUTE };

const anyPolicy = fc
  .record({
    quorum: fc.integer({ min: 1, max: 3 }),
    needsOutside: fc.boolean(),
    settleMs: fc.constantFrom(0, MINUTE),
    holdMs: fc.constantFrom(0, MINUTE),
    recoverHoldMs: fc.constantFrom(0, 10 * MINUTE),
    voteTtlMs: fc.constantFrom(2 * MINUTE, 60 * MINUTE),
    isDamped: fc.boolean(),
    maxAlertAgeMs: fc.constantFrom(15 * MINUTE, 600 * MINUTE),
  })
  .map(({ isDamped, ...evidence }) => policy({ ...evidence, ...(isDamped ? { damping: DAMPING } : {}) }));

const anyRegion = fc.constantFrom('weu', 'neu', 'eus');
const anyMinute = fc.integer({ min: 0, max: 60 });

const anyReport: fc.Arbitrary<Report> = fc.oneof(
  fc
    .record({ id: fc.constantFrom('x', 'y'), region: anyRegion, at: anyMinute, lasts: fc.option(anyMinute) })
    .map(({ id, region, at, lasts }) => {
      const more = { id: `${id}-${region}`, regions: [region], firedAt: at * MINUTE };
      return lasts === null ? fired(more) : over((at + lasts) * MINUTE, more);
    }),
  fc
    .record({ source: fc.constantFrom('afd-probe', 'app'), region: anyRegion, isBad: fc.boolean(), at: anyMinute })
    .map(({ source, region, isBad, at }) => says(source, isBad, at * MINUTE, { region })),
  fc.constant({ kind: 'tick' } as const),
);

/** Votes whatever the order in which they came. */
function votesOf(evidence: EdgeEvidence): Readonly<Record<string, readonly Vote[]>> {
  return Object.fromEntries(
    ORIGINS.map(({ name }) => [
      name,
      regionOf(evidence, name).votes.toSorted((a, b) => (a.source < b.source ? -1 : 1)),
    ]),
  );
}

describe('a report', () => {
  it('that has been taken changes nothing when it is taken again', () => {
    const states = fc.record({ pinned: fc.subarray(['weu', 'neu']), heldOut: fc.subarray(['weu', 'eus']) });
    const reports = fc.array(fc.tuple(anyReport, anyMinute), { maxLength: 10 });
    fc.assert(
      fc.property(reports, anyReport, anyPolicy, states, (before, report, given, state) => {
        const now = 61 * MINUTE;
        const some: Partial<FailoverFacts> = { ...state, policy: given, origins: ORIGINS };
        const known = before
          .toSorted(([, a], [, b]) => a - b)
          .reduce(
            (evidence, [one, at]) => decideFailover(one, facts({ ...some, evidence, now: at * MINUTE })).evidence,
            facts().evidence,
          );
        const once = decideFailover(report, facts({ ...some, evidence: known, now }));
        const twice = decideFailover(report, facts({ ...some, evidence: once.evidence, now }));
        expect(votesOf(twice.evidence)).toEqual(votesOf(once.evidence));
        expect({ ...twice.evidence, regions: {} }).toEqual({ ...once.evidence, regions: {} });
        for (const { name } of ORIGINS) {
          expect(regionOf(twice.evidence, name).health).toEqual(regionOf(once.evidence, name).health);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('alerts', () => {
  interface Life {
    readonly at: number;
    readonly lasts: number | null;
  }
  const lives = fc.array(
    fc.record({
      region: anyRegion,
      firings: fc.array(fc.record({ at: anyMinute, lasts: fc.option(fc.nat(30)) }), { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 4 },
  );

  /** What really happens: an alert fires again only after it has ended, and only its last life may go on. */
  function inOrder(firings: readonly Life[]): readonly Life[] {
    let free = -1;
    const told: Life[] = [];
    for (const { at, lasts } of firings.toSorted((a, b) => a.at - b.at)) {
      if (at > free) {
        told.push({ at, lasts });
        free = lasts === null ? Infinity : at + lasts;
      }
    }
    return told;
  }

  it('leave the same votes and the same lives for every order in which they are delivered', () => {
    fc.assert(
      fc.property(lives, anyPolicy, fc.infiniteStream(fc.nat()), (some, given, chance) => {
        const reports = some.flatMap(({ region, firings }, index) =>
          inOrder(firings).flatMap(({ at, lasts }) => {
            const more = { id: `a${index}`, regions: [region], firedAt: at * MINUTE };
            return lasts === null ? [fired(more)] : [fired(more), over((at + lasts) * MINUTE, more)];
          }),
        );
        const shuffled = [...reports, ...reports.slice(0, 3)]
          .map((report) => ({ report, by: chance.next().value as number }))
          .toSorted((a, b) => a.by - b.by)
          .map(({ report }) => report);
        const after = (list: readonly Report[]): EdgeEvidence => {
          const watch = new Watch({
            policy: { ...given, evidence: { ...given.evidence, maxAlertAgeMs: 600 * MINUTE } },
          });
          list.forEach((report, index) => watch.hear(report, 100 * MINUTE + index, { origins: ORIGINS }));
          return watch.evidence;
        };
        expect(votesOf(after(shuffled))).toEqual(votesOf(after(reports)));
        expect(after(shuffled).alerts).toEqual(after(reports).alerts);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a drain', () => {
  const said = fc.array(fc.record({ isBad: fc.boolean(), at: anyMinute, region: anyRegion }), { maxLength: 15 });

  it('is never decided by one source where two are needed', () => {
    fc.assert(
      fc.property(said, fc.integer({ min: 2, max: 3 }), fc.boolean(), (votes, quorum, isAlert) => {
        const watch = new Watch({ policy: policy({ quorum }), origins: ORIGINS });
        for (const { isBad, at, region } of votes.toSorted((a, b) => a.at - b.at)) {
          const more = { regions: [region], firedAt: at * MINUTE };
          const report = isAlert
            ? isBad
              ? fired(more)
              : over(at * MINUTE, more)
            : says('app', isBad, at * MINUTE, { region });
          watch.hear(report, at * MINUTE);
        }
        expect([...watch.heldOut]).toEqual([]);
      }),
    );
  });

  it('is never put off by damping, however often the region came and went', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(120)), fc.integer({ min: 1, max: 3 }), fc.nat(240), (flaps, quorum, minute) => {
        const penalty = flaps
          .toSorted((a, b) => a - b)
          .reduce((sum, at) => afterFlap(sum, at * MINUTE, DAMPING), NO_PENALTY);
        const watch = new Watch({ policy: policy({ quorum, damping: DAMPING }), origins: ORIGINS });
        const health = { ...UNKNOWN_HEALTH, status: 'healthy' as const, penalty };
        watch.evidence = { ...watch.evidence, regions: { weu: { votes: [], health } } };
        const now = (120 + minute) * MINUTE;
        for (let source = 0; source < quorum; source += 1) {
          watch.hear(says(`s${source}`, true, now), now);
        }
        expect([...watch.heldOut]).toEqual(['weu']);
      }),
    );
  });

  it('ends only by good votes from enough sources, newer than what was bad', () => {
    // No source says two things at once: an alert that fires and ends in one instant is over, in whichever order it is told.
    const history = fc.uniqueArray(
      fc.record({
        source: fc.constantFrom('a', 'b', 'c', 'alert:x', 'alert:y'),
        isBad: fc.boolean(),
        minute: fc.integer({ min: 0, max: 200 }),
      }),
      { maxLength: 30, selector: ({ source, minute }) => `${source}@${minute}` },
    );
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 3 }), fc.constantFrom(5, 50), (some, quorum, ttl) => {
        const watch = new Watch({ policy: policy({ quorum, voteTtlMs: ttl * MINUTE }) });
        let drainedBy = Infinity;
        const goodSince = new Map<string, number>();
        for (const { source, isBad, minute } of some.toSorted((a, b) => a.minute - b.minute)) {
          const now = minute * MINUTE;
          const id = source.replace(/^alert:/, '');
          const word = isBad ? fired({ id, firedAt: now }) : over(now, { id, firedAt: now });
          const report = source === id ? says(source, isBad, now) : word;
          const { verdicts } = watch.hear(report, now);
          if (isBad) {
            goodSince.delete(source);
          } else {
            goodSince.set(source, now);
          }
          for (const { decision, reason } of verdicts) {
            if (decision === 'drain' && reason === 'bad') {
              // The oldest of the votes that were counted is not older than they live, alerts aside.
              drainedBy = Math.min(
                ...regionOf(watch.evidence, 'weu')
                  .votes.filter((vote) => vote.isBad)
                  .map(({ at }) => at),
              );
            }
            if (decision === 'release') {
              expect([...goodSince.values()].filter((at) => at >= drainedBy).length).toBeGreaterThanOrEqual(quorum);
            }
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('is the same decision whatever the order of the origins', () => {
    fc.assert(
      fc.property(fc.array(anyReport, { maxLength: 10 }), anyPolicy, (reports, given) => {
        const run = (origins: FailoverFacts['origins']): unknown => {
          const watch = new Watch({ policy: given, origins });
          const told = reports.map((report, index) => watch.hear(report, (60 + index) * MINUTE).verdicts);
          return [told.map((verdicts) => verdicts.map((one) => JSON.stringify(one)).sort()), [...watch.heldOut].sort()];
        };
        expect(run(ORIGINS.toReversed())).toEqual(run(ORIGINS));
      }),
    );
  });
});
