import { z } from 'zod';

import { parseResourceId } from '../azure/resource-id.ts';

/**
 * Which origins of one edge answer their probe with 503. Each region's gate reads it beside its ingress, so that an
 * origin is drained by its own probe, without a write to the edge's control plane.
 */
export interface GateDocument {
  readonly schema: 1;
  /** ARM id of the origin group or Traffic Manager profile, lower case. */
  readonly edge: string;
  /** The greatest one is in force; see `withGates`. */
  readonly sequence: number;
  /** ISO 8601 in UTC with milliseconds. */
  readonly issued: string;
  /** Names out of `origins`, never all of them. */
  readonly closed: readonly string[];
  /** Every origin of the edge that has a gate; distinct names, at least one. */
  readonly origins: readonly string[];
}

/** What asking for a change came to. `last-open`: no origin would stay open. */
export type GateChange =
  | { readonly outcome: 'changed'; readonly document: GateDocument }
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'refused'; readonly reason: 'last-open' | 'unknown-origin' };

/** The whole state of an edge's gates that is wanted. */
export interface WantedGates {
  readonly origins: readonly string[];
  readonly closed: readonly string[];
}

const names = z.array(z.string().min(1)).refine((list) => new Set(list).size === list.length);
const schema = z
  .object({
    schema: z.literal(1),
    edge: z.string().refine((id) => parseResourceId(id)?.key === id),
    sequence: z.int().min(1),
    issued: z.string().refine((text) => Date.parse(text) > 0 && new Date(text).toISOString() === text),
    closed: names,
    origins: names,
  })
  .refine(({ closed, origins }) => closed.length < origins.length && closed.every((name) => origins.includes(name)));

/**
 * Reads parsed JSON as a gate document. Members that we do not know are dropped. Pure.
 * @returns undefined for anything that is none, also for one that would close every origin.
 */
export function gateDocumentOf(value: unknown): GateDocument | undefined {
  return schema.safeParse(value).data;
}

/**
 * An edge's first document, with every gate open. Pure.
 * @param issued - ISO 8601 in UTC with milliseconds.
 * @throws RangeError for an edge that is no lower-case ARM id, or no origins.
 */
export function firstGates(edge: string, origins: readonly string[], issued: string): GateDocument {
  const sequence = Date.parse(issued);
  const document = gateDocumentOf({ schema: 1, edge, sequence, issued, closed: [], origins: sorted(origins) });
  if (document === undefined) {
    throw new RangeError(`no gate document for ${edge} with ${origins.length} origins at ${issued}`);
  }
  return document;
}

/**
 * Moves an edge's gates to the state that is wanted. Pure.
 *
 * To close one, another must be open before and after: gates read at different moments, so while some have this document
 * and others the last, an origin that is only now opened cannot be counted on. Opening is never refused.
 *
 * The sequence is the time of issue in milliseconds, or one more than the last where that is greater: a writer who read
 * a store that had missed some documents still outranks those.
 */
export function withGates(document: GateDocument, wanted: WantedGates, issued: string): GateChange {
  const origins = sorted(wanted.origins);
  const closed = sorted(wanted.closed);
  if (!closed.every((name) => origins.includes(name))) {
    return { outcome: 'refused', reason: 'unknown-origin' };
  }
  const staysOpen = origins.some((name) => !closed.includes(name) && !document.closed.includes(name));
  if (!staysOpen && (closed.length > 0 || origins.length === 0)) {
    return { outcome: 'refused', reason: 'last-open' };
  }
  if (isSame(origins, document.origins) && isSame(closed, document.closed)) {
    return { outcome: 'unchanged' };
  }
  const sequence = Math.max(document.sequence + 1, Date.parse(issued));
  return { outcome: 'changed', document: { ...document, sequence, issued, closed, origins } };
}

/** Closes one origin's gate and leaves the others as they are. Pure. */
export function closeGate(document: GateDocument, origin: string, issued: string): GateChange {
  const { origins, closed } = document;
  return withGates(document, { origins, closed: [...closed, origin] }, issued);
}

/** Opens one origin's gate and leaves the others as they are. Pure. */
export function openGate(document: GateDocument, origin: string, issued: string): GateChange {
  const { origins, closed } = document;
  return origins.includes(origin)
    ? withGates(document, { origins, closed: closed.filter((name) => name !== origin) }, issued)
    : { outcome: 'refused', reason: 'unknown-origin' };
}

/**
 * True if `one` is in force where both were read. Pure.
 *
 * Two writers who each reached another store may have given out one sequence twice. Then any order will do, as long as
 * every gate has the same: `examples/gate/server.mjs` does.
 */
export function outranks(one: GateDocument, other: GateDocument): boolean {
  return one.sequence === other.sequence ? tieBreak(one) > tieBreak(other) : one.sequence > other.sequence;
}

function tieBreak({ issued, closed, origins }: GateDocument): string {
  return JSON.stringify([issued, closed, origins]);
}

function sorted(list: readonly string[]): readonly string[] {
  return [...new Set(list)].sort();
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return JSON.stringify(one) === JSON.stringify(sorted(other));
}
