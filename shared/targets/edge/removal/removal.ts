import type { Mode } from '../../../domain/mode.ts';
import type { FleetEdge } from '../../../fleet/model.ts';
import { intentKey, type Intent } from '../../../intents/intent.ts';
import type { IntentRequest } from '../../../intents/lifecycle.ts';
import type { Plan } from '../../../reconcile/plan.ts';
import type { Situation, Verdict } from '../../../reconcile/target-kind.ts';
import type { Removal } from './kept.ts';

/** Kind of the intent that an edge or origin gets when it leaves the fleet with something open on it. */
export const REMOVED = 'removed';
/** Why people are called then. */
export const REMOVED_REASON = 'removed-from-fleet';
/** What keeps back whatever else is wanted of it. */
export const NOT_IN_FLEET = 'config-error:not-in-fleet';

const BY = { reaction: 'fleet' } as const;

/** Row key of a removal's intent. */
export function removalKey(subject: string): string {
  return intentKey({ subject, by: BY, cause: REMOVED });
}

/** What may be done about the way back: as the last revision that named it had it, with a person's word at least. Pure. */
export function wayBackMode({ policy, removed }: FleetEdge): Mode {
  return removed?.isWritable === false || policy.mode.restore === 'observe' ? 'observe' : 'propose';
}

/** The intent of a removal: what is ours there goes back, when people agree. Pure. */
export function removalRequest(edge: FleetEdge, { id, at, before }: Removal): IntentRequest {
  const { restore, withinMs } = edge.policy.approvals;
  return {
    subject: id,
    by: BY,
    cause: REMOVED,
    kind: REMOVED,
    value: { restored: true },
    mode: wayBackMode(edge),
    reason: 'the fleet no longer names it',
    signals: [`fleet#${before}#${at}`],
    approvals: { needed: Math.max(1, restore), withinMs },
    asOf: at,
  };
}

/** True if a plan is about something that has left the fleet since: it ends where it stands. Pure. */
export function isCutShort({ serves, steps }: Plan, intents: readonly Intent[]): boolean {
  const subjects = [...serves, ...steps.flatMap(({ changes }) => changes)].map(({ subject }) => subject);
  return intents.some(
    (intent) =>
      intent.kind === REMOVED &&
      intent.state !== 'closed' &&
      !serves.some(({ key }) => key === intentKey(intent)) &&
      subjects.some((subject) => subject === intent.subject || subject.startsWith(`${intent.subject}/`)),
  );
}

/** Origins that nothing is done to: the fleet no longer names them, and nobody has agreed to their way back. Pure. */
export function frozenOrigins({ id: edge, removed }: FleetEdge, acting: readonly Intent[]): ReadonlySet<string> {
  const agreed = new Set(acting.filter(({ kind }) => kind === REMOVED).map(({ subject }) => subject));
  return new Set((removed?.origins ?? []).filter((id) => !agreed.has(id) && !agreed.has(edge)));
}

/**
 * Takes out of a situation whatever is wanted of what the fleet no longer names; the removal's own intent stays, and a
 * person's hold. Pure.
 */
export function setAside(
  { id: edge, removed }: FleetEdge,
  situation: Situation,
): { readonly situation: Situation; readonly verdicts: readonly Verdict[] } {
  const isAside = ({ kind, subject }: Intent): boolean =>
    kind === REMOVED
      ? removed === undefined || (subject !== edge && !removed.origins.includes(subject))
      : kind !== 'hold' && removed !== undefined && (removed.isWhole || removed.origins.includes(subject));
  const { acting, leaving } = situation;
  const verdicts = [...acting, ...leaving]
    .filter((intent) => isAside(intent) && intent.kind !== REMOVED)
    .map((intent): Verdict => ({ intent, outcome: 'blocked', reason: NOT_IN_FLEET, page: false }));
  const rest = (intents: readonly Intent[]): readonly Intent[] => intents.filter((intent) => !isAside(intent));
  return { situation: { ...situation, acting: rest(acting), leaving: rest(leaving) }, verdicts };
}
