import { isSameJson, type JsonObject } from '../../domain/json.ts';
import { isHostLike } from '../../domain/traffic/named-origins.ts';
import { afterMeasurement, type Burden } from '../../domain/traffic/burden.ts';
import { withProbes, type EdgeEvidence } from '../../domain/traffic/evidence.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import { isServing } from '../../domain/traffic/serving.ts';
import type { OutWish } from '../../domain/traffic/wishes.ts';
import { PlanCommandError, RowConflictError, UpstreamError } from '../../errors.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import type { Intent } from '../../intents/intent.ts';
import {
  decideFailover,
  type Decision,
  type FailoverFacts,
  type FailoverVerdict,
  type Report,
} from '../../reactions/region-failover/index.ts';
import { cancelPlan } from '../../reconcile/consent/plan-commands.ts';
import type { Plan } from '../../reconcile/plan.ts';
import { TargetRows, type TargetState } from '../../reconcile/target-rows.ts';
import type { AuditEntry } from '../../records/audit.ts';
import { burdenKey, currentBurden, EDGES, edgeTarget, isExpired, type ObservedEdge } from '../../targets/edge/index.ts';
import { answerReport, type Asked, type EdgeAnswer } from './answer.ts';
import { intentsFor, REACTION, slowedSubjects } from './intents-for.ts';
import { movingOf } from './moving.ts';
import { noteDemand } from './note-demand.ts';
import { hasNoEffect } from './prove.ts';
import { driveEdge, evidenceRow, intentsOf, readEvidence, type EdgeTools, type Trouble } from './look.ts';
import { saidOf } from './said-words.ts';
import { readEdge, stateOf, type ReadEdge } from './read-edge.ts';

/** Attempts against other writers of the edges' rows before the signal is put back on the queue. */
const MAX_ATTEMPTS = 20;

/** What a report has changed, and how it was answered. */
export interface Reported extends EdgeAnswer {
  readonly verdicts: readonly FailoverVerdict[];
}

/**
 * Takes one report about an edge: votes and health in one transaction with the intents that follow from them, then the
 * loop.
 *
 * @param signal - `source#id` of what brought the report; undefined for the clock.
 * @throws RowConflictError if the edges' rows stay contended; StorageUnavailableError.
 */
export async function handleReport(
  edge: FleetEdge,
  report: Report,
  signal: string | undefined,
  tools: EdgeTools,
): Promise<Reported> {
  const rows = new TargetRows(tools.rows);
  const {
    decision,
    asked,
    before,
    plan,
    seen,
    trouble: unread,
  } = await decideAndSave(edge, report, { signal, rows, tools });
  if (plan !== undefined && decision.verdicts.some((verdict) => verdict.decision === 'undo')) {
    await turnAround(edge, plan, { rows, tools });
  }
  const read = report.kind === 'tick' ? { trouble: unread } : undefined;
  const trouble = await driveEdge(edge, rows, tools, read);
  if (decision.lookInMs !== undefined) {
    await tools.wake(edge, decision.evidence.settleUntil === undefined ? 'health' : 'settle', decision.lookInMs);
  }
  await noteDemand(edge, seen, { rows, tools });
  const after = await rows.load(edgeTarget(edge));
  if (report.kind === 'tick' && trouble === undefined && (await hasNoEffect(edge, after, { rows, tools }))) {
    return { edge: edge.id, decision: 'escalate', reason: 'not-effective', verdicts: decision.verdicts };
  }
  return {
    ...answerReport(edge.id, decision.verdicts, { asked, before, after, trouble }),
    verdicts: decision.verdicts,
  };
}

/** Ends a plan whose receiver is bad; one that has been turned around or has ended meanwhile is left to that. */
async function turnAround(edge: FleetEdge, { id }: Plan, { rows, tools }: Omit<Context, 'signal'>): Promise<void> {
  const now = (): Date => tools.clock.now();
  try {
    await cancelPlan(rows, edgeTarget(edge), {
      ...{ plan: id, by: REACTION, now, reason: 'receiver-bad' },
      isReaction: true,
    });
  } catch (error) {
    if (!(error instanceof PlanCommandError)) {
      throw error;
    }
  }
}

