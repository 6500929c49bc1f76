import type { GivenCommand } from '../../commands/edge-command.ts';
import { evidenceKey } from '../../domain/traffic/evidence.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import type { OutWish, PinWish, SharesWish } from '../../domain/traffic/wishes.ts';
import { RowConflictError } from '../../errors.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import { intentKey, type Intent } from '../../intents/intent.ts';
import { openIntent, withState } from '../../intents/lifecycle.ts';
import { decideRunbook, type RunbookDecision } from '../../reactions/edge-runbook/index.ts';
import { TargetRows, type TargetState } from '../../reconcile/target-rows.ts';
import type { AuditEntry } from '../../records/audit.ts';
import { edgeTarget, isExpired, namedOrigins, NOT_IN_FLEET } from '../../targets/edge/index.ts';
import { outOf, wordOn, type EdgeAnswer, type Word } from './answer.ts';
import { onWayBack } from './intents-for.ts';
import { askBack } from './follow-edge.ts';
import { driveEdge, intentsOf, troubleOf, type EdgeTools } from './look.ts';

/** Attempts against other writers of the edges' rows before the message is put back on the queue. */
const MAX_ATTEMPTS = 20;

/** What became of a command; kept in the row `command|<id>`. */
export interface CommandOutcome extends EdgeAnswer {
  readonly schema: 1;
  readonly id: string;
  readonly by: string;
  readonly at: string;
  readonly command: string;
  /** The plan that it led to, with the digest to approve. */
  readonly plan?: string;
  readonly digest?: string;
}

/** Row key of a command. */
export function commandKey(id: string): string {
  return evidenceKey(id).replace(/^evidence/, 'command');
}

/**
 * Takes one command about an edge: intents of the person who gave it, then the loop. A second posting with the same id
 * finds what became of the first.
 *
 * @throws RowConflictError if the edges' rows stay contended; StorageUnavailableError.
 */
export async function handleCommand(edge: FleetEdge, given: GivenCommand, tools: EdgeTools): Promise<CommandOutcome> {
  const rows = new TargetRows(tools.rows);
  const target = edgeTarget(edge);
  const known = await tools.rows.get(target.partition ?? '', commandKey(given.id));
  if (known !== undefined) {
    await driveEdge(edge, rows, tools);
    return known.value as unknown as CommandOutcome;
  }
  const removed = removedUnit(edge, given);
  if (removed !== undefined) {
    return await keep(edge, given, {
      word: await bringBack(edge, removed, { given, rows, tools }),
      page: false,
      rows,
      tools,
    });
  }
  const { decision, asked, before, trouble: unread } = await decideAndSave(edge, given, { rows, tools });
  if (decision?.refusal !== undefined) {
    return await keep(edge, given, { word: decision.refusal, page: decision.refusal.page, rows, tools });
  }
  const trouble = (await driveEdge(edge, rows, tools)) ?? unread;
  if (given.asked.command === 'drill') {
    await tools.wake(edge, 'plan', given.asked.durationSeconds * 1000);
  }
  const after = await rows.load(target);
  const words = asked.map((one) => wordOn(after.intents.get(intentKey(one)), trouble, outOf(before)));
  const word = words.find((one) => one.decision !== 'shift') ?? words[0] ?? { decision: 'noop', reason: 'verified' };
  return await keep(edge, given, { word, page: false, rows, tools });
}

/** What a command is about, where the fleet no longer names that. Pure. */
function removedUnit({ id, origins, removed }: FleetEdge, { asked }: GivenCommand): string | undefined {
  if (removed === undefined || removed.isWhole) {
    return removed && id;
  }
  const name = 'origin' in asked ? asked.origin.toLowerCase() : undefined;
  const named = origins.filter((one) => !removed.origins.includes(one.id));
  const isMeant = (one: FleetEdge['origins'][number]): boolean =>
    one.name.toLowerCase() === name || one.region.toLowerCase() === name;
  return named.some(isMeant) ? undefined : origins.find(isMeant)?.id;
}

