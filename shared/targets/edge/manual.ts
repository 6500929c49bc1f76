import type { ManualStepSettings } from '../../domain/traffic/manual.ts';
import type { Stride } from '../../domain/traffic/walk.ts';
import type { OutWish } from '../../domain/traffic/wishes.ts';
import type { Intent } from '../../intents/intent.ts';
import { MANUAL_STEP_WAITS, type Step } from '../../reconcile/plan.ts';
import type { Situation } from '../../reconcile/target-kind.ts';
import { agree, type Agreed } from './agreement/agree.ts';
import type { ObservedEdge } from './observe.ts';

/** What a move of traffic reaches, which steps of people's may stand before or after. */
export type Milestone = ManualStepSettings['on'];

/** Steps of people's around what is written. */
export interface AroundTraffic {
  readonly before: readonly Step[];
  readonly after: readonly Step[];
  /** Origins whose traffic waits for people, by id. */
  readonly awaited: readonly string[];
}

/** What is to be written, and what people do around it. */
export interface AgreedAround {
  readonly agreed: Agreed;
  readonly around: AroundTraffic;
}

interface Turn {
  readonly id: string;
  readonly on: Milestone;
  readonly isUrgent: boolean;
}

const NOTHING: AroundTraffic = { before: [], after: [], awaited: [] };

/** Writes and steps of people's. What needs no people goes first where it is as pressing as what waits for them. Pure. */
export function agreeAroundPeople(observed: ObservedEdge, situation: Situation): AgreedAround {
  const agreed = agree(observed, situation);
  const around = manualAround(agreed.possible, observed, situation);
  const { awaited } = around;
  if (awaited.length === 0 || agreed.possible.every(({ move }) => awaited.includes(move.id))) {
    return { agreed, around };
  }
  const without = { ...observed, awaited };
  const free = agree(without, situation);
  const [first] = free.possible;
  const isCalm = around.before.every(({ isUrgent }) => isUrgent !== true);
  return first !== undefined && (first.isUrgent || isCalm)
    ? { agreed: free, around: manualAround(free.possible, without, situation) }
    : { agreed, around };
}

/**
 * What people do before and after these moves, as far as they have not done it since the traffic last moved the other way
 * in this plan. Pure.
 *
 * Nobody is asked for a drill, for a part of the traffic, or for a drain that only puts our own value back.
 */
export function manualAround(strides: readonly Stride[], observed: ObservedEdge, situation: Situation): AroundTraffic {
  if (observed.edge.manual === undefined) {
    return NOTHING;
  }
  const reached = reachedTurns(situation);
  const coming = comingTurns(strides, observed, situation);
  const before = coming.map((turn) => ({ id: turn.id, steps: stepsOf(turn, 'before', { observed, situation }) }));
  // What is reached comes first, as it did when the plan was made.
  const after = [...reached, ...coming].flatMap((turn) => stepsOf(turn, 'after', { observed, situation }));
  return {
    before: before.flatMap(({ steps }) => steps),
    after: after.filter(({ id }, index) => after.findIndex((step) => step.id === id) === index),
    awaited: before.filter(({ steps }) => steps.length > 0).map(({ id }) => id),
  };
}

/** What each of the moves reaches; undefined for one on the way, and where nobody is asked. Pure. */
export function milestonesOf(
  strides: readonly Stride[],
  observed: ObservedEdge,
  situation: Situation,
): readonly (Milestone | undefined)[] {
  const met = new Set<string>();
  return strides.map((stride) => {
    const on = observed.edge.manual === undefined ? undefined : milestoneOf(stride, observed, situation);
    const key = `${on ?? ''} ${stride.move.id}`;
    const isFirst = !met.has(key);
    met.add(key);
    return isFirst ? on : undefined;
  });
}

function milestoneOf({ move }: Stride, observed: ObservedEdge, situation: Situation): Milestone | undefined {
  if ('weight' in move) {
    return undefined;
  }
  const { id } = move;
  const { acting, leaving, fields } = situation;
  const on = ('isShut' in move ? move.isShut : !move.enabled) ? 'drain' : 'restore';
  if (lastReached(id, situation)?.on === on) {
    return undefined;
  }
  const asks = (intent: Intent): boolean => intent.subject === id && isFailover(intent) && !overrides(intent);
  if (on === 'restore') {
    return leaving.some(asks) || hasLeftWork(id, observed, situation) ? on : undefined;
  }
  // What we have taken out and somebody has put back in: people have done their part.
  const isOurs = fields.some(
    ({ subject, written }) => subject === id && (written['enabled'] === false || written['isShut'] === true),
  );
  return acting.some(asks) && !isOurs ? on : undefined;
}

