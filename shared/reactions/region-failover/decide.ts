import { pruned, regionOf, withAlert, withRegion, withVote, type EdgeEvidence } from '../../domain/traffic/evidence.ts';
import {
  ALERT_SOURCE,
  judgeMeasurement,
  judgeRegion,
  type Measurement,
  type RegionLook,
} from '../../domain/traffic/judge.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import type { EdgePolicy } from '../../domain/traffic/policy.ts';
import type { Vote } from '../../domain/traffic/votes.ts';
import { OUTSIDE_SOURCES, type Report } from './schema.ts';

/** What is read before a decision. Times are milliseconds since 1970. */
export interface FailoverFacts {
  readonly policy: EdgePolicy;
  readonly origins: readonly Origin[];
  /** The newest measurements, by origin name. */
  readonly measured: Readonly<Record<string, Measurement>>;
  readonly evidence: EdgeEvidence;
  /** Names of origins that our own intents hold out. */
  readonly heldOut: readonly string[];
  /** Names of origins that a person has pinned. */
  readonly pinned: readonly string[];
  /** The edge cannot be acted on, whatever is said of it: the reason, and people hear of it. */
  readonly unusable?: { readonly decision: 'refuse' | 'escalate'; readonly reason: string };
  /** The plan that is under way, by what it does to which origins. */
  readonly moving?: { readonly from: readonly string[]; readonly isPlanned: boolean };
  readonly now: number;
}

/** What a report leads to. `reason` is one of docs/failover.md. */
export interface Verdict {
  readonly decision:
    'drain' | 'slow' | 'release' | 'undo' | 'hold' | 'ignore' | 'failstatic' | 'noop' | 'refuse' | 'escalate';
  readonly reason: string;
  readonly page: boolean;
  /** Origin names. */
  readonly origins: readonly string[];
}

/** The evidence afterwards, what to do about it, and when to look again although nobody says anything. */
export interface Decision {
  readonly evidence: EdgeEvidence;
  readonly verdicts: readonly Verdict[];
  readonly lookInMs?: number;
}

/**
 * Takes one report about an edge's regions. Pure: the same report on the same facts gives the same decision, and a
 * report that has been taken already changes nothing.
 */
export function decideFailover(report: Report, facts: FailoverFacts): Decision {
  const before = { ...facts, evidence: pruned(facts.evidence, facts.now) };
  const taken = takeReport(report, before);
  if (taken.verdict !== undefined) {
    return { evidence: taken.evidence, verdicts: [taken.verdict] };
  }
  return judgeAll({ ...before, evidence: taken.evidence }, { about: taken.about, kind: report.kind });
}

interface Taken {
  readonly evidence: EdgeEvidence;
  /** It ends here. */
  readonly verdict?: Verdict;
  /** Names of the origins that it is about. */
  readonly about: readonly string[];
}

function takeReport(report: Report, facts: FailoverFacts): Taken {
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
  const about = facts.origins.filter((origin) => alert.regions.some((region) => isOf(origin, region))).map(nameOf);
  const refusal = refusalOf(alert, about, facts);
  const { id, firedAt, resolvedAt } = alert;
  const life = { firedAt, ...(resolvedAt === undefined ? {} : { resolvedAt }) };
  // What is too old or too new to act on is remembered all the same: its other word may come.
  const known = facts.evidence.alerts[id];
  const evidence = withAlert(facts.evidence, id, life);
  if (refusal !== undefined) {
    const isForeign = refusal.reason === 'out-of-scope' || refusal.reason === 'unknown-region';
    return { evidence: isForeign ? facts.evidence : evidence, verdict: { ...refusal, origins: about }, about };
  }
  if (alert.state === 'bad' && known?.resolvedAt !== undefined && known.resolvedAt >= firedAt) {
    return { evidence, verdict: ending('ignore', 'already-resolved', about), about };
  }
  const isBad = alert.state === 'bad';
  const vote: Vote = {
    source: `${ALERT_SOURCE}${id}`,
    isBad,
    at: Math.min(facts.now, isBad ? firedAt : (resolvedAt ?? firedAt)),
    expires: Number.MAX_SAFE_INTEGER,
    isOutside: true,
  };
  return { evidence: about.reduce((all, name) => withVote(all, name, vote), evidence), about };
}