/** Of what has left the fleet, people may ask for the way back, and for nothing else. */
async function bringBack(
  edge: FleetEdge,
  unit: string,
  { given, rows, tools }: Context & { readonly given: GivenCommand },
): Promise<Word> {
  const { id, by, asked } = given;
  if (asked.command === 'failback') {
    await askBack(edge, unit, { tools, by, command: id });
  }
  const trouble = await driveEdge(edge, rows, tools);
  return asked.command === 'failback' && trouble === undefined
    ? { decision: 'pending-approval', reason: 'approvals' }
    : { decision: 'refuse', reason: trouble?.reason ?? NOT_IN_FLEET };
}

interface Context {
  readonly rows: TargetRows;
  readonly tools: EdgeTools;
}

interface Saved {
  readonly decision?: RunbookDecision;
  readonly asked: readonly Intent[];
  /** The origins as they were. */
  readonly before: readonly Origin[];
  readonly trouble?: { readonly reason: string; readonly isPassing: boolean };
}

async function decideAndSave(edge: FleetEdge, given: GivenCommand, { rows, tools }: Context): Promise<Saved> {
  for (let attempt = 1; ; attempt += 1) {
    const state = await rows.load(edgeTarget(edge));
    const origins = await readOrigins(edge, tools);
    const decision = decideRunbook(given, {
      edge: edge.id,
      policy: edge.policy,
      origins,
      heldOut: intentsOf(edge, state, 'out').map(({ subject }) => subject),
      weighted: intentsOf(edge, state, 'shares').flatMap(weightedBy),
      pins: pinsOf(edge, state, tools.clock.now()),
    });
    const at = tools.clock.now().toISOString();
    const opened = decision.requests
      .map((request) => openIntent(state.intents.get(intentKey(request)), request, at))
      .map(({ intent }) => intent);
    const released = releasedIntents(edge, decision, { state, by: given.by });
    const intents = [...opened, ...released];
    if (intents.length === 0) {
      return { decision, asked: [], before: origins };
    }
    try {
      await rows.save(edgeTarget(edge), state, {
        intents,
        // A person who asks once more wants an answer, whatever became of the same steps before.
        clear: ['refused'],
        audit: intents.map((intent) => entryOf(intent, given, at)),
      });
      return { decision, asked: intents, before: origins };
    } catch (error) {
      if (!(error instanceof RowConflictError) || attempt === MAX_ATTEMPTS) {
        throw error;
      }
    }
  }
}

async function readOrigins(edge: FleetEdge, { edges, clock }: EdgeTools): Promise<readonly Origin[]> {
  try {
    const none = { acting: [], leaving: [], fields: [], journal: [], others: { intents: [], fields: [] } };
    const seen = await edges.observe(edgeTarget(edge), { ...none, isUndoing: false, now: clock.now() });
    return seen.origins.filter(({ id }) => namedOrigins(edge).some((origin) => origin.id === id));
  } catch (error) {
    if (troubleOf(error) === undefined) {
      throw error;
    }
    return namedOrigins(edge).map(({ id, name, region }) => ({
      id,
      name,
      region,
      enabled: true,
      healthy: undefined,
      priority: 1,
      weight: 1,
    }));
  }
}

function pinsOf(edge: FleetEdge, state: TargetState, now: Date): Readonly<Record<string, 'in' | 'out'>> {
  const pins = intentsOf(edge, state, 'pin').filter((intent) => !isExpired(intent, now));
  return Object.fromEntries(pins.map(({ subject, value }) => [subject, (value as unknown as PinWish).pinned]));
}

