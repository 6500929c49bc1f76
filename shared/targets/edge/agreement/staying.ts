import { isServing } from '../../../domain/traffic/serving.ts';
import { findOverloads } from '../../../domain/traffic/capacity.ts';
import type { Goal } from '../../../domain/traffic/moves.ts';
import type { Origin } from '../../../domain/traffic/origin.ts';
import type { Breach } from '../../../domain/traffic/walk.ts';
import type { Intent } from '../../../intents/intent.ts';
import { subjectsOf } from '../../../intents/subjects.ts';
import type { Situation } from '../../../reconcile/target-kind.ts';
import { begunPart, mayBegin } from './begin.ts';
import { NO_SNAPSHOT, standsInPart } from './leave.ts';
import type { ObservedEdge } from '../observe.ts';

/** What stays where it is although a rule keeps back the intents that it belongs to. */
export interface Staying {
  /** Those intents, as far as what they want stands there. */
  readonly intents: readonly Intent[];
  /**
   * Origins that are on their way back and serve already, of which a part is out, or that may not be taken out again: by
   * id. They move neither on nor back.
   */
  readonly halfway: ReadonlySet<string>;
}

/**
 * What is kept back is not undone: neither a wish that may not begin, nor a way back that may not go on. Pure.
 * @param keepsBegun - so are wishes that yield to stronger ones.
 */
export function stayingOf(
  blocked: ReadonlyMap<Intent, Breach>,
  observed: ObservedEdge,
  situation: Situation,
  keepsBegun: boolean,
): Staying {
  const { origins } = observed;
  const mayNot = situation.acting.filter((intent) => {
    const breach = blocked.get(intent);
    return breach !== undefined && mayBegin(intent, observed, situation)?.reason === breach.reason;
  });
  const standing = keepsBegun ? situation.acting.filter((intent) => blocked.has(intent)) : mayNot;
  const begun = standing.flatMap((intent) => begunPart(intent, origins) ?? []);
  // A part comes back where others need the room that it leaves, or have no more room for what it has sent them.
  const inPart =
    keepsBegun && !isOverloaded(observed)
      ? standing.filter((intent) => serves(intent, origins) && standsInPart(intent, origins, situation.fields))
      : [];
  // What was never ours to bring back stays by itself, and nothing follows from it.
  const leaving = situation.leaving.filter((intent) => (blocked.get(intent)?.reason ?? NO_SNAPSHOT) !== NO_SNAPSHOT);
  const back = leaving.filter((intent) => intent.kind === 'out' && serves(intent, origins));
  const stood = leaving
    .filter((intent) => !back.includes(intent) && !isOvercome(intent, origins))
    .flatMap((intent) => (intent.kind === 'shares' ? (begunPart(intent, origins) ?? []) : byGate(intent, origins)));
  const kept = situation.isUndoing
    ? situation.acting.filter((intent) => blocked.has(intent) && isLetIn(intent, observed, situation))
    : [];
  return {
    intents: [...begun, ...stood],
    halfway: new Set([...back, ...inPart, ...kept].map(({ subject }) => subject)),
  };
}

/** True if somebody gets more than is safe as things stand. */
function isOverloaded({ origins, edge, measured }: ObservedEdge): boolean {
  const { headroom } = edge.policy.safety;
  return measured !== undefined && findOverloads(origins, { ...measured, headroom }).length > 0;
}

/** True for what the plan has let in and is to take out again: a way back that fails halfway is no reason to end it. */
function isLetIn({ kind, subject }: Intent, { origins }: ObservedEdge, { journal }: Situation): boolean {
  const isIn = journal.some(
    ({ state, step }) =>
      state === 'written' &&
      step.changes.some((one) => one.subject === subject && (one.to['enabled'] === true || one.to['isShut'] === false)),
  );
  return kind === 'out' && isIn && serves({ subject }, origins);
}

/** True for a released pin of which nothing stands any more: somebody else's wish has moved the origin since. */
function isOvercome({ kind, subject, value }: Intent, origins: readonly Origin[]): boolean {
  return kind === 'pin' && origins.some((one) => one.id === subject && isServing(one) !== (value['pinned'] === 'in'));
}

/** What a gate alone keeps out stays out by it, even if the intent that is left would have asked for a write. */
function byGate(intent: Intent, origins: readonly Origin[]): Intent {
  const isShutAlone = origins.some(({ id, enabled, isShut }) => id === intent.subject && enabled && isShut === true);
  return isShutAlone ? { ...intent, value: { ...intent.value, through: 'gate' } } : intent;
}

/** The goals of those that are halfway back, unless somebody else wants something of them, are what they have. Pure. */
export function asTheyAre(
  goals: ReadonlyMap<string, Goal>,
  origins: readonly Origin[],
  { halfway, wanted }: { readonly halfway: ReadonlySet<string>; readonly wanted: readonly Intent[] },
): ReadonlyMap<string, Goal> {
  const left = origins.filter(
    ({ id }) => goals.has(id) && halfway.has(id) && !wanted.some((intent) => subjectsOf(intent).includes(id)),
  );
  const live = left.map(({ id, enabled, weight, isShut }): [string, Goal] => [
    id,
    { enabled, weight, via: [], isUrgent: false, ...(isShut === undefined ? {} : { isShut }) },
  ]);
  return new Map([...goals, ...live]);
}

function serves({ subject }: Pick<Intent, 'subject'>, origins: readonly Origin[]): boolean {
  return origins.some((origin) => origin.id === subject && isServing(origin));
}
