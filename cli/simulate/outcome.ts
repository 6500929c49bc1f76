import { decisionOf, type EdgeDecision } from '../../shared/domain/traffic/answers.ts';
import type { JsonObject } from '../../shared/domain/json.ts';
import type { Plan } from '../../shared/reconcile/plan.ts';
import { findAuditFault, type AuditRecord } from '../../shared/records/audit.ts';
import { intentKey, type Intent } from '../../shared/intents/intent.ts';
import { TargetRows, type TargetState } from '../../shared/reconcile/target-rows.ts';
import { edgeTarget } from '../../shared/targets/edge/index.ts';
import type { Played } from './play.ts';

/** What a scenario came to: the line that `simulate` prints. */
export interface Outcome {
  readonly id: string | number;
  readonly decision: EdgeDecision;
  readonly reason?: string;
  readonly final: readonly { readonly region: string; readonly weight: number; readonly enabled: boolean }[];
  readonly weights: Readonly<Record<string, number>>;
  /** PATCH and PUT calls that the service took; without those that only prepared a group that serves nobody. */
  readonly writes: number;
  /** Those of them, where `atomic` gives the edge a second group. */
  readonly prepared?: number;
  readonly page: boolean;
  readonly plan?: { readonly id: string; readonly digest: string; readonly steps: readonly string[] };
  readonly records: readonly { readonly kind: string; readonly at: string; readonly reason?: string }[];
  /** True if the audit chain is whole. */
  readonly chain: boolean;
}

/** Reads a scenario's outcome from the rows and from ARM. */
export async function outcomeOf(id: string | number, { world, answer, isResumed }: Played): Promise<Outcome> {
  const target = edgeTarget(world.edge);
  const plans = (await world.rows.list('edges', 'plan|'))
    .map(({ value }) => value as unknown as Plan)
    .toSorted((a, b) => lastWrite(a) - lastWrite(b));
  const records = (await world.rows.list('edges', 'audit|')).map(({ value }) => value as unknown as AuditRecord);
  const state = await new TargetRows(world.rows).load(target);
  const wrote = plans.filter(hasWritten).at(-1);
  const isTurned = records.some(({ kind, facts }) => kind === 'paged' && facts['reason'] === 'receiver-bad');
  const isFutile = records.some(({ facts }) => facts['reason'] === 'not-effective');
  const ended = isFutile
    ? ({ decision: 'escalate', reason: 'not-effective' } as const)
    : wrote === undefined
      ? unchanged(answer, records)
      : endOf(wrote, { state, isResumed, isTurned });
  const final = world.scenario.origins.map(({ region }) => {
    const { weight, enabledState, endpointStatus } = (world.arm.state.get(world.servingId(region))?.properties ??
      {}) as Live;
    return { region, weight: weight ?? 0, enabled: (enabledState ?? endpointStatus) !== 'Disabled' };
  });
  const shown = wrote ?? plans.at(-1);
  return {
    id,
    decision: ended.decision,
    ...(ended.reason === '' ? {} : { reason: ended.reason }),
    final,
    weights: Object.fromEntries(final.map(({ region, weight }) => [region, weight])),
    writes: world.arm.accepted.length,
    ...(world.prepared === 0 ? {} : { prepared: world.prepared }),
    page: records.some(({ kind }) => kind === 'paged'),
    ...(shown === undefined
      ? {}
      : { plan: { id: shown.id, digest: shown.digest, steps: shown.steps.map(({ title }) => title) } }),
    records: records.map(({ kind, at, facts }) => ({
      kind,
      at,
      ...(typeof facts['reason'] === 'string' ? { reason: facts['reason'] } : {}),
    })),
    chain: findAuditFault(records, state.head.audit) === undefined,
  };
}

/** What was let go and stood as it was wanted anyway is nothing that was restored. */
function unchanged(answer: Played['answer'], records: readonly AuditRecord[]): Played['answer'] {
  const isSo = answer.decision === 'restore' && records.some(({ kind }) => kind === 'unchanged');
  return isSo ? { decision: 'noop', reason: 'verified' } : answer;
}

interface Live {
  readonly weight?: number;
  readonly enabledState?: string;
  readonly endpointStatus?: string;
}

