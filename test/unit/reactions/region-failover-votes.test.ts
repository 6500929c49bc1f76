import { describe, expect, it } from 'vitest';

import { NO_EVIDENCE } from '../../../shared/domain/traffic/evidence.ts';
import type { EdgeVote } from '../../../shared/ports/evidence-source.ts';
import type { FailoverFacts } from '../../../shared/reactions/region-failover/facts.ts';
import { takeReport } from '../../../shared/reactions/region-failover/take.ts';

const FACTS = {
  policy: { evidence: { voteTtlMs: 60_000, minRequests: 0, isRelative: false } },
  origins: [
    { name: 'weu', region: 'westeurope', enabled: true },
    { name: 'neu', region: 'northeurope', enabled: true },
  ],
  measured: {},
  evidence: NO_EVIDENCE,
  now: 1000,
} as unknown as FailoverFacts;

function votesOf(vote: Partial<EdgeVote>) {
  const measurement = { kind: 'measurement', source: 'x', region: 'weu', at: 900, hasNoData: false, ...vote } as const;
  return takeReport({ kind: 'tick', measurements: [measurement] }, FACTS).evidence.regions['weu']?.votes;
}

describe('a vote of a source', () => {
  it.each`
    vote                                                            | expected
    ${{ isBad: true }}                                              | ${{ isBad: true, isOutside: false }}
    ${{ isBad: true, isSlow: true }}                                | ${{ isBad: true, isOutside: false, isSlow: true }}
    ${{ isBad: true, source: 'synthetic' }}                         | ${{ isBad: true, isOutside: true }}
    ${{ isBad: true, source: 'synthetic', takenIn: 'westeurope' }}  | ${{ isBad: true, isOutside: false }}
    ${{ isBad: true, source: 'synthetic', takenIn: 'northeurope' }} | ${{ isBad: true, isOutside: true }}
    ${{ isBad: false, source: 'aks-nodes', takenIn: 'westeurope' }} | ${{ isBad: false, isOutside: false }}
  `('$vote is kept as $expected', ({ vote, expected }: { vote: Partial<EdgeVote>; expected: object }) => {
    expect(votesOf(vote)).toEqual([{ source: vote.source ?? 'x', at: 900, expires: 60_900, ...expected }]);
  });

  it('without data is none', () => {
    expect(votesOf({ hasNoData: true })).toBeUndefined();
  });
});
