import { digestOf } from '../../domain/digest.ts';
import { evidenceKey } from '../../domain/traffic/evidence.ts';
import type { GivenCommand } from '../../commands/edge-command.ts';
import { RowConflictError } from '../../errors.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import { intentKey, type Intent } from '../../intents/intent.ts';
import { subjectsOf } from '../../intents/subjects.ts';
import { isAskingAgain } from '../../reconcile/consent/consent.ts';
import { hasConsent, type Plan } from '../../reconcile/plan.ts';
import type { TargetRows, TargetState } from '../../reconcile/target-rows.ts';
import type { AuditEntry } from '../../records/audit.ts';
import { edgeTarget } from '../../targets/edge/index.ts';
import type { EdgeAnswer, Word } from './answer.ts';
import type { EdgeTools } from './look.ts';

/** Attempts against other writers of the edges' rows before the message is put back on the queue. */
export const MAX_ATTEMPTS = 20;

/** What became of a command; kept in the row `command|<id>`. */
export interface CommandOutcome extends EdgeAnswer {
  readonly schema: 1;
  readonly id: string;
  readonly by: string;
  readonly at: string;
  readonly command: string;
  /** Digest of all that was asked: tells another command under the same key. */
  readonly asked: string;
  /** True: something keeps it back, and it is done as soon as nothing does. Absent: it is done, or nothing is left of it. */
  readonly kept?: true;
  /** True: it was so already, and stays so until it is taken back, whoever else had asked for it. */
  readonly stays?: true;
  /** The plan that it led to, with the digest to approve. */
  readonly plan?: string;
  readonly digest?: string;
}

/** Row key of a command. */
export function commandKey(id: string): string {
  return evidenceKey(id).replace(/^evidence/, 'command');
}

/** What is to be kept of a command. */
interface Kept {
  readonly word: Word;
  /** People are called. */
  readonly page: boolean;
  /** True: what it asks for is done as soon as nothing keeps it back. */
  readonly isKept?: boolean;
  /** True: what it asks for is so already, and the wish stands. */
  readonly isStanding?: boolean;
  /** Row keys of the intents that it has opened and released; absent: none. */
  readonly asked?: readonly string[];
  /** The plan that it led to, where none of its own intents leads there. */
  readonly led?: Plan;
  /** What it would do, where it was only tried out; stored with the outcome. */
  readonly preview?: Plan;
}

/** Writes down what became of a command, with the plan that it led to. */
export async function keepOutcome(
  edge: FleetEdge,
  given: GivenCommand,
  {
    word,
    page,
    isKept = false,
    isStanding = false,
    asked = [],
    led,
    preview,
    rows,
    tools,
  }: Kept & { readonly rows: TargetRows; readonly tools: EdgeTools },
): Promise<CommandOutcome> {
  const target = edgeTarget(edge);
  const { id, by, at, asked: what } = given;
  for (let attempt = 1; ; attempt += 1) {
    const state = await rows.load(target);
    const plan = preview ?? led ?? (await planFor(edge, asked, { state, rows }));
    const { decision, reason } = word;
    const outcome: CommandOutcome = {
      schema: 1,
      id,
      by,
      at,
      command: what.command,
      asked: digestOf({ ...what, edge: edge.id }),
      edge: edge.id,
      decision,
      reason,
      ...(isKept ? { kept: true } : {}),
      ...(isStanding ? { stays: true } : {}),
      ...(plan === undefined ? {} : { plan: plan.id, digest: plan.digest }),
    };
    const facts = { edge: edge.id, command: id, reason };
    try {
      await rows.save(target, state, {
        facts: [{ rowKey: commandKey(id), value: outcome }],
        ...(preview === undefined ? {} : { plan: preview }),
        audit: [
          ...(preview === undefined ? [] : [observedEntry(preview, given)]),
          ...(page ? [{ kind: 'paged' as const, at: tools.clock.now().toISOString(), facts }] : []),
        ],
      });
      return outcome;
    } catch (error) {
      if (!(error instanceof RowConflictError) || attempt === MAX_ATTEMPTS) {
        throw error;
      }
    }
  }
}

/** The plan that serves what was asked for, if any does. A way back serves nobody: it follows from what has left. */
async function planFor(
  edge: FleetEdge,
  asked: readonly string[],
  { state, rows }: { readonly state: TargetState; readonly rows: TargetRows },
): Promise<Plan | undefined> {
  const now = named(asked, state).filter((one) => one.state !== 'closed');
  for (const id of [state.lane.activePlan, state.lane.previews['propose']?.plan]) {
    const plan = id === undefined ? undefined : await rows.plan(edgeTarget(edge), id);
    if (plan !== undefined && now.some((one) => isServed(one, plan))) {
      return plan;
    }
  }
  return undefined;
}

/**
 * The plan that people have not agreed to yet, and that moves one of the subjects; that of an edge stands for its origins.
 * @returns undefined if no plan waits for their yes.
 */
export async function waitingPlan(
  edge: FleetEdge,
  subjects: readonly string[],
  { state, rows }: { readonly state: TargetState; readonly rows: TargetRows },
): Promise<Plan | undefined> {
  const id = state.lane.previews['propose']?.plan;
  const plan = id === undefined ? undefined : await rows.plan(edgeTarget(edge), id);
  const moved = plan?.steps.flatMap(({ changes }) => changes.map(({ subject }) => subject)) ?? [];
  const isAbout = subjects.includes(edge.id) || moved.some((one) => subjects.includes(one));
  return plan?.state === 'waiting' && !hasConsent(plan) && isAbout ? plan : undefined;
}

function named(keys: readonly string[], { intents }: TargetState): readonly Intent[] {
  return keys.flatMap((key) => intents.get(key) ?? []);
}

/** A plan that waits for somebody's yes does what others ask for meanwhile as well, if that is the same. */
function isServed(intent: Intent, plan: Plan): boolean {
  if (intent.state === 'leaving') {
    return isReturned(intent, plan);
  }
  const isAsked = intent.state === 'open' && intent.kind === 'out' && plan.state === 'waiting';
  return isServing(plan, intent) || (isAsked && endOf(intent.subject, plan) === 'out');
}

/** A plan that makes a wish true is not the one that takes it back, unless it goes back itself or asks for other steps. */
function isReturned(intent: Intent, plan: Plan): boolean {
  if (plan.returns?.includes(intentKey(intent)) === true) {
    return true;
  }
  if (isServing(plan, intent) && !isAskingAgain(plan)) {
    return plan.state === 'going-back';
  }
  return subjectsOf(intent).some((id) => endOf(id, plan) === 'in');
}

function isServing({ serves }: Plan, intent: Intent): boolean {
  return serves.some(({ key }) => key === intentKey(intent));
}

/** Where a plan's steps leave an origin; undefined if they do not touch it. */
function endOf(id: string, { steps }: Plan): 'out' | 'in' | undefined {
  const all = steps.flatMap(({ changes }) => changes).filter(({ subject }) => subject === id);
  const last = all.findLast(({ to }) => 'enabled' in to || 'isShut' in to)?.to;
  const isOut = last?.['enabled'] === false || last?.['isShut'] === true;
  return all.length === 0 ? undefined : isOut ? 'out' : 'in';
}

function observedEntry(preview: Plan, { id, by }: GivenCommand): AuditEntry {
  const steps = preview.steps.map(({ title, from, to }) => ({ title, from, to }));
  const subjects = preview.serves.map(({ subject }) => subject);
  const facts = { plan: preview.id, digest: preview.digest, steps, subjects, by, command: id };
  return { kind: 'observed', at: preview.created, facts };
}
