import {
  holdOn,
  unverified,
  withGood,
  withHold,
  type CheckResult,
  type HeldVersion,
  type Running,
  type StageProgress,
  type Verdict,
  type VerdictOutcome,
} from '../../domain/image/progress.ts';
import type { FleetStage } from '../../fleet/model.ts';
import type { Standing, StageFacts, Written } from './facts.ts';

/** Heads of a version that are kept: the first and the newest. */
const MAX_HEADS = 8;

interface Look {
  /** The head that was looked at. */
  readonly head: string;
  /** ISO 8601. */
  readonly now: string;
}

/**
 * The row after a look at the head. Pure. What stands there anew has neither passed nor soaked, whoever wrote it; the
 * same version written once more counts as new.
 */
export function seen({ stage, row, standing, written }: StageFacts, { head, now }: Look): StageProgress {
  if (standing === undefined) {
    return row;
  }
  if ('unsettled' in standing) {
    return row.unsettled === standing.unsettled ? row : asUnsettled(row, standing.unsettled, now);
  }
  const { current } = row;
  // Whoever puts back what we once wrote is not us, and what was said of our commit is not said of theirs.
  const known = current ?? row.previous;
  const news = written !== undefined && (known === undefined || written.at > known.at) ? written : undefined;
  if (current?.digest === standing.digest && current.tag === standing.tag && news === undefined) {
    // Later heads matter only while somebody is asked about them.
    return current.heads.includes(head) || !isAsked(row, stage, now)
      ? row
      : { ...row, current: { ...current, heads: headsWith(current, head) }, at: now };
  }
  return asCurrent(row, { stage, standing, written: news, head, now });
}

interface Arrival extends Look {
  readonly stage: FleetStage;
  readonly standing: Exclude<Standing, { readonly unsettled: string }>;
  readonly written: Written | undefined;
}

function asCurrent(row: StageProgress, { stage, standing, written, head, now }: Arrival): StageProgress {
  const { current, previous, starved } = row;
  const before = current === undefined ? previous : { ...current, outcome: row.verdict.outcome };
  const isStarving = current !== undefined && written?.isRollback !== true && !isThrough(row, stage, now);
  const hungry = isStarving ? { count: (starved?.count ?? 0) + 1, since: starved?.since ?? now } : starved;
  return {
    ...settled(row),
    held: heldAfter(row, { standing, written, now }),
    current: {
      ...{ tag: standing.tag, digest: standing.digest, commit: written?.commit ?? head, at: now },
      ...(written === undefined ? {} : { before: written.before }),
      ...{ isForeign: written === undefined, isRollback: written?.isRollback === true, heads: [head] },
    },
    verdict: unverified(now),
    ...(before === undefined ? {} : { previous: before }),
    ...(hungry === undefined ? {} : { starved: hungry }),
    at: now,
  };
}

/**
 * What somebody has taken out again, by putting back what ran there before, stays out; what somebody has put back
 * again has been let go of.
 */
function heldAfter(
  { current, previous, good, held }: StageProgress,
  { standing, written, now }: Pick<Arrival, 'standing' | 'written' | 'now'>,
): readonly HeldVersion[] {
  if (written !== undefined) {
    return held;
  }
  const kept = held.filter(({ cause, digest }) => cause !== 'revert' || digest !== standing.digest);
  const isBack = [previous, ...good].some((one) => one?.digest === standing.digest);
  if (current === undefined || current.isForeign || current.digest === standing.digest || !isBack) {
    return kept;
  }
  const { tag, digest, commit } = current;
  const reason = `somebody has taken ${tag} of commit ${commit} out again`;
  return withHold({ held: kept }, { tag, digest, commit, cause: 'revert', at: now, reason }).held;
}

function asUnsettled(row: StageProgress, unsettled: string, now: string): StageProgress {
  const { current } = row;
  const previous = current === undefined ? {} : { previous: { ...current, outcome: row.verdict.outcome } };
  return { ...settled(row), ...previous, unsettled, verdict: unverified(now), at: now };
}

