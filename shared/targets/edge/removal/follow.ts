import { isSameJson } from '../../../domain/json.ts';
import type { FleetCluster, FleetEdge } from '../../../fleet/model.ts';
import type { Intent } from '../../../intents/intent.ts';
import { openIntent, withState } from '../../../intents/lifecycle.ts';
import type { TargetState, Transition } from '../../../reconcile/target-rows.ts';
import type { AuditEntry } from '../../../records/audit.ts';
import { keptKey, resolveEdge, type InForce, type KeptEdge, type LetGo, type Removal } from './kept.ts';
import { removalKey, removalRequest, REMOVED, REMOVED_REASON, wayBackMode } from './removal.ts';

/** What is known of one edge when the fleet in force is held against what was kept. */
export interface Following extends InForce {
  readonly kept: KeptEdge | undefined;
  readonly named: FleetEdge | undefined;
  readonly clusters: readonly FleetCluster[];
  /** The loop has just looked at it: what is over may be forgotten. */
  readonly isLooked: boolean;
}

/** The edge to look at, if there is still one, and what is to be written down first. */
export interface Followed {
  readonly edge: FleetEdge | undefined;
  readonly transition: Transition | undefined;
}

interface Unit extends Removal {
  readonly isNew: boolean;
}

/**
 * Notices what has left the fleet with something open on it, what has come back, and what is over. Pure.
 *
 * What has left gets one intent of kind `removed`, which takes the place of all others about it and whose way back is a
 * plan for people; they are called once. What comes back is as if it had never left.
 */
export function follow(facts: Following, state: TargetState): Followed {
  const { kept, named, now } = facts;
  const edge = resolveEdge(kept, named, facts);
  if (edge === undefined) {
    return { edge, transition: undefined };
  }
  const before = kept?.removed ?? [];
  const units = unitsOf(edge, kept, now).filter((unit) => !unit.isNew || isOpen(edge, unit.id, state));
  const over = units.filter((unit) => !unit.isNew && isOver(edge, unit.id, { state, isLooked: facts.isLooked }));
  const left = units.filter((unit) => !over.includes(unit));
  const returned = before.filter(({ id }) => !units.some((unit) => unit.id === id));
  const at = now.toISOString();
  const followed = keep(edge, { facts, left });
  const changes = [
    ...left.map((unit) => noted(edge, unit, { state, at })),
    ...returned.flatMap(({ id }) => ended(id, state, { note: 'returned', at })),
    ...over.map(({ id }) => forgotten(edge, id, { state, at })),
  ];
  const fields = state.lane.fields.filter((field) => !over.some(({ id }) => isWithin(id, field.subject)));
  const isFresh = left.some(({ isNew }) => isNew);
  const transition: Transition = {
    facts: isKnown(kept, followed.row) ? [] : [{ rowKey: keptKey(edge.id), value: followed.row }],
    intents: changes.flatMap(({ intents }) => intents),
    audit: changes.flatMap(({ audit }) => audit),
    ...(fields.length < state.lane.fields.length ? { lane: { fields } } : {}),
    // What people have once refused to a plan of the same steps was about something else.
    ...(isFresh ? { clear: ['refused' as const] } : {}),
  };
  const isEmpty = transition.facts?.length === 0 && transition.intents?.length === 0 && transition.lane === undefined;
  return { edge: followed.edge, transition: isEmpty ? undefined : transition };
}

/** What has left: the edge itself, or single origins of it. */
function unitsOf({ id, removed }: FleetEdge, kept: KeptEdge | undefined, now: Date): readonly Unit[] {
  const ids = removed === undefined ? [] : removed.isWhole ? [id] : removed.origins;
  return ids.map((one) => {
    const known = kept?.removed.find((removal) => removal.id === one);
    const fresh = { id: one, at: now.toISOString(), before: kept?.revision ?? '' };
    return { ...(known ?? fresh), isNew: known === undefined };
  });
}

/** An intent, a baseline that is held, a plan that runs or waits for people, or a write that the service has taken. */
function isOpen(edge: FleetEdge, unit: string, { intents, lane }: TargetState): boolean {
  return (
    [...intents.values()].some(
      ({ kind, subject, state }) => kind !== REMOVED && state !== 'closed' && isWithin(unit, subject),
    ) ||
    lane.fields.some(({ subject }) => isWithin(unit, subject)) ||
    (unit === edge.id && (lane.activePlan !== undefined || lane.previews['propose'] !== undefined))
  );
}