interface Saved {
  readonly decision: Decision;
  readonly asked: readonly Asked[];
  /** The origins as they were. */
  readonly before: readonly Origin[];
  readonly plan: Plan | undefined;
  /** The edge as it was read; absent where it could not be. */
  readonly seen: ObservedEdge | undefined;
  /** Why the edge could not be read. */
  readonly trouble: Trouble | undefined;
}

interface Context {
  readonly signal: string | undefined;
  readonly rows: TargetRows;
  readonly tools: EdgeTools;
}

async function decideAndSave(edge: FleetEdge, report: Report, { signal, rows, tools }: Context): Promise<Saved> {
  for (let attempt = 1; ; attempt += 1) {
    const state = await rows.load(edgeTarget(edge));
    const evidence = await readEvidence(tools.rows, edge);
    const plan =
      state.lane.activePlan === undefined ? undefined : await rows.plan(edgeTarget(edge), state.lane.activePlan);
    const { origins, measured, unusable, seen, trouble } = await readEdge(edge, evidence, tools);
    assertNamed(report, origins, trouble);
    const now = tools.clock.now();
    const facts = factsOf(edge, {
      state,
      plan,
      origins,
      measured,
      evidence,
      now: now.getTime(),
      ...(unusable === undefined ? {} : { unusable }),
      ...(tools.ownRegion === undefined ? {} : { ownRegion: tools.ownRegion }),
    });
    const decision = decideFailover(report, facts);
    const { intents, asked } = intentsFor(edge, decision, { state, origins, signal, at: now.toISOString() });
    const told = pagesOf(edge, decision, { evidence, at: now.toISOString() });
    const pages =
      seen === undefined ? told : { ...told, evidence: withProbes({ ...told.evidence, seen: stateOf(seen) }, origins) };
    const isSame = isSameJson(evidence, pages.evidence);
    if (isSame && intents.length === 0) {
      return { decision, asked, before: origins, plan, seen, trouble };
    }
    try {
      await rows.save(edgeTarget(edge), state, {
        facts: [evidenceRow(edge, pages.evidence), ...(await burdenRow(edge, seen, tools))],
        intents,
        audit: [
          ...intents.map((intent) => entryOf(intent, now, saidOf(intent, origins, pages.evidence, now.getTime()))),
          ...pages.audit,
        ],
      });
      return { decision, asked, before: origins, plan, seen, trouble };
    } catch (error) {
      if (!(error instanceof RowConflictError) || attempt === MAX_ATTEMPTS) {
        throw error;
      }
    }
  }
}

/**
 * An alert that calls origins by their hosts waits until somebody can tell whose they are: it goes back to the queue.
 * @throws UpstreamError
 */
function assertNamed(report: Report, origins: readonly Origin[], trouble: Trouble | undefined): void {
  const isNamed = origins.some(({ hosts }) => hosts !== undefined);
  if (report.kind === 'alert' && trouble?.isPassing === true && !isNamed && report.regions.some(isHostLike)) {
    throw new UpstreamError('an alert names hosts, and the control plane cannot be asked whose they are', 503);
  }
}

/** What the edge puts on its clusters, unless a plan says more. */
async function burdenRow(
  edge: FleetEdge,
  seen: ObservedEdge | undefined,
  { rows, clock }: EdgeTools,
): Promise<readonly { readonly rowKey: string; readonly value: object }[]> {
  const measured = seen === undefined ? undefined : currentBurden(seen);
  if (measured === undefined) {
    return [];
  }
  const row = await rows.get(EDGES, burdenKey(edge.id));
  const value = afterMeasurement(row?.value as unknown as Burden | undefined, measured, clock.now().getTime());
  return [{ rowKey: burdenKey(edge.id), value }];
}

