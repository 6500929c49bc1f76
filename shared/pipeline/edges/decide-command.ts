import type { GivenCommand } from '../../commands/edge-command.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import type { OutWish, PinWish, SharesWish } from '../../domain/traffic/wishes.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import { intentKey, releasersOf, type Intent } from '../../intents/intent.ts';
import { openIntent, withState } from '../../intents/lifecycle.ts';
import { subjectsOf } from '../../intents/subjects.ts';
import { decideRunbook, type RunbookDecision } from '../../reactions/edge-runbook/index.ts';
import type { TargetState } from '../../reconcile/target-rows.ts';
import { edgeTarget, isExpired, namedOrigins } from '../../targets/edge/index.ts';
import { hasDrained, isWritten, onWayBack } from './intents-for.ts';
import { intentsOf, troubleOf, type EdgeTools } from './look.ts';

/** What a command comes to before anything is written. */
export interface Decided {
  readonly decision: RunbookDecision;
  /** The intents that it opens and releases, as they are to be. */
  readonly asked: readonly Intent[];
  /** The origins as they were. */
  readonly before: readonly Origin[];
}

/** Reads the edge and decides; writes nothing. */
export async function decideCommand(
  edge: FleetEdge,
  given: GivenCommand,
  state: TargetState,
  tools: EdgeTools,
): Promise<Decided> {
  const origins = await readOrigins(edge, tools);
  const decision = decideRunbook(given, {
    edge: edge.id,
    policy: edge.policy,
    origins,
    heldOut: intentsOf(edge, state, 'out').map(({ subject }) => subject),
    weighted: intentsOf(edge, state, 'shares').flatMap(subjectsOf),
    baselines: baselinesOf(edge, state, origins),
    pins: pinsOf(edge, state, tools.clock.now()),
  });
  const at = tools.clock.now().toISOString();
  const opened = decision.requests
    .map((request) => openIntent(state.intents.get(intentKey(request)), request, at))
    .map(({ intent }) => intent);
  const released = releasedIntents(edge, decision, { state, given, at });
  return { decision, asked: [...opened, ...released], before: origins };
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

/** What weights go back to where what stands there is ours, or what people want of them since if that is more. */
function baselinesOf(
  edge: FleetEdge,
  state: TargetState,
  origins: readonly Origin[],
): Readonly<Record<string, number>> {
  const ours = state.lane.fields.filter(
    ({ subject, group, written }) =>
      group === 'weight' && origins.some(({ id, weight }) => id === subject && written['weight'] === weight),
  );
  const before = Object.fromEntries(ours.map(({ subject, baseline }) => [subject, Number(baseline['weight'])]));
  const wanted = intentsOf(edge, state, 'shares').map(({ value }) => (value as unknown as SharesWish).weights);
  return Object.fromEntries(
    origins.map(({ id, weight }) => [
      id,
      Math.max(before[id] ?? weight, ...wanted.flatMap((weights) => weights[id] ?? [])),
    ]),
  );
}

function releasedIntents(
  edge: FleetEdge,
  { releases, back, unpinned }: RunbookDecision,
  { state, given, at }: { readonly state: TargetState; readonly given: GivenCommand; readonly at: string },
): readonly Intent[] {
  const outs = intentsOf(edge, state, 'out').filter(({ subject }) => releases.includes(subject));
  const pins = [...intentsOf(edge, state, 'pin'), ...intentsOf(edge, state, 'hold')].filter(({ subject }) =>
    unpinned.includes(subject),
  );
  // Weights that a command has moved together with drains go back with the last of these; those of another one stay.
  const isWithLast = ({ cause }: Intent): boolean =>
    outs.some((out) => out.cause === cause) &&
    intentsOf(edge, state, 'out').every(
      (out) => out.cause !== cause || out.state === 'leaving' || releases.includes(out.subject),
    );
  const alone = releases.filter((id) => !outs.some(({ subject }) => subject === id));
  const shares = intentsOf(edge, state, 'shares').filter(
    (one) => isWithLast(one) || subjectsOf(one).some((id) => alone.includes(id)),
  );
  const { reason } = given.asked;
  return [...outs, ...pins, ...shares].map((intent): Intent => {
    if (intent.state === 'failed' && !isWritten(state, intent)) {
      return withState(intent, 'closed', 'released');
    }
    const left = {
      ...withState(intent, 'leaving', 'asked-for'),
      ...(hasDrained(state, intent) ? { releasedAt: at } : {}),
      ...{ value: wayBackOf(intent, back), releasedBy: given.by, releaseReason: reason === '' ? undefined : reason },
      ...(intent.state === 'leaving' ? { releasedBefore: releasersOf(intent) } : {}),
    };
    // What a drill takes away comes back by itself, and so it does when somebody ends it sooner.
    const isFree = intent.kind === 'pin' || intent.kind === 'hold' || isDrill(intent);
    return isFree
      ? { ...left, mode: 'enforce', approvals: undefined }
      : onWayBack(edge, left, { wasLeaving: intent.state === 'leaving', isWritten: isWritten(state, intent) });
  });
}

/** What is wanted, with the steps of its way back: those that somebody has asked for before end with a word that names none. */
function wayBackOf({ kind, value }: Intent, back: readonly number[] | undefined): Intent['value'] {
  const wish = Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'back'));
  return kind !== 'out' ? value : { ...wish, ...(back === undefined ? {} : { back: [...back] }) };
}

function isDrill({ kind, value }: Intent): boolean {
  return kind === 'out' && (value as unknown as OutWish).urgency === 'drill';
}
