import type { Case, SimEvent } from './case.ts';
import type { KindChange } from './cell.ts';
import { play, type Outcome } from './player.ts';

/** The shortest case that was found to break the same invariant, with its outcome. */
export interface Shrunk {
  readonly given: Case;
  readonly outcome: Outcome;
}

/** Plays at most this often. */
const MAX_PLAYS = 300;

/** Leaves out events, then edges' worth of them, for as long as the same invariant is broken. */
export async function shrink(given: Case, outcome: Outcome, change?: KindChange): Promise<Shrunk> {
  let best: Shrunk = { given, outcome };
  let plays = 0;
  for (let size = Math.ceil(given.events.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.given.events.length && plays < MAX_PLAYS;) {
      const events = without(best.given.events, at, size);
      const smaller = { ...best.given, events };
      plays += 1;
      const found = await play(smaller, change);
      if (found.violation?.invariant === outcome.violation?.invariant) {
        best = { given: smaller, outcome: found };
      } else {
        at += size;
      }
    }
  }
  return best;
}

function without(events: readonly SimEvent[], at: number, count: number): readonly SimEvent[] {
  return [...events.slice(0, at), ...events.slice(at + count)];
}
