import { regionOf, withAlert, withVote, withWord, type EdgeEvidence } from '../../domain/traffic/evidence.ts';
import { isContradicted, judgeMeasurement } from '../../domain/traffic/judge.ts';
import { isHostLike, originsCalled } from '../../domain/traffic/named-origins.ts';
import { ALERT_SOURCE, isCounted, type Vote } from '../../domain/traffic/votes.ts';
import type { EvidencePolicy } from '../../domain/traffic/policy.ts';
import { ending, isOf, nameOf, paged, type FailoverFacts, type Verdict } from './facts.ts';
import { OUTSIDE_SOURCES, SLOW_SOURCE, type Report } from './schema.ts';

/** Evidence with a report in it. */
export interface Taken {
  readonly evidence: EdgeEvidence;
  /** It ends here. */
  readonly verdict?: Verdict;
  /** Names of the origins that it is about. */
  readonly about: readonly string[];
}

/** Writes a report into the evidence, or says why it ends there. Pure. */
export function takeReport(report: Report, facts: FailoverFacts): Taken {
  switch (report.kind) {
    case 'alert':
      return takeAlert(report, facts);
    case 'measurement':
      return takeMeasurement(report, facts);
    case 'tick': {
      const { measurements = [] } = report;
      const evidence = measurements.reduce(
        (all, one) => takeMeasurement(one, { ...facts, evidence: all }).evidence,
        facts.evidence,
      );
      return { evidence, about: facts.origins.map(({ name }) => name) };
    }
  }
}

type Alert = Extract<Report, { kind: 'alert' }>;

function takeAlert(alert: Alert, facts: FailoverFacts): Taken {
  const about = aboutOf(alert, facts);
  if (about.length === 0) {
    return { evidence: facts.evidence, verdict: foreign(alert, facts), about };
  }
  const refusal = refusalOf(alert, about, facts);
  const uncounted = refusal === undefined ? uncountedOf(alert, about, facts) : undefined;
  const { id, state, firedAt, resolvedAt = state === 'over' ? firedAt : undefined } = alert;
  const life = { firedAt, ...(resolvedAt === undefined ? {} : { resolvedAt }) };
  // What is too old or too new to act on is remembered all the same: its other word may come.
  const known = facts.evidence.alerts[id];
  const evidence = withAlert(facts.evidence, id, life);
  const voted = withAlertVote(evidence, alert, { about, policy: facts.policy.evidence, now: facts.now });
  if (refusal !== undefined) {
    // An end that comes late ends what the alert has said; nothing else begins with it.
    const isEnd = state === 'over' && refusal.reason !== 'clock-skew' && hasVoted(evidence, id, about);
    return { evidence: isEnd ? voted : evidence, verdict: refusal, about };
  }
  if (uncounted !== undefined) {
    // It is written down all the same: who counts may change while it fires.
    return { evidence: voted, verdict: uncounted, about };
  }
  if (state === 'bad' && known?.resolvedAt !== undefined && known.resolvedAt >= firedAt) {
    return { evidence, verdict: ending('ignore', 'already-resolved', about), about };
  }
  return { evidence: voted, about };
}

/** Names of the origins that an alert speaks of, each name of its own: one that says nothing does not spoil the others. */
function aboutOf({ regions }: Alert, { origins }: FailoverFacts): readonly string[] {
  const called = regions.flatMap((text) => {
    const found = originsCalled(origins, text);
    return found === 'ambiguous' ? [] : found.map(nameOf);
  });
  return origins.map(nameOf).filter((name) => called.includes(name));
}

function hasVoted(evidence: EdgeEvidence, id: string, about: readonly string[]): boolean {
  return about.some((name) => voteOf(evidence, name, id) !== undefined);
}

function voteOf(evidence: EdgeEvidence, name: string, id: string): Vote | undefined {
  return regionOf(evidence, name).votes.find(({ source }) => source === `${ALERT_SOURCE}${id}`);
}

interface Voting {
  readonly about: readonly string[];
  readonly policy: EvidencePolicy;
  readonly now: number;
}

/** An alert's vote follows from its life, so that its words may come in any order. */
function withAlertVote(evidence: EdgeEvidence, alert: Alert, { about, policy, now }: Voting): EdgeEvidence {
  const { id, state, sees, isOutside, rule } = alert;
  const { firedAt = now, resolvedAt } = evidence.alerts[id] ?? {};
  if (state === 'over' && resolvedAt === undefined) {
    // The end of an earlier time: it has fired anew since, and whether that counts was said then.
    return evidence;
  }
  const vote: Vote = {
    source: `${ALERT_SOURCE}${id}`,
    isBad: resolvedAt === undefined,
    at: Math.min(now, resolvedAt ?? firedAt),
    expires:
      resolvedAt === undefined && policy.alertTtlMs !== undefined
        ? firedAt + policy.alertTtlMs
        : Number.MAX_SAFE_INTEGER,
    isOutside,
    sees,
    ...(resolvedAt === undefined && sees === SLOW_SOURCE ? { isSlow: true } : {}),
    ...(rule === undefined ? {} : { rule }),
  };
  return about.reduce((all, name) => withWord(all, name, judgedOnArrival(all, name, vote, { policy, now })), evidence);
}

/** Whether an alert was outvoted is settled when it first comes: a second delivery of the same word changes nothing. */
function judgedOnArrival(
  evidence: EdgeEvidence,
  name: string,
  vote: Vote,
  { policy, now }: Omit<Voting, 'about'>,
): Vote {
  const { votes } = regionOf(evidence, name);
  const known = votes.find(({ source, isBad }) => source === vote.source && isBad);
  if (!vote.isBad || (known !== undefined && known.at >= vote.at)) {
    return known !== undefined && vote.isBad ? known : vote;
  }
  const current = votes.filter(({ expires, at }) => expires > now && at <= now);
  const counted = current.filter((one) => isCounted(one, policy.sources));
  return isContradicted(vote.at, counted, policy.quorum) ? { ...vote, isOutvoted: true } : vote;
}

