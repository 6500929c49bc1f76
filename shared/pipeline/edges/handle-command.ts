import type { GivenCommand } from '../../commands/edge-command.ts';
import { isSameJson } from '../../domain/json.ts';
import { withProbes, withVouched } from '../../domain/traffic/evidence.ts';
import { RowConflictError } from '../../errors.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import { intentKey, type Intent } from '../../intents/intent.ts';
import { TargetRows, type TargetState } from '../../reconcile/target-rows.ts';
import type { FactRow } from '../../reconcile/target-kind.ts';
import type { AuditEntry } from '../../records/audit.ts';
import { edgeTarget, NOT_IN_FLEET, removalKey } from '../../targets/edge/index.ts';
import { isKeptBack, outOf, wordOn, type Word } from './answer.ts';
import { commandKey, keepOutcome, MAX_ATTEMPTS, waitingPlan, type CommandOutcome } from './command-outcome.ts';
import { decideCommand, type Decided } from './decide-command.ts';
import { askBack } from './follow-edge.ts';
import { giveUpDrill } from './drills.ts';
import { driveEdge, evidenceRow, readEvidence, type EdgeTools, type Trouble } from './look.ts';
import { tryCommand } from './try-command.ts';

const ASKED: Word = { decision: 'pending-approval', reason: 'approvals' };

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
    return await keepOutcome(edge, given, {
      word: await bringBack(edge, removed, { given, rows, tools }),
      page: false,
      asked: [removalKey(removed)],
      rows,
      tools,
    });
  }
  if (given.asked.dryRun) {
    return await keepOutcome(edge, given, {
      ...(await tryCommand(edge, given, { rows, tools })),
      page: false,
      rows,
      tools,
    });
  }
  const { decision, asked, before } = await decideAndSave(edge, given, { rows, tools });
  if (decision.refusal !== undefined) {
    return await keepOutcome(edge, given, { word: decision.refusal, page: decision.refusal.page, rows, tools });
  }
  const trouble = await driveEdge(edge, rows, tools);
  const after =
    given.asked.command === 'drill'
      ? await giveUpDrill(edge, asked, { isInTrouble: trouble !== undefined, rows, tools })
      : await rows.load(target);
  const words = asked.map((one) => {
    const now = after.intents.get(intentKey(one));
    const word = waitsForYes(now) && trouble === undefined ? ASKED : wordOn(now, trouble, outOf(before));
    return { word, isKept: isStillAsked(one, after, trouble) };
  });
  // Where one of several is kept back, what was asked for is not done.
  const [told] = [
    ...words.filter(({ isKept }) => isKept),
    ...words.filter(({ word: { decision } }) => decision !== 'shift'),
    ...words,
  ];
  const led = isLifting(given) ? await waitingPlan(edge, decision.unpinned, { state: after, rows }) : undefined;
  const own = told?.word ?? { decision: 'noop', reason: 'verified' };
  const word = led !== undefined && own.decision === 'restore' ? ASKED : own;
  const isOpen = given.asked.command !== 'drill' && words.some(({ isKept }) => isKept);
  const isStanding = word.decision === 'noop' && asked.some((one) => isStandingWish(one, after.intents.values()));
  return await keepOutcome(edge, given, {
    ...{ word, page: false, asked: asked.map(intentKey) },
    ...(isOpen ? { isKept: true } : {}),
    ...(isStanding ? { isStanding } : {}),
    ...(word === own || led === undefined ? {} : { led }),
    ...{ rows, tools },
  });
}

/** True for what is so and stays so: some person's wish for it needs nobody's yes, or has had it. Pure. */
function isStandingWish(asked: Intent, intents: Iterable<Intent>): boolean {
  return [...intents].some(
    ({ subject, kind, by, state, mode }) =>
      subject === asked.subject && kind === asked.kind && 'person' in by && state === 'open' && mode === 'enforce',
  );
}

/** True if something keeps it back that may go by itself: a rule, or that the edge could not be asked. Pure. */
function isStillAsked(asked: Intent, { intents }: TargetState, trouble: Trouble | undefined): boolean {
  const now = intents.get(intentKey(asked));
  const isUnseen = trouble !== undefined && now?.state === 'open' && now.note !== 'effective';
  return now !== undefined && (isKeptBack(now) || isUnseen);
}

/** True if it is a way back that somebody else has to agree to. Pure. */
function waitsForYes(intent: Intent | undefined): boolean {
  return intent?.state === 'leaving' && intent.mode === 'propose' && intent.note === 'asked-for';
}

/** True if it only takes away what keeps others' wishes back. Pure. */
function isLifting({ asked: { command } }: GivenCommand): boolean {
  return command === 'unpin' || command === 'unhold';
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
  const { asked } = given;
  if (asked.command === 'failback' && asked.dryRun) {
    return { decision: 'plan', reason: 'observe' };
  }
  if (asked.command === 'failback') {
    await askBack(edge, unit, { given, tools });
  }
  const trouble = await driveEdge(edge, rows, tools);
  return asked.command === 'failback' && trouble === undefined
    ? ASKED
    : { decision: 'refuse', reason: trouble?.reason ?? NOT_IN_FLEET };
}

interface Context {
  readonly rows: TargetRows;
  readonly tools: EdgeTools;
}

async function decideAndSave(edge: FleetEdge, given: GivenCommand, { rows, tools }: Context): Promise<Decided> {
  for (let attempt = 1; ; attempt += 1) {
    const state = await rows.load(edgeTarget(edge));
    const decided = await decideCommand(edge, given, state, tools);
    const { asked } = decided;
    if (asked.length === 0) {
      return decided;
    }
    const at = tools.clock.now().toISOString();
    try {
      await rows.save(edgeTarget(edge), state, {
        intents: asked,
        facts: await heardWith(edge, decided, { given, tools }),
        // A person who asks once more wants an answer, whatever became of the same steps before.
        clear: ['refused'],
        audit: asked.map((intent) => entryOf(intent, given, at)),
      });
      return decided;
    } catch (error) {
      if (!(error instanceof RowConflictError) || attempt === MAX_ATTEMPTS) {
        throw error;
      }
    }
  }
}

/**
 * What is known at a command and not later: what the probes say of those that it may take out, whom nobody asks
 * afterwards, and what a person says of those that it brings back.
 */
async function heardWith(
  edge: FleetEdge,
  { before, decision }: Decided,
  { given, tools }: Pick<Context, 'tools'> & { readonly given: GivenCommand },
): Promise<readonly FactRow[]> {
  const evidence = await readEvidence(tools.rows, edge);
  const isWell = given.asked.command === 'failback' && given.asked.isWell === true;
  const back = before.filter(({ id }) => isWell && decision.releases.includes(id)).map(({ name }) => name);
  const heard = withVouched(withProbes(evidence, before), back, tools.clock.now().getTime());
  return isSameJson(evidence, heard) ? [] : [evidenceRow(edge, heard)];
}

function entryOf({ subject, value, mode, state }: Intent, { by, id, asked }: GivenCommand, at: string): AuditEntry {
  const { command, reason, override } = asked;
  const isWell = command === 'failback' && asked.isWell === true ? { isWell: true } : {};
  const facts = { subject, by, command: id, asked: command, reason, override, ...isWell };
  return state === 'leaving'
    ? { kind: 'intent-released', at, facts }
    : { kind: 'intent-opened', at, facts: { ...facts, value, mode } };
}