function refusalOf(
  alert: Alert,
  about: readonly string[],
  { policy, evidence, now }: FailoverFacts,
): Verdict | undefined {
  const { maxAlertAgeMs = Infinity, maxSkewMs = Infinity, severityAtMost = 4 } = policy.evidence;
  const { id, firedAt, resolvedAt, severity = 0, state, isByUser, regions } = alert;
  const at = state === 'over' ? (resolvedAt ?? firedAt) : firedAt;
  if (about.length === 0) {
    return ending('ignore', regions.length === 0 ? 'out-of-scope' : 'unknown-region', about);
  }
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

type Measured = Extract<Report, { kind: 'measurement' }>;

function takeMeasurement(report: Measured, facts: FailoverFacts): Taken {
  const { source, region, takenIn, at, hasNoData } = report;
  const { sources, voteTtlMs } = facts.policy.evidence;
  const about = facts.origins.filter((origin) => region === undefined || isOf(origin, region)).map(nameOf);
  const { evidence } = facts;
  if (about.length === 0) {
    return { evidence, verdict: ending('ignore', 'unknown-region', about), about };
  }
  if (sources !== undefined && !sources.includes(source)) {
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
      }),
    evidence,
  );
  return { evidence: voted, about };
}

function judgementOf(report: Measured, about: readonly string[], { measured, policy, origins }: FailoverFacts) {
  const { isBad, requests, errorRate, p95Ms } = report;
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
    return { isBad };
  }
  return isMeasured || judged.isBad === undefined ? judged : { reason: 'inconclusive:nothing-measured' };
}

interface Reported {
  readonly about: readonly string[];
  readonly kind: Report['kind'];
}

interface Judged {
  readonly name: string;
  readonly look: RegionLook;
  readonly was: RegionLook['health']['status'];
}

/** Judges every region anew, and what is to be done about those that the report is about. */
function judgeAll(facts: FailoverFacts, { about, kind }: Reported): Decision {
  const { policy, now } = facts;
  const judged = facts.origins.map(({ name }): Judged => {
    const region = regionOf(facts.evidence, name);
    return { name, look: judgeRegion(region, policy.evidence, now), was: region.health.status };
  });
  const evidence = judged.reduce(
    (all, { name, look }) => withRegion(all, name, { ...regionOf(all, name), health: look.health }),
    facts.evidence,
  );
  const bad = judged.filter(
    ({ look, name }) => look.health.status === 'bad' && look.reason === 'bad' && !facts.heldOut.includes(name),
  );
  const settled = settle(
    evidence,
    bad.map(({ name }) => name),
    facts,
  );
  const verdicts = judged
    .filter(({ name }) => about.includes(name) || settled.isOver)
    .flatMap((one) => verdictOn(one, settled, { ...facts, kind }));
  const looks = judged.flatMap(({ look }) => look.lookInMs ?? []);
  const lookInMs = Math.min(...looks, settled.leftMs ?? Infinity);
  const turned = verdicts.filter(({ decision }) => decision === 'undo').flatMap(({ origins }) => origins);
  const steered = { ...settled.evidence.steered, ...Object.fromEntries(turned.map((name) => [name, now])) };
  const after = turned.length === 0 ? settled.evidence : { ...settled.evidence, steered };
  return { evidence: after, verdicts, ...(Number.isFinite(lookInMs) ? { lookInMs } : {}) };
}

interface Settled {
  readonly evidence: EdgeEvidence;
  /** Regions that may be acted on now. */
  readonly bad: readonly string[];
  readonly leftMs?: number;
  readonly isOver: boolean;
  readonly isCorrelated: boolean;
}

/** Bad regions are looked at as a whole: when too many are bad at once, it is the monitor that is suspect. */
function settle(
  evidence: EdgeEvidence,
  bad: readonly string[],
  { policy, origins, now, heldOut }: FailoverFacts,
): Settled {
  const { settleMs } = policy.evidence;
  const { settleUntil, ...rest } = evidence;
  if (bad.length === 0) {
    return { evidence: rest, bad, isOver: false, isCorrelated: false };
  }
  const until = settleUntil ?? now + settleMs;
  if (until > now) {
    return {
      evidence: { ...rest, settleUntil: until },
      bad: [],
      leftMs: until - now,
      isOver: false,
      isCorrelated: false,
    };
  }
  const out = new Set([...bad, ...heldOut]);
  const isWhole = settleMs > 0 && bad.length > 1;
  const isCorrelated =
    isWhole && out.size / origins.length > Math.min(policy.safety.maxDrainFraction, allButOne(origins));
  return { evidence: rest, bad, isOver: settleUntil !== undefined, isCorrelated };
}

