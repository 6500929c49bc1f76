import { InvalidPolicyError } from '../../errors.ts';
import { compareBytes } from './byte-order.ts';
import type { Ranking, TagCandidate, Unranked } from './ranking.ts';
import type { Filtered } from './tag-filter.ts';

/** Why a tag was or was not chosen. */
export interface Considered {
  readonly tag: string;
  readonly verdict: 'chosen' | 'passed-over' | 'not-a-candidate';
  readonly reason: string;
}

export interface ChooseOptions {
  readonly filter: (tag: string) => Filtered;
  readonly explain: boolean;
}

export interface Best {
  readonly winner: TagCandidate | undefined;
  readonly findings: { readonly considered: readonly Considered[]; readonly warnings: readonly string[] };
}

interface Ranked<R> {
  readonly candidate: TagCandidate;
  readonly rank: R;
}

/** An explanation is for a person or a record: a longer one is cut, in byte order; the choice is always in it. */
const MAX_EXPLAINED = 10_000;
const MAX_NAMED_TIES = 5;

/**
 * The candidate with the greatest rank, in one pass; the greatest tag in byte order where ranks are equal.
 * @throws InvalidPolicyError that names the first tag in byte order that the ranking cannot take at all.
 */
export function chooseBest<R>(
  ranking: Ranking<R>,
  candidates: readonly TagCandidate[],
  { filter, explain }: ChooseOptions,
): Best {
  let best: Ranked<R> | undefined;
  let ties = new Set<string>();
  let fatal: string | undefined;
  const reasons = new Map<string, string>();
  for (const candidate of candidates) {
    const rank = rankOf(ranking, candidate, filter);
    if (isUnranked(rank)) {
      if (explain) {
        reasons.set(candidate.name, rank.reason);
      }
      if (rank.isFatal === true && (fatal === undefined || compareBytes(candidate.name, fatal) < 0)) {
        fatal = candidate.name;
      }
      continue;
    }
    const order = best === undefined ? 1 : ranking.compare(rank, best.rank);
    if (order > 0) {
      ties = new Set();
    }
    if (order >= 0) {
      ties.add(candidate.name);
    }
    if (best === undefined || order > 0 || (order === 0 && isGreater(candidate, best.candidate))) {
      best = { candidate, rank };
    }
  }
  if (fatal !== undefined) {
    throw new InvalidPolicyError(
      `tag ${JSON.stringify(fatal.slice(0, 128))} cannot be ranked; filterTags can leave it out`,
    );
  }
  const winner = best?.candidate;
  const considered = explain ? explainAll(candidates, reasons, { winner: winner?.name, ties }) : [];
  return { winner, findings: { considered, warnings: warnOfTies(ties, winner?.name) } };
}

function rankOf<R>(ranking: Ranking<R>, candidate: TagCandidate, filter: (tag: string) => Filtered): R | Unranked {
  const filtered = filter(candidate.name);
  return 'reason' in filtered ? filtered : ranking.rank(filtered.value, candidate);
}

function isUnranked(rank: unknown): rank is Unranked {
  return typeof rank === 'object' && rank !== null && 'reason' in rank;
}

/** A tag that is listed twice goes to its greater digest, so that the order of the list never decides. */
function isGreater(a: TagCandidate, b: TagCandidate): boolean {
  return (compareBytes(a.name, b.name) || compareBytes(a.digest ?? '', b.digest ?? '')) > 0;
}

function warnOfTies(ties: ReadonlySet<string>, winner: string | undefined): readonly string[] {
  const others = [...ties].filter((tag) => tag !== winner).toSorted(compareBytes);
  if (winner === undefined || others.length === 0) {
    return [];
  }
  const named = others.slice(0, MAX_NAMED_TIES).join(', ');
  const more = others.length > MAX_NAMED_TIES ? ` and ${others.length - MAX_NAMED_TIES} more` : '';
  return [`${named}${more} rank like ${winner}, which is the greatest in byte order`];
}

function explainAll(
  candidates: readonly TagCandidate[],
  reasons: ReadonlyMap<string, string>,
  { winner, ties }: { readonly winner: string | undefined; readonly ties: ReadonlySet<string> },
): readonly Considered[] {
  const all = [...new Set(candidates.map(({ name }) => name))].toSorted(compareBytes);
  const tags = all.filter((tag, index) => index < MAX_EXPLAINED || tag === winner);
  return tags.map((tag): Considered => {
    if (tag === winner) {
      return { tag, verdict: 'chosen', reason: ties.size > 1 ? 'ranks first, greatest in byte order' : 'ranks first' };
    }
    const reason = reasons.get(tag);
    return reason === undefined
      ? { tag, verdict: 'passed-over', reason: ties.has(tag) ? `ranks like ${winner ?? ''}` : 'another ranks higher' }
      : { tag, verdict: 'not-a-candidate', reason };
  });
}
