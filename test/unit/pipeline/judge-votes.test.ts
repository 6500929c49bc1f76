import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { EvidencePolicy } from '../../../shared/domain/traffic/policy.ts';
import type { FleetEdge } from '../../../shared/fleet/model.ts';
import { judgedVotes } from '../../../shared/pipeline/edges/judge-votes.ts';
import type { EdgeVote } from '../../../shared/ports/evidence-source.ts';

type Limits = Partial<EvidencePolicy>;
type Numbers = Partial<Pick<EdgeVote, 'errorRate' | 'p95Ms' | 'requests' | 'isBad' | 'hasNoData'>>;

function edgeOf(limits: Limits): FleetEdge {
  const origins = [
    { name: 'weu', region: 'westeurope' },
    { name: 'weu-2', region: 'westeurope' },
    { name: 'neu', region: 'northeurope' },
    { name: 'eus', region: 'eastus' },
  ];
  return { origins, policy: { evidence: { minRequests: 0, isRelative: false, ...limits } } } as unknown as FleetEdge;
}

const vote = (region: string, numbers: Numbers, source = 'logs:x'): EdgeVote => ({
  ...{ source, region, at: 5, hasNoData: false },
  ...numbers,
});

/** What is said of `weu`, where others say something too. */
function said(limits: Limits, own: Numbers, others: readonly EdgeVote[] = []) {
  const [first] = judgedVotes(edgeOf(limits), [vote('weu', own), ...others]);
  const { kind, source, region, at, ...rest } = first!;
  expect([kind, source, region, at]).toEqual(['measurement', 'logs:x', 'weu', 5]);
  return rest;
}

const SLOW = { latencyFactor: 2 };
const ERRORS = { errorRateMax: 0.05 };
const NOTHING = { hasNoData: true };
const quick = [vote('neu', { p95Ms: 100 }), vote('eus', { p95Ms: 120 })];

describe('votes of a source', () => {
  it('say who answers the public host', () => {
    const answer = { ...vote('weu', { isBad: false }, 'synthetic'), isAnswering: true } as const;
    expect(judgedVotes(edgeOf({}), [answer])).toMatchObject([{ isAnswering: true, isBad: false }]);
  });

  it.each`
    what                                   | limits                             | own                                | others                                    | verdict
    ${'errors above the limit'}            | ${ERRORS}                          | ${{ errorRate: 0.06 }}             | ${[]}                                     | ${{ isBad: true, hasNoData: false }}
    ${'errors at the limit'}               | ${ERRORS}                          | ${{ errorRate: 0.05 }}             | ${[]}                                     | ${{ isBad: false, hasNoData: false }}
    ${'errors without a limit'}            | ${{}}                              | ${{ errorRate: 0 }}                | ${[]}                                     | ${NOTHING}
    ${'errors that all have'}              | ${{ ...ERRORS, isRelative: true }} | ${{ errorRate: 0.5 }}              | ${[vote('neu', { errorRate: 0.5 })]}      | ${NOTHING}
    ${'errors that others do not have'}    | ${{ ...ERRORS, isRelative: true }} | ${{ errorRate: 0.5 }}              | ${[vote('neu', { errorRate: 0 })]}        | ${{ isBad: true, hasNoData: false }}
    ${'errors of another query'}           | ${{ ...ERRORS, isRelative: true }} | ${{ errorRate: 0.5 }}              | ${[vote('neu', { errorRate: 0.5 }, 'y')]} | ${{ isBad: true, hasNoData: false }}
    ${'few requests'}                      | ${{ ...ERRORS, minRequests: 10 }}  | ${{ errorRate: 1, requests: 9 }}   | ${[]}                                     | ${NOTHING}
    ${'enough requests'}                   | ${{ ...ERRORS, minRequests: 10 }}  | ${{ errorRate: 1, requests: 10 }}  | ${[]}                                     | ${{ isBad: true, hasNoData: false }}
    ${'nobody knows how many requests'}    | ${{ ...ERRORS, minRequests: 1 }}   | ${{ errorRate: 0 }}                | ${[]}                                     | ${NOTHING}
    ${'latency far above the others'}      | ${SLOW}                            | ${{ p95Ms: 900 }}                  | ${quick}                                  | ${{ isBad: true, isSlow: true, hasNoData: false }}
    ${'latency like that of the others'}   | ${SLOW}                            | ${{ p95Ms: 110 }}                  | ${quick}                                  | ${{ isBad: false, hasNoData: false }}
    ${'latency without a limit'}           | ${ERRORS}                          | ${{ p95Ms: 110 }}                  | ${quick}                                  | ${NOTHING}
    ${'latency of one region'}             | ${SLOW}                            | ${{ p95Ms: 9000 }}                 | ${[vote('weu-2', { p95Ms: 1 })]}          | ${NOTHING}
    ${'errors, and latency of one region'} | ${{ ...SLOW, ...ERRORS }}          | ${{ p95Ms: 9000, errorRate: 0.5 }} | ${[]}                                     | ${{ isBad: true, hasNoData: false }}
    ${'a verdict of its own'}              | ${{}}                              | ${{ isBad: true, requests: 1 }}    | ${[]}                                     | ${{ isBad: true, hasNoData: false }}
    ${'no data'}                           | ${ERRORS}                          | ${{ hasNoData: true }}             | ${[]}                                     | ${NOTHING}
  `('say $verdict for $what', ({ limits, own, others, verdict }: Row) => {
    expect(said(limits, own, others)).toEqual(verdict);
  });

  it('do not depend on their order', () => {
    const share = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined });
    const votes = fc
      .tuple(share, share, share)
      .map((rates) =>
        rates.map((errorRate, index) =>
          vote(['weu', 'neu', 'eus'][index]!, errorRate === undefined ? {} : { errorRate }),
        ),
      );
    fc.assert(
      fc.property(votes, fc.boolean(), (given, isRelative) => {
        const edge = edgeOf({ ...ERRORS, isRelative });
        expect(judgedVotes(edge, given.toReversed()).toReversed()).toEqual(judgedVotes(edge, given));
      }),
    );
  });
});

interface Row {
  readonly limits: Limits;
  readonly own: Numbers;
  readonly others: readonly EdgeVote[];
  readonly verdict: object;
}