/** True if a plan goes back after people have moved something for it. */
function hasLeftWork(id: string, observed: ObservedEdge, { isUndoing, journal }: Situation): boolean {
  const name = nameOf(id, observed);
  const ids = (observed.edge.manual ?? []).filter(({ on }) => on === 'drain').map((one) => idOf(one, name));
  return isUndoing && journal.some(({ state, step }) => state === 'done' && ids.includes(step.id));
}

function comingTurns(strides: readonly Stride[], observed: ObservedEdge, situation: Situation): readonly Turn[] {
  const milestones = milestonesOf(strides, observed, situation);
  return strides.flatMap(({ move: { id }, isUrgent }, index) => {
    const on = milestones[index];
    return on === undefined ? [] : [{ id, on, isUrgent }];
  });
}

/** What this plan has reached, and what nobody has taken back since. */
function reachedTurns(situation: Situation): readonly Turn[] {
  const { journal, acting } = situation;
  return journal.flatMap(({ state, step: { milestone, changes } }): readonly Turn[] => {
    const [change] = changes;
    if (state !== 'written' || change === undefined || (milestone !== 'drain' && milestone !== 'restore')) {
      return [];
    }
    const id = change.subject;
    const isOut = acting.some((intent) => intent.kind === 'out' && intent.subject === id);
    const isHeld = lastReached(id, situation)?.on === milestone && isOut === (milestone === 'drain');
    return isHeld ? [{ id, on: milestone, isUrgent: false }] : [];
  });
}

/** The last milestone of an origin in this plan, with its place in the journal. */
function lastReached(id: string, { journal }: Situation): { readonly on: string; readonly index: number } | undefined {
  const index = journal.findLastIndex(
    ({ state, step }) =>
      state === 'written' && step.milestone !== undefined && step.changes.some(({ subject }) => subject === id),
  );
  const on = journal[index]?.step.milestone;
  return on === undefined ? undefined : { on, index };
}

function stepsOf(
  { id, on, isUrgent }: Turn,
  when: ManualStepSettings['when'],
  { observed, situation }: { readonly observed: ObservedEdge; readonly situation: Situation },
): readonly Step[] {
  const { manual = [], policy } = observed.edge;
  const name = nameOf(id, observed);
  // What was done before the traffic last moved the other way is to be done again.
  const last = lastReached(id, situation);
  const since = last === undefined || last.on === on ? 0 : last.index + 1;
  const over = situation.journal
    .slice(since)
    .flatMap(({ state, step }) => (state === 'done' || state === 'skipped' ? [step.id] : []));
  return manual
    .filter((one) => one.when === when && one.on === on && (one.origins?.includes(name) ?? true))
    .filter((one) => !over.includes(idOf(one, name)))
    .map((one) =>
      toStep(one, name, {
        onFailure: policy.isUndone ? 'back' : 'stay',
        ...(isUrgent && when === 'before' ? { isUrgent } : {}),
      }),
    );
}

function isFailover({ kind, value }: Intent): boolean {
  return kind === 'out' && (value as unknown as OutWish).urgency !== 'drill';
}

function overrides({ value }: Intent): boolean {
  return (value as unknown as OutWish).overrides?.includes(MANUAL_STEP_WAITS) === true;
}

function nameOf(id: string, { origins }: ObservedEdge): string {
  return origins.find((origin) => origin.id === id)?.name ?? id;
}

function idOf({ name }: ManualStepSettings, origin: string): string {
  return `${origin}:manual:${name}`;
}

function toStep(settings: ManualStepSettings, origin: string, how: Pick<Step, 'onFailure' | 'isUrgent'>): Step {
  const { title, instruction, approvals, evidence, timeoutMs, onTimeout } = settings;
  return {
    id: idOf(settings, origin),
    title: `${origin}: ${title}`,
    effect: 'manual',
    from: {},
    to: {},
    changes: [],
    ...how,
    manual: {
      instruction,
      approvals,
      timeoutMs,
      onTimeout,
      ...(evidence === undefined ? {} : { evidence: { ...evidence } }),
    },
  };
}