/** Put back, or let go by a person; an edge only when its plans have ended as well, for nobody will look again. */
function isOver(
  edge: FleetEdge,
  unit: string,
  { state, isLooked }: { readonly state: TargetState; readonly isLooked: boolean },
): boolean {
  const intent = state.intents.get(removalKey(unit));
  const isEnded =
    intent === undefined ||
    intent.state === 'closed' ||
    (intent.state === 'failed' && intent.note === 'declined') ||
    !isOpen(edge, unit, state);
  return isEnded && (unit !== edge.id || (isLooked && state.lane.activePlan === undefined));
}

/** The row that is to stand there, and the edge that it leads to. */
function keep(
  edge: FleetEdge,
  { facts, left }: { readonly facts: Following; readonly left: readonly Unit[] },
): { readonly row: KeptEdge | LetGo; readonly edge: FleetEdge | undefined } {
  const { removed, ...rest } = edge;
  const isWhole = removed?.isWhole === true;
  if (isWhole && left.length === 0) {
    return { row: { schema: 1, isLetGo: true }, edge: undefined };
  }
  const gone = isWhole ? [] : (removed?.origins ?? []).filter((id) => !left.some((unit) => unit.id === id));
  const origins = edge.origins.filter(({ id }) => !gone.includes(id));
  const known = [...facts.clusters, ...(facts.kept?.clusters ?? [])];
  const names = [...new Set(origins.map(({ cluster }) => cluster))];
  const row: KeptEdge = {
    schema: 1,
    revision: isWhole ? (facts.kept?.revision ?? '') : facts.revision,
    edge: { ...rest, origins },
    clusters: names.flatMap((name) => known.find((cluster) => cluster.name === name) ?? []),
    removed: left.map(({ id, at, before }) => ({ id, at, before })),
  };
  const still = (removed?.origins ?? []).filter((id) => !gone.includes(id));
  return {
    row,
    edge:
      removed === undefined || still.length === 0
        ? { ...rest, origins }
        : { ...rest, origins, removed: { ...removed, origins: still, isNoted: true } },
  };
}

function isKnown(kept: KeptEdge | undefined, row: KeptEdge | LetGo): boolean {
  return kept === undefined ? 'isLetGo' in row : isSameJson(kept, row);
}

interface Change {
  readonly intents: readonly Intent[];
  readonly audit: readonly AuditEntry[];
}

const NOTHING: Change = { intents: [], audit: [] };

/** Opens the removal's intent and calls people; later only follows what may be written. */
function noted(
  edge: FleetEdge,
  unit: Unit,
  { state, at }: { readonly state: TargetState; readonly at: string },
): Change {
  const stored = state.intents.get(removalKey(unit.id));
  if (unit.isNew || stored === undefined) {
    const { intent } = openIntent(stored, removalRequest(edge, unit), at);
    const { mode } = intent;
    const facts = { subject: unit.id, reason: REMOVED_REASON, mode };
    return { intents: [intent], audit: [{ kind: 'paged', at, facts }] };
  }
  const mode = wayBackMode(edge);
  const isChanged = (stored.mode === 'observe') !== (mode === 'observe');
  return isChanged ? { intents: [{ ...stored, mode }], audit: [] } : NOTHING;
}

/** The fleet names it again: whatever else is wanted of it counts as before. */
function ended(
  unit: string,
  { intents }: TargetState,
  { note, at }: { readonly note: string; readonly at: string },
): readonly Change[] {
  const stored = intents.get(removalKey(unit));
  if (stored === undefined || stored.state === 'closed') {
    return [];
  }
  const audit: AuditEntry = { kind: 'intent-released', at, facts: { subject: unit, reason: note } };
  return [{ intents: [withState(stored, 'closed', note)], audit: [audit] }];
}

/** Nobody wants anything of it any more, and what stands there is left as it is. */
function forgotten(
  edge: FleetEdge,
  unit: string,
  { state, at }: { readonly state: TargetState; readonly at: string },
): Change {
  const stored = state.intents.get(removalKey(unit));
  const note = stored?.state === 'failed' ? 'let-go' : 'put-back';
  const about = [...state.intents.values()].filter(
    (intent) => intent.state !== 'closed' && isWithin(unit, intent.subject),
  );
  const facts = { edge: edge.id, subject: unit, reason: note };
  return {
    intents: about.map((intent) => withState(intent, 'closed', note)),
    audit: [{ kind: 'intent-released', at, facts }],
  };
}

function isWithin(unit: string, subject: string): boolean {
  return subject === unit || subject.startsWith(`${unit}/`);
}
