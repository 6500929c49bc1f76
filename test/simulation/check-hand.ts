import type { FleetEdge } from '../../shared/fleet/model.ts';
import { subjectsOf } from '../../shared/intents/subjects.ts';
import { ownId } from './check-twin.ts';
import type { Sent } from './checker.ts';
import type { World } from './world.ts';

/** Times that two apps and the people give differ by as much. */
const SKEW_MS = 5 * 60_000;

interface ByHand {
  readonly weight: number;
  /** Of our last write before. */
  readonly since: number;
  readonly at: number;
}

/** Weights that somebody set by hand where ours stood: nobody writes over them before people or an emergency ask. */
export class HandWeights {
  readonly #world: World;
  readonly #set = new Map<string, ByHand>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Somebody sets a weight; what is not ours, or what we are writing just now, is nobody's business. */
  onOperated(edge: string, origin: string, weight: number): void {
    const { arm, checker } = this.#world;
    const live = arm.live(origin)?.weight;
    const lane = checker.head()?.lanes[edge];
    const mark = lane?.fields.find(({ subject, group }) => subject === origin && group === 'weight');
    const isOurs = mark?.written['weight'] === live && mark?.attempted === undefined && live !== weight;
    if (isOurs && lane?.activePlan === undefined) {
      const since = Date.parse(lane?.lastWrites?.[origin] ?? '');
      this.#set.set(origin, { weight, since, at: this.#world.clock.time });
    } else {
      this.#set.delete(origin);
    }
  }

  check({ edge, origin, change, seen }: Sent): void {
    const { checker } = this.#world;
    const own = ownId(edge, origin);
    const set = this.#set.get(own);
    const live = seen?.origins.find(({ id }) => id === own)?.weight;
    if (set === undefined || !('weight' in change) || checker.restoredAt > 0) {
      return;
    }
    this.#set.delete(own);
    const isAnew = checker
      .intents()
      .filter((intent) => subjectsOf(intent).includes(own))
      .some(({ openedAt, value }) => Date.parse(openedAt) > set.since - SKEW_MS || value['urgency'] === 'emergency');
    if (live === set.weight && change.weight !== live && !isAnew && !this.#isDivided(edge, own, set)) {
      checker.report('weights-by-hand', `${origin}: ${change.weight} over ${live}, and nobody has asked`);
    }
  }

  /** Where weights follow the capacity, a drain begun since divides what it finds, and that is what it gives back. */
  #isDivided(edge: FleetEdge, own: string, { weight, at }: ByHand): boolean {
    const { checker } = this.#world;
    const mark = checker
      .head()
      ?.lanes[edge.id]?.fields.find(({ subject, group }) => subject === own && group === 'weight');
    const isDrained = checker
      .intents()
      .some(({ kind, openedAt }) => kind === 'out' && Date.parse(openedAt) > at - SKEW_MS);
    return isDrained && mark?.baseline['weight'] === weight;
  }
}