interface Read extends Pick<ReadEdge, 'origins' | 'measured' | 'unusable'> {
  readonly ownRegion?: string;
  readonly state: TargetState;
  readonly plan: Plan | undefined;
  readonly evidence: EdgeEvidence;
  readonly now: number;
}

function factsOf(
  edge: FleetEdge,
  { state, plan, origins, measured, evidence, now, unusable, ownRegion }: Read,
): FailoverFacts {
  const outs = intentsOf(edge, state, 'out');
  const nameOf = (subject: string): readonly string[] =>
    origins.filter(({ id }) => id === subject).map(({ name }) => name);
  const ours = (...states: readonly Intent['state'][]): readonly string[] =>
    outs
      .filter(({ by, state: at }) => 'reaction' in by && states.includes(at))
      .flatMap(({ subject }) => nameOf(subject));
  const pins = intentsOf(edge, state, 'pin').filter((intent) => !isExpired(intent, new Date(now)));
  const shifts = Object.entries(state.lane.lastWrites ?? {}).flatMap(([subject, at]) =>
    nameOf(subject).map((name) => [name, Date.parse(at)] as const),
  );
  const moving =
    plan === undefined || plan.state === 'parked'
      ? undefined
      : movingOf(plan, [...outs, ...intentsOf(edge, state, 'shares')], origins);
  return {
    policy: edge.policy,
    origins,
    measured,
    evidence: { ...evidence, shifts: { ...evidence.shifts, ...Object.fromEntries(shifts) } },
    heldOut: ours('open', 'leaving'),
    returning: moving === undefined ? [] : returningOf(outs, origins),
    keptIn: ours('blocked', 'failed'),
    slowed: slowedSubjects(edge, state).flatMap(nameOf),
    pinned: pins.flatMap(({ subject }) => nameOf(subject)),
    now,
    ...(moving === undefined ? {} : { moving }),
    ...(ownRegion === undefined ? {} : { ownRegion }),
    ...(unusable === undefined ? {} : { unusable }),
  };
}

/** Whom a plan is letting in step by step: requests reach them already. */
function returningOf(outs: readonly Intent[], origins: readonly Origin[]): readonly string[] {
  const isStepped = ({ value }: Intent): boolean => ((value as unknown as OutWish).back ?? []).length > 0;
  const stepped = outs.filter((intent) => intent.state === 'leaving' && isStepped(intent));
  return origins
    .filter((origin) => isServing(origin) && stepped.some(({ subject }) => subject === origin.id))
    .map(({ name }) => name);
}

function entryOf(
  { subject, cause, value, mode, reason, signals, state, note = '' }: Intent,
  now: Date,
  said: JsonObject,
): AuditEntry {
  const at = now.toISOString();
  return state === 'leaving'
    ? { kind: 'intent-released', at, facts: { subject, cause, signals, reason: note, ...said } }
    : { kind: 'intent-opened', at, facts: { subject, cause, value, mode, reason, signals, ...said } };
}

/** Whom to call about what: once for each reason, until something else is the matter. */
function pagesOf(
  { id }: FleetEdge,
  { evidence, verdicts }: Decision,
  { evidence: before, at }: { readonly evidence: EdgeEvidence; readonly at: string },
): { readonly evidence: EdgeEvidence; readonly audit: readonly AuditEntry[] } {
  const about = verdicts.flatMap(({ origins, reason, page }) => origins.map((name) => ({ name, reason, page })));
  const fresh = about.filter(({ name, reason, page }) => page && before.paged[name] !== reason);
  const quiet = about.filter(({ page }) => !page).map(({ name }) => name);
  const kept = Object.entries(evidence.paged).filter(([name]) => !quiet.includes(name));
  const paged = { ...Object.fromEntries(kept), ...Object.fromEntries(fresh.map(({ name, reason }) => [name, reason])) };
  return {
    // When traffic was moved is in the loop's own rows.
    evidence: { ...evidence, shifts: before.shifts, paged },
    audit: fresh.map(({ name, reason }) => ({ kind: 'paged', at, facts: { edge: id, origin: name, reason } })),
  };
}
