import { judgeMeasurement, type Measurement as Values } from '../../domain/traffic/judge.ts';
import type { EvidencePolicy } from '../../domain/traffic/policy.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import type { EdgeVote } from '../../ports/evidence-source.ts';
import type { Measurement } from './edges.ts';

/**
 * What one source says of an edge's regions, as measurements. Numbers are judged here, each region against the others of
 * the same source: what one query counts as a request, no other need. Pure.
 *
 * A number without a limit in the policy, of too few requests or bad everywhere alike is no data: never a good vote.
 */
export function judgedVotes({ origins, policy }: FleetEdge, votes: readonly EdgeVote[]): readonly Measurement[] {
  const regionOf = (vote: EdgeVote): string | undefined =>
    origins.find(({ name }) => name === vote.region)?.region ?? vote.region;
  return votes.map((vote): Measurement => {
    if (vote.hasNoData || vote.isBad !== undefined) {
      return measurementOf(vote, vote);
    }
    const others = votes.filter((other) => other.source === vote.source && regionOf(other) !== regionOf(vote));
    return measurementOf(vote, judgementOf(vote, others, policy.evidence) ?? {});
  });
}

type Judgement = Pick<EdgeVote, 'isBad' | 'isSlow'>;

/** Without the numbers: they would be judged once more, by what others call a request. */
function measurementOf(
  { source, region, takenIn, at, isAnswering }: EdgeVote,
  { isBad, isSlow }: Judgement,
): Measurement {
  return {
    kind: 'measurement',
    source,
    at,
    ...(region === undefined ? {} : { region }),
    ...(takenIn === undefined ? {} : { takenIn }),
    ...(isBad === undefined ? { hasNoData: true } : { isBad, hasNoData: false }),
    ...(isSlow === undefined ? {} : { isSlow }),
    ...(isAnswering === undefined ? {} : { isAnswering }),
  };
}

function judgementOf(
  { errorRate, p95Ms, requests }: EdgeVote,
  others: readonly EdgeVote[],
  policy: EvidencePolicy,
): Judgement | undefined {
  const hasOther = others.some((other) => other.p95Ms !== undefined);
  const limited: Values = {
    ...(errorRate === undefined || policy.errorRateMax === undefined ? {} : { errorRate }),
    ...(p95Ms === undefined || policy.latencyFactor === undefined || !hasOther ? {} : { p95Ms }),
  };
  // How many is not known is few.
  if (Object.keys(limited).length === 0 || (requests ?? 0) < policy.minRequests) {
    return undefined;
  }
  const { isBad, ...verdict } = judgeMeasurement(limited, others, policy);
  return isBad === undefined || 'reason' in verdict ? undefined : { isBad, ...verdict };
}
