import { loadOf, type Division, type ServingOrigin } from './serving.ts';

/** What an origin can carry, in requests a second. */
export interface Capacity {
  /** Right now: ready nodes times the declared rate of one. */
  readonly safe: number;
  /** What other edges and running plans already count on. */
  readonly taken: number;
}

/** An origin that would get more than it can carry. */
export interface Overload {
  readonly name: string;
  readonly load: number;
  readonly usable: number;
}

export interface CapacityQuestion {
  readonly division: Division;
  readonly capacity: ReadonlyMap<string, Capacity>;
  /** Kept free, 0 to 1. */
  readonly headroom: number;
}

/** Requests a second that may be sent to an origin; nothing where its capacity is not known. Pure. */
export function usable(capacity: Capacity | undefined, headroom: number): number {
  return capacity === undefined ? 0 : Math.max(0, capacity.safe * (1 - headroom) - capacity.taken);
}

/** Serving origins that would get more than they can carry, by name. Pure. */
export function findOverloads(origins: readonly ServingOrigin[], question: CapacityQuestion): readonly Overload[] {
  const { division, capacity, headroom } = question;
  return [...loadOf(origins, division)]
    .map(([name, load]) => ({ name, load, usable: usable(capacity.get(name), headroom) }))
    .filter(({ load, usable: room }) => load > room + EPSILON)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Exactly enough is enough, in spite of binary fractions. */
const EPSILON = 1e-9;