function hasWritten({ journal }: Plan): boolean {
  return journal.some(({ state }) => state === 'written' || state === 'running' || state === 'failed');
}

function lastWrite({ journal, created }: Plan): number {
  return Date.parse(journal.at(-1)?.at ?? created);
}

interface Around {
  readonly state: TargetState;
  readonly isResumed: boolean;
  /** True if people were called because whoever was to get traffic turned bad. */
  readonly isTurned: boolean;
}

/** How a plan that wrote something ended. */
function endOf(plan: Plan, around: Around): { decision: EdgeDecision; reason: string } {
  const { state: rows, isResumed } = around;
  const { state, serves, note = '' } = plan;
  const keys = new Set(serves.map(({ key }) => key));
  const kept = [...rows.intents.values()].find((intent) => keys.has(intentKey(intent)) && isKept(intent));
  switch (state) {
    case 'going-back':
      // A rule keeps the rest of its way back, or nobody has agreed to it.
      return { decision: 'needs-human', reason: note };
    case 'gone-back':
      return { decision: rows.lane.kept === undefined ? 'rollback' : 'needs-human', reason: note };
    case 'parked':
      return { decision: 'needs-human', reason: note };
    case 'paused':
      return { decision: 'hold', reason: note };
    case 'refused':
      return { decision: decisionOf(note.split(': ')[0] ?? ''), reason: note };
    case 'running':
      return kept === undefined ? { decision: 'shift', reason: note } : { decision: 'hold', reason: kept.note ?? note };
    default:
      return kept === undefined
        ? { decision: isResumed ? 'resume' : direction(plan, around), reason: note }
        : { decision: isUndone(plan) ? 'rollback' : 'hold', reason: kept.note ?? note };
  }
}

/** True if what a plan wrote last is what was there before it wrote. */
function isUndone({ journal }: Plan): boolean {
  const steps = journal.filter(({ state }) => state === 'written').map(({ step }) => step);
  const first = valuesOf(steps.toReversed().map(({ from }) => from));
  const last = valuesOf(steps.map(({ to }) => to));
  return steps.length > 1 && [...first].every(([field, value]) => last.get(field) === value);
}

/** By field; of several the last. */
function valuesOf(all: readonly JsonObject[]): ReadonlyMap<string, string> {
  return new Map(
    all.flatMap((origins) =>
      Object.entries(origins).flatMap(([origin, values]) =>
        Object.entries(values as JsonObject).map(
          ([name, value]) => [`${origin} ${name}`, JSON.stringify(value)] as const,
        ),
      ),
    ),
  );
}

/** True if something keeps an intent from coming true, or what was released from going back. */
function isKept({ state, note }: Intent): boolean {
  return state === 'blocked' || (state === 'leaving' && note === 'kill-switch');
}

/** Where a plan that went through has left traffic. */
function direction(plan: Plan, { state, isTurned }: Around): EdgeDecision {
  if (isLast(plan, 'drain', 'enable') && isTurned) {
    return 'rollback';
  }
  const last = plan.journal.findLast((entry) => entry.state === 'written')?.step;
  const isDrain = last?.effect === 'drain' || last?.effect === 'close-gate';
  // A standby that goes out again is part of a way back.
  const isWanted = [...state.intents.values()].some(
    (intent) =>
      intent.kind === 'out' &&
      intent.state === 'open' &&
      last?.changes.some(({ subject }) => subject === intent.subject) === true,
  );
  if (isDrain && isWanted) {
    return 'shift';
  }
  return plan.serves.length === 0 || isLast(plan, 'enable', 'drain') ? 'restore' : 'shift';
}

/** True if the last thing that a plan wrote takes back what it had done to the same origin before: a drill ends so. */
function isLast({ journal }: Plan, effect: string, before: string): boolean {
  const written = journal.filter(({ state }) => state === 'written').map(({ step }) => step);
  const last = written.at(-1);
  const subjects = last?.effect === effect ? last.changes.map(({ subject }) => subject) : [];
  return written.some(
    (step) => step.effect === before && step.changes.some(({ subject }) => subjects.includes(subject)),
  );
}