/** All of them bad is never a matter of regions. */
function allButOne(origins: readonly Origin[]): number {
  return (origins.length - 1) / origins.length;
}

function verdictOn(
  { name, look, was }: Judged,
  settled: Settled,
  facts: FailoverFacts & Pick<Reported, 'kind'>,
): readonly Verdict[] {
  const { policy, heldOut, kind } = facts;
  const { status } = look.health;
  if (status === 'bad' && look.reason === 'bad') {
    const { unusable } = facts;
    return [
      unusable === undefined
        ? onBad({ name, look }, settled, facts)
        : paged(unusable.decision, unusable.reason, [name]),
    ];
  }
  if (look.isOutvoted && status !== 'bad') {
    return [ending('ignore', 'recovered', [name])];
  }
  if (status === 'suspect') {
    const { bad } = look.count;
    const reason = look.reason === 'quorum' ? `quorum ${bad}/${policy.evidence.quorum}` : look.reason;
    return [ending('hold', reason, [name])];
  }
  if (heldOut.includes(name) || was === 'bad' || was === 'recovering') {
    return onReturn(name, look, facts);
  }
  if (was === 'suspect' && status !== 'unknown') {
    return [ending('ignore', 'did-not-persist', [name])];
  }
  switch (kind) {
    case 'measurement':
      return [ending('hold', `quorum ${look.count.bad}/${policy.evidence.quorum}`, [name])];
    case 'alert':
      return [ending('ignore', 'recovered', [name])];
    case 'tick':
      return [ending('noop', 'verified', [name])];
  }
}

function onBad(
  { name, look }: Pick<Judged, 'name' | 'look'>,
  { bad, isCorrelated }: Settled,
  facts: FailoverFacts,
): Verdict {
  const { heldOut, pinned, moving, origins, measured, policy } = facts;
  const origin = origins.find((one) => one.name === name);
  if (heldOut.includes(name)) {
    return ending('drain', 'already-drained', [name]);
  }
  if (pinned.includes(name)) {
    return { ...ending('ignore', 'pinned', [name]), page: origin?.healthy === false };
  }
  if (isCorrelated) {
    return paged('failstatic', 'correlated-failure', [name]);
  }
  if (!bad.includes(name)) {
    return ending('hold', 'settling', [name]);
  }
  if (moving?.isPlanned === true && !moving.from.includes(name)) {
    return paged('undo', 'receiver-bad', [name]);
  }
  if (isSteered(name, facts)) {
    return ending('hold', 'steered', [name]);
  }
  const cooling = coolingMs(name, facts);
  const { bypassErrorRate = Infinity } = policy.evidence.cooldown ?? {};
  if (cooling > 0 && (measured[name]?.errorRate ?? 0) < bypassErrorRate && moving === undefined) {
    return paged('hold', 'cooldown', [name]);
  }
  return ending(look.isSlow && policy.evidence.latencyAction === 'halve' ? 'slow' : 'drain', 'bad', [name]);
}

/** True if nothing newer is said of a region than what has turned a plan around. */
function isSteered(name: string, { evidence }: FailoverFacts): boolean {
  const at = evidence.steered?.[name];
  return at !== undefined && !regionOf(evidence, name).votes.some((vote) => vote.isBad && vote.at > at);
}

function coolingMs(name: string, { evidence, policy, now }: FailoverFacts): number {
  const { cooldown } = policy.evidence;
  if (cooldown === undefined) {
    return 0;
  }
  const shifts = Object.entries(evidence.shifts).filter(([one]) => cooldown.scope === 'group' || one === name);
  return Math.max(0, ...shifts.map(([, at]) => at + cooldown.ms - now));
}

function onReturn(name: string, look: RegionLook, { heldOut }: FailoverFacts): readonly Verdict[] {
  if (look.health.status === 'healthy') {
    return heldOut.includes(name) ? [ending('release', 'recovered', [name])] : [ending('ignore', 'recovered', [name])];
  }
  return [ending('hold', look.reason === 'damped' ? 'damped' : 'recover-hold', [name])];
}

function ending(decision: Verdict['decision'], reason: string, origins: readonly string[]): Verdict {
  return { decision, reason, page: false, origins };
}

function paged(decision: Verdict['decision'], reason: string, origins: readonly string[]): Verdict {
  return { decision, reason, page: true, origins };
}

function isOf({ name, region }: Origin, asked: string): boolean {
  const wanted = asked.toLowerCase();
  return region.toLowerCase() === wanted || name.toLowerCase() === wanted;
}

function nameOf({ name }: Origin): string {
  return name;
}