function releasedIntents(
  edge: FleetEdge,
  { releases, back, unpinned }: RunbookDecision,
  { state, by }: { readonly state: TargetState; readonly by: string },
): readonly Intent[] {
  const outs = intentsOf(edge, state, 'out').filter(({ subject }) => releases.includes(subject));
  const pins = [...intentsOf(edge, state, 'pin'), ...intentsOf(edge, state, 'hold')].filter(({ subject }) =>
    unpinned.includes(subject),
  );
  // Weights that were moved together with a drain go back with it.
  const isLast = intentsOf(edge, state, 'out').every(({ subject }) => releases.includes(subject));
  const alone = releases.filter((id) => !outs.some(({ subject }) => subject === id));
  const shares = intentsOf(edge, state, 'shares').filter(
    (one) => (isLast && outs.length > 0) || weightedBy(one).some((id) => alone.includes(id)),
  );
  return [...outs, ...pins, ...shares].map((intent): Intent => {
    const value = back === undefined || intent.kind !== 'out' ? intent.value : { ...intent.value, back };
    const left = { ...withState(intent, 'leaving', 'asked-for'), value, releasedBy: by };
    return intent.kind === 'pin' || intent.kind === 'hold'
      ? { ...left, mode: 'enforce' }
      : onWayBack(edge, left, intent.state === 'leaving');
  });
}

/** Ids of the origins whose weights an intent of shares sets. */
function weightedBy({ value }: Intent): readonly string[] {
  return Object.keys((value as unknown as SharesWish).weights);
}

function entryOf({ subject, value, mode, state }: Intent, { by, id, asked }: GivenCommand, at: string): AuditEntry {
  const facts = { subject, by, command: id, asked: asked.command, reason: asked.reason, override: asked.override };
  return state === 'leaving'
    ? { kind: 'intent-released', at, facts }
    : { kind: 'intent-opened', at, facts: { ...facts, value, mode } };
}

async function keep(
  edge: FleetEdge,
  { id, by, at, asked }: GivenCommand,
  { word, page, rows, tools }: Context & { readonly word: Word; readonly page: boolean },
): Promise<CommandOutcome> {
  const target = edgeTarget(edge);
  for (let attempt = 1; ; attempt += 1) {
    const state = await rows.load(target);
    const planId =
      state.lane.activePlan ?? state.lane.previews['propose']?.plan ?? state.lane.previews['observe']?.plan;
    const plan = planId === undefined ? undefined : await rows.plan(target, planId);
    const { decision, reason } = word;
    const outcome: CommandOutcome = {
      schema: 1,
      id,
      by,
      at,
      command: asked.command,
      edge: edge.id,
      decision,
      reason,
      ...(plan === undefined ? {} : { plan: plan.id, digest: plan.digest }),
    };
    const facts = { edge: edge.id, command: id, reason };
    try {
      await rows.save(target, state, {
        facts: [{ rowKey: commandKey(id), value: outcome }],
        audit: page ? [{ kind: 'paged', at: tools.clock.now().toISOString(), facts }] : [],
      });
      return outcome;
    } catch (error) {
      if (!(error instanceof RowConflictError) || attempt === MAX_ATTEMPTS) {
        throw error;
      }
    }
  }
}

/** Drills whose time is over come back. */
export async function endDrills(edge: FleetEdge, tools: EdgeTools): Promise<void> {
  const rows = new TargetRows(tools.rows);
  const state = await rows.load(edgeTarget(edge));
  const now = tools.clock.now();
  const over = intentsOf(edge, state, 'out').filter((intent) => {
    const { untilMs } = intent.value as unknown as OutWish;
    return (
      untilMs !== undefined && intent.state !== 'leaving' && Date.parse(intent.openedAt) + untilMs <= now.getTime()
    );
  });
  if (over.length > 0) {
    const at = now.toISOString();
    await rows.save(edgeTarget(edge), state, {
      intents: over.map((intent) => ({ ...withState(intent, 'leaving', 'asked-for'), mode: 'enforce' as const })),
      audit: over.map(({ subject, cause }) => ({
        kind: 'intent-released',
        at,
        facts: { subject, cause, reason: 'drill-over' },
      })),
    });
  }
}
