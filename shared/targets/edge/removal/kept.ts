import { evidenceKey } from '../../../domain/traffic/evidence.ts';
import type { FleetCluster, FleetEdge, FleetOrigin } from '../../../fleet/model.ts';

/**
 * The row `kept|<edge>`: an edge's settings in the last fleet revision that named it, with the origins that have left
 * since and are still followed. Written before anything is opened, so that a file that is changed later loses nothing.
 */
export interface KeptEdge {
  readonly schema: 1;
  /** Of the fleet that named the edge last. */
  readonly revision: string;
  readonly edge: FleetEdge;
  /** Behind its origins: capacity is theirs. */
  readonly clusters: readonly FleetCluster[];
  readonly removed: readonly Removal[];
}

/** The row once nothing of an edge that has left is open any more: rows are not deleted. */
export interface LetGo {
  readonly schema: 1;
  readonly isLetGo: true;
}

/** An edge or an origin that has left the fleet with something open on it. */
export interface Removal {
  /** ARM id, lower case. */
  readonly id: string;
  /** When it was noticed, ISO 8601. */
  readonly at: string;
  /** The last fleet revision that named it. */
  readonly before: string;
}

/** Which fleet is in force, when, and what the deployment lets be written. */
export interface InForce {
  readonly revision: string;
  readonly now: Date;
  readonly isWritable: (edge: Pick<FleetEdge, 'id'>) => boolean;
}

/**
 * Cells read the fleet at their own times: for so long the revision before a removal may still be in force in another
 * one, and says nothing about a return. Twice the longest `REFLEX_FLEET_REFRESH_SECONDS` that makes sense.
 */
export const SPREAD_MS = 600_000;

/** Row key of what is kept of an edge. */
export function keptKey(edge: string): string {
  return evidenceKey(edge).replace(/^evidence/, 'kept');
}

/** What a row keeps, unless it was let go. Pure. */
export function readKept(value: unknown): KeptEdge | undefined {
  const row = value as KeptEdge | LetGo | undefined;
  return row === undefined || 'isLetGo' in row ? undefined : row;
}

/**
 * An edge as it is to be looked at: as the fleet names it, with what it no longer names at the end and marked. Pure.
 * Names are no part of it: an edge that is renamed in the fleet file is the same edge, by its ARM id.
 *
 * @returns undefined if the fleet does not name it and nothing is kept of it.
 */
export function resolveEdge(
  kept: KeptEdge | undefined,
  named: FleetEdge | undefined,
  { revision, now, isWritable }: InForce,
): FleetEdge | undefined {
  if (kept === undefined) {
    return named;
  }
  const isGone = (id: string): boolean =>
    kept.removed.some(
      (one) => one.id === id && one.before === revision && now.getTime() < Date.parse(one.at) + SPREAD_MS,
    );
  const isNoted = (ids: readonly string[]): boolean => ids.every((id) => kept.removed.some((one) => one.id === id));
  if (named === undefined || isGone(named.id)) {
    const { edge } = kept;
    const origins = edge.origins.map(({ id }) => id);
    return { ...edge, removed: { origins, isWhole: true, isNoted: isNoted([edge.id]), isWritable: isWritable(edge) } };
  }
  const stays = named.origins.filter(({ id }) => !isGone(id));
  const gone = kept.edge.origins.filter(({ id }) => !stays.some((one) => one.id === id));
  const origins = gone.map(({ id }) => id);
  return gone.length === 0
    ? named
    : {
        ...named,
        origins: [...stays, ...gone],
        removed: { origins, isWhole: false, isNoted: isNoted(origins), isWritable: isWritable(named) },
      };
}

/** The origins that the fleet names. Pure. */
export function namedOrigins({ origins, removed }: FleetEdge): readonly FleetOrigin[] {
  return removed === undefined ? origins : origins.filter(({ id }) => !removed.origins.includes(id));
}

/** The edge without what the fleet no longer names: for whatever opens something new. Pure. */
export function namedPart(edge: FleetEdge): FleetEdge {
  const { removed, ...rest } = edge;
  return removed === undefined ? edge : { ...rest, origins: namedOrigins(edge) };
}
