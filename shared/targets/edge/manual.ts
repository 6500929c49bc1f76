import type { ManualStepSettings } from '../../domain/traffic/manual.ts';
import { isServing } from '../../domain/traffic/serving.ts';
import type { OutWish } from '../../domain/traffic/wishes.ts';
import type { Stride } from '../../domain/traffic/walk.ts';
import type { Intent } from '../../intents/intent.ts';
import { MANUAL_STEP_WAITS } from '../../reconcile/manual-steps.ts';
import type { Step } from '../../reconcile/plan.ts';
import type { Situation } from '../../reconcile/target-kind.ts';
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

interface Turn {
  readonly id: string;
  readonly on: Milestone;
  readonly isUrgent: boolean;
  /** True once it is written. */
  readonly isReached: boolean;
}

/**
 * What people do before and after these moves, as far as they have not done it in this plan. Pure.
 *
 * Drills and ways back of what went wrong ask for nothing, nor does a drain that puts our own value back.
 */
export function manualAround(
  strides: readonly Stride[],
  { edge, origins }: ObservedEdge,
  situation: Situation,
): AroundTraffic {
  const { manual = [], policy } = edge;
  if (manual.length === 0 || situation.isUndoing) {
    return { before: [], after: [], awaited: [] };
  }
  const turns = [...comingTurns(strides, situation), ...reachedTurns(situation)];
  const stepsOf = ({ id, on, isUrgent, isReached }: Turn, when: ManualStepSettings['when']): readonly Step[] => {
    const name = origins.find((origin) => origin.id === id)?.name ?? id;
    const isPast = isReached ? 'after' : when;
    return manual
      .filter((one) => one.when === when && when === isPast && one.on === on && isAbout(one, name))
      .map((one) => toStep(one, name, { onFailure: policy.isUndone ? 'back' : 'stay', isUrgent, when }))
      .filter((step) => !isOver(step, situation));
  };
  const before = turns.map((turn) => ({ id: turn.id, steps: stepsOf(turn, 'before') }));
  return {
    before: before.flatMap(({ steps }) => steps),
    after: turns
      .flatMap((turn) => stepsOf(turn, 'after'))
      .filter(({ id }, index, all) => all.findIndex((step) => step.id === id) === index),
    awaited: before.filter(({ steps }) => steps.length > 0).map(({ id }) => id),
  };
}

/** What a move of an origin's traffic reaches; undefined for one on the way, or for nobody's sake. Pure. */
export function milestoneOf({ move }: Stride, situation: Situation): Milestone | undefined {
  if (situation.isUndoing || 'weight' in move) {
    return undefined;
  }
  const isOut = 'isShut' in move ? move.isShut : !move.enabled;
  const intents = isOut ? situation.acting : situation.leaving;
  const intent = intents.find((one) => isFailover(one) && one.subject === move.id);
  if (intent === undefined || overrides(intent)) {
    return undefined;
  }
  // What we have taken out before and somebody has put back in: people have done their part.
  const isAgain = situation.fields.some(
    ({ subject, written }) => subject === move.id && (written['enabled'] === false || written['isShut'] === true),
  );
  return isOut ? (isAgain ? undefined : 'drain') : 'restore';
}

function comingTurns(strides: readonly Stride[], situation: Situation): readonly Turn[] {
  return strides.flatMap((stride) => {
    const on = milestoneOf(stride, situation);
    return on === undefined ? [] : [{ id: stride.move.id, on, isUrgent: stride.isUrgent, isReached: false }];
  });
}

/** What this plan has reached, and what nobody has taken back since. */
function reachedTurns({ journal, acting }: Situation): readonly Turn[] {
  return journal.flatMap(({ state, step: { milestone, changes } }): readonly Turn[] => {
    const [change] = changes;
    if (state !== 'written' || change === undefined || (milestone !== 'drain' && milestone !== 'restore')) {
      return [];
    }
    const isOut = acting.some((intent) => intent.kind === 'out' && intent.subject === change.subject);
    const isHeld = milestone === 'drain' ? isOut : !isOut;
    return isHeld ? [{ id: change.subject, on: milestone, isUrgent: false, isReached: true }] : [];
  });
}

function isFailover({ kind, value }: Intent): boolean {
  return kind === 'out' && (value as unknown as OutWish).urgency !== 'drill';
}

function overrides({ value }: Intent): boolean {
  return (value as unknown as OutWish).overrides?.includes(MANUAL_STEP_WAITS) === true;
}

function isAbout({ origins }: ManualStepSettings, name: string): boolean {
  return origins === undefined || origins.includes(name);
}

function isOver({ id }: Step, { journal }: Situation): boolean {
  return journal.some(({ step, state }) => step.id === id && (state === 'done' || state === 'skipped'));
}

function toStep(
  { name, title, instruction, approvals, evidence, timeoutMs, onTimeout }: ManualStepSettings,
  origin: string,
  { onFailure, isUrgent, when }: Pick<Step, 'onFailure'> & { readonly isUrgent: boolean; readonly when: string },
): Step {
  return {
    id: `${origin}:manual:${name}`,
    title: `${origin}: ${title}`,
    effect: 'manual',
    from: {},
    to: {},
    changes: [],
    onFailure,
    ...(isUrgent && when === 'before' ? { isUrgent } : {}),
    manual: {
      instruction,
      approvals,
      timeoutMs,
      onTimeout,
      ...(evidence === undefined ? {} : { evidence: { ...evidence } }),
    },
  };
}