const OF_CURRENT: readonly string[] = ['current', 'unsettled', 'since'];

/** The row without what is about the version that stood there. */
function settled(row: StageProgress): StageProgress {
  return Object.fromEntries(
    Object.entries(row).filter(([key]) => !OF_CURRENT.includes(key)),
  ) as unknown as StageProgress;
}

function headsWith({ heads }: Running, head: string): readonly string[] {
  const all = [...heads, head];
  return [...all.slice(0, 1), ...all.slice(1).slice(-(MAX_HEADS - 1))];
}

/** True if what a stage runs has passed, and for as long as its soak. Pure. */
export function isThrough({ verdict, since }: StageProgress, { soakMs = 0 }: FleetStage, now: string): boolean {
  return verdict.outcome === 'pass' && since !== undefined && Date.parse(now) >= Date.parse(since) + soakMs;
}

/** True while something may still be found out about what a stage runs. Pure. */
export function isAsked(row: StageProgress, stage: FleetStage, now: string): boolean {
  const { current, verdict } = row;
  const isSettled = verdict.outcome === 'fail' && current !== undefined && holdOn(row, current.digest) !== undefined;
  return current !== undefined && !isSettled && !isThrough(row, stage, now);
}

/**
 * The row after the verifications were asked. Pure. Any failure is one; until all have passed it is pending or, where
 * one has no answer in its time, inconclusive. What has passed stays so unless one fails.
 */
export function judged(
  { stage, row, results }: Pick<StageFacts, 'stage' | 'row' | 'results'>,
  now: string,
): StageProgress {
  const { current, verdict: before } = row;
  if (current === undefined || results === undefined) {
    return row;
  }
  const checks = results.map((result, index) => inTime(result, stage.verify?.[index]?.timeoutMs, { current, now }));
  const found = worstOf(checks);
  const isKept = before.outcome === 'pass' && found.outcome !== 'fail';
  const outcome = isKept ? 'pass' : found.outcome;
  const verdict: Verdict = {
    ...{ outcome, reason: isKept ? before.reason : found.reason },
    ...{ at: outcome === before.outcome ? before.at : now, checks },
  };
  const { since, ...rest } = row;
  const version = { tag: current.tag, digest: current.digest, at: now };
  switch (outcome) {
    case 'pass':
      return withGood(
        { ...rest, verdict, since: since ?? now, at: now },
        before.outcome === 'pass' ? keptGood(row, version) : version,
      );
    case 'fail': {
      const failed = { ...rest, verdict, at: now };
      const hold = { ...version, cause: 'verification', reason: found.reason } as const;
      return current.isForeign || current.isRollback ? failed : withHold(failed, hold);
    }
    case 'pending':
    case 'inconclusive':
      return { ...rest, verdict, at: now };
  }
}

/** A version keeps the time at which it passed. */
function keptGood({ good }: StageProgress, version: StageProgress['good'][number]): StageProgress['good'][number] {
  return good.find(({ digest }) => digest === version.digest) ?? version;
}

function inTime(
  result: CheckResult,
  timeoutMs = Infinity,
  { current, now }: { readonly current: Running; readonly now: string },
): CheckResult {
  const isLate = result.outcome === 'pending' && Date.parse(now) >= Date.parse(current.at) + timeoutMs;
  return isLate ? { ...result, outcome: 'inconclusive', reason: `no-answer-in-time: ${result.reason}` } : result;
}

const WORST_FIRST: readonly VerdictOutcome[] = ['fail', 'inconclusive', 'pending'];

function worstOf(checks: readonly CheckResult[]): Pick<Verdict, 'outcome' | 'reason'> {
  for (const outcome of WORST_FIRST) {
    const found = checks.find((check) => check.outcome === outcome);
    if (found !== undefined) {
      return { outcome, reason: `${found.check}: ${found.reason}` };
    }
  }
  return { outcome: 'pass', reason: checks.length === 0 ? 'nothing-to-verify' : 'all-passed' };
}