function refusalOf(alert: Alert, about: readonly string[], facts: FailoverFacts): Verdict | undefined {
  const { policy, evidence, now } = facts;
  const { maxAlertAgeMs = Infinity, maxSkewMs = Infinity, severityAtMost = 4 } = policy.evidence;
  const { id, firedAt, resolvedAt, severity = 0, state, isByUser } = alert;
  const at = state === 'over' ? (resolvedAt ?? firedAt) : firedAt;
  if (isByUser) {
    return ending('ignore', 'caused-by-user', about);
  }
  if (state === 'unknown') {
    return ending('ignore', 'says-nothing', about);
  }
  if (at - now > maxSkewMs) {
    return ending('hold', 'clock-skew', about);
  }
  if (state === 'bad' && severity > severityAtMost) {
    return ending('ignore', 'severity', about);
  }
  if (now - at > maxAlertAgeMs) {
    return ending('ignore', 'stale', about);
  }
  return evidence.closed.includes(id) ? ending('ignore', 'closed-incident', about) : undefined;
}

/** The verdict on an alert whose source the edge does not list. */
function uncountedOf(
  { sees, rule }: Alert,
  about: readonly string[],
  { policy: { evidence } }: FailoverFacts,
): Verdict | undefined {
  const source = { source: ALERT_SOURCE, sees, ...(rule === undefined ? {} : { rule }) };
  const names = ['alerts', sees, ...(rule === undefined ? [] : [rule])];
  return isCounted(source, evidence.sources)
    ? undefined
    : { ...ending('ignore', 'out-of-scope', about), detail: `signals.sources lists none of: ${names.join(', ')}` };
}

/** Why an alert is about no region of the edge. */
function foreign({ regions }: Alert, { origins, unusable }: FailoverFacts): Verdict {
  if (regions.length === 0) {
    return { ...ending('ignore', 'out-of-scope', []), detail: 'it names no region and no origin' };
  }
  const hosts = regions.filter(isHostLike);
  if (hosts.length === 0) {
    const detail = `no origin here has the name or the region: ${regions.join(', ')}`;
    return { ...ending('ignore', 'unknown-region', []), detail };
  }
  if (unusable !== undefined) {
    return ending(unusable.decision, unusable.reason, []);
  }
  const shared = hosts.filter((host) => originsCalled(origins, host) === 'ambiguous');
  const detail =
    shared.length > 0
      ? `origins of several regions have the host: ${shared.join(', ')}`
      : `no origin here has the host: ${hosts.join(', ')}`;
  return { ...ending('ignore', 'out-of-scope', []), detail };
}

type Measured = Extract<Report, { kind: 'measurement' }>;

function takeMeasurement(report: Measured, facts: FailoverFacts): Taken {
  const { source, region, takenIn, at, hasNoData } = report;
  const { sources, voteTtlMs } = facts.policy.evidence;
  const about = facts.origins.filter((origin) => region === undefined || isOf(origin, region)).map(nameOf);
  const { evidence } = facts;
  if (about.length === 0) {
    return { evidence, verdict: ending('ignore', 'unknown-region', about), about };
  }
  if (!isCounted({ source }, sources)) {
    return { evidence, verdict: ending('ignore', 'out-of-scope', about), about };
  }
  if (hasNoData) {
    const isKnown = about.some((name) => regionOf(evidence, name).votes.some(({ expires }) => expires > facts.now));
    return isKnown ? { evidence, about } : { evidence, verdict: paged('failstatic', 'no-data', about), about };
  }
  const judged = judgementOf(report, about, facts);
  if (judged.isBad === undefined || 'reason' in judged) {
    const reason = 'reason' in judged ? judged.reason : 'inconclusive:nothing-measured';
    return { evidence, verdict: { ...ending('hold', reason, about), page: reason === 'not-regional' }, about };
  }
  const taken = Math.min(at, facts.now);
  const isOutside = (name: string): boolean =>
    takenIn === undefined
      ? OUTSIDE_SOURCES.includes(source)
      : !facts.origins.some((origin) => origin.name === name && isOf(origin, takenIn));
  const slow = 'isSlow' in judged && judged.isSlow ? { isSlow: true } : {};
  const voted = about.reduce(
    (all, name) =>
      withVote(all, name, {
        source,
        isBad: judged.isBad,
        at: taken,
        expires: taken + voteTtlMs,
        isOutside: isOutside(name),
        ...slow,
        ...(report.isAnswering === true ? { isAnswering: true } : {}),
      }),
    evidence,
  );
  return { evidence: voted, about };
}

function judgementOf(report: Measured, about: readonly string[], { measured, policy, origins }: FailoverFacts) {
  const { isBad, isSlow, requests, errorRate, p95Ms } = report;
  const others = origins
    .filter(({ name, enabled }) => enabled && !about.includes(name))
    .map(({ name }) => measured[name] ?? {});
  const values = {
    ...(requests === undefined ? {} : { requests }),
    ...(errorRate === undefined ? {} : { errorRate }),
    ...(p95Ms === undefined ? {} : { p95Ms }),
  };
  const judged = judgeMeasurement(values, others, policy.evidence);
  const isMeasured = errorRate !== undefined || p95Ms !== undefined;
  if (isBad !== undefined && !(isBad && isMeasured && policy.evidence.isRelative)) {
    return isSlow === undefined ? { isBad } : { isBad, isSlow };
  }
  return isMeasured || judged.isBad === undefined ? judged : { reason: 'inconclusive:nothing-measured' };
}
