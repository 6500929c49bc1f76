import type { FleetEdge } from '../../shared/fleet/model.ts';
import {
  APPROVERS,
  SERVICES,
  SOURCES,
  type Asked,
  type Case,
  type CellIndex,
  type SimEdge,
  type SimEvent,
} from './case.ts';
import { Chance } from './chance.ts';
import { drawEdges } from './draw-fleet.ts';
import type { ArmFault } from './sim-arm.ts';
import { drawGrowth } from './sim-clusters.ts';

const SEC = 1_000;
const MIN = 60_000;

/**
 * What a run may draw beside the rest, or can be asked to: `removal` is drawn sometimes without that, and always with it;
 * `twin` gives each edge of Front Door a second group; `scale-up` gives regions clusters whose node pools may grow.
 */
export const FEATURES = ['removal', 'twin', 'scale-up'] as const;
/** How many of the runs lose something from the fleet. */
const REMOVAL = 0.3;
/** And how many a service. */
const OUTAGE = 0.3;
const TWIN = 0.2;
const GROWTH = 0.15;
/** Of the operations that end as failed, those that somebody or something has canceled. */
const CANCELED = 0.3;

export type Feature = (typeof FEATURES)[number];

/** What a seed draws beside the rest where nobody has asked for anything. */
export function featuresOf(seed: number): readonly Feature[] {
  const chance = new Chance(seed ^ 0xfea7);
  return [...(chance.yes(TWIN) ? ['twin' as const] : []), ...(chance.yes(GROWTH) ? ['scale-up' as const] : [])];
}

/** The case of a seed. `features`: what is drawn beside the rest. */
export function drawCase(seed: number, features: readonly Feature[]): Case {
  const chance = new Chance(seed);
  const edges = drawEdges(chance, features.includes('twin'));
  const activeMs = chance.int(8, 25) * MIN;
  const overlap = chance.pick(['queue', 'conflict'] as const);
  const durationMs = chance.pick([0, 5 * SEC, 20 * SEC, 90 * SEC]);
  const draw = new EventDraw(chance, { seed, edges, activeMs, features });
  const grown = features.includes('scale-up') ? drawGrowth(seed, edges, activeMs) : undefined;
  const events = [...draw.events(), ...(grown?.events ?? []), ...drawOutage(seed, activeMs)].toSorted(
    (a, b) => a.at - b.at,
  );
  const growth = grown === undefined ? {} : { growth: grown.growth };
  return { seed, edges, overlap, durationMs, events, activeMs, ...growth };
}

/** A service that others need is down, singly; drawn by itself, so that a seed's other events stay as they are. */
function drawOutage(seed: number, activeMs: number): readonly SimEvent[] {
  const chance = new Chance(seed ^ 0x0de0);
  return chance.yes(OUTAGE)
    ? [{ kind: 'outage', at: chance.int(0, activeMs - 1), of: chance.pick(SERVICES), ms: chance.int(5, 300) * SEC }]
    : [];
}

interface Frame {
  readonly seed: number;
  readonly edges: readonly SimEdge[];
  readonly activeMs: number;
  readonly features: readonly Feature[];
}

class EventDraw {
  readonly #chance: Chance;
  /** Words of endings, drawn by themselves, so that a seed's events stay as they are. */
  readonly #words: Chance;
  readonly #frame: Frame;
  #count = 0;

  constructor(chance: Chance, frame: Frame) {
    this.#chance = chance;
    this.#words = new Chance(frame.seed ^ 0xca9ce1);
    this.#frame = frame;
  }

  events(): readonly SimEvent[] {
    const incidents = Array.from({ length: this.#chance.int(0, 3) }, () => this.#incident());
    const wishes = Array.from({ length: this.#chance.int(0, 4) }, () => this.#wish());
    const troubles = Array.from({ length: this.#chance.int(0, 7) }, () => this.#trouble());
    const others = [...incidents, ...wishes, ...troubles].flat();
    return [...others, ...this.#removals(others), ...this.#dismissals(others)];
  }

  #at(): number {
    return this.#chance.int(0, this.#frame.activeMs - 1);
  }

  #id(what: string): string {
    this.#count += 1;
    return `${what}-${this.#count}`;
  }

  #edge(): { readonly index: number; readonly edge: FleetEdge } {
    const index = this.#chance.int(0, this.#frame.edges.length - 1);
    const found = this.#frame.edges[index];
    if (found === undefined) {
      throw new RangeError('a case has edges');
    }
    return { index, edge: found.edge };
  }

  /** A region turns sick and, mostly, well again; who says so is late, early, doubled or wrong. */
  #incident(): readonly SimEvent[] {
    const chance = this.#chance;
    const { index, edge } = this.#edge();
    const { region } = chance.pick(edge.origins);
    const from = this.#at();
    const until = from + chance.int(1, 12) * MIN;
    const truth: SimEvent[] = chance.yes(0.85)
      ? [
          { kind: 'health', at: from, region, healthy: false },
          { kind: 'health', at: until, region, healthy: true },
        ]
      : [];
    const life = {
      kind: 'alert',
      id: this.#id('alert'),
      edge: index,
      region,
      firedAt: from,
      resolvedAt: until,
    } as const;
    const both = (): boolean => chance.yes(0.3);
    const late = (at: number): number => at + (chance.yes(0.2) ? chance.int(0, 15) * MIN : chance.int(0, 40) * SEC);
    const words: SimEvent[] = [
      { ...life, at: late(from), isOver: false, both: both() },
      { ...life, at: late(until), isOver: true, both: both() },
    ];
    const doubled = words.filter(() => chance.yes(0.3)).map((word) => ({ ...word, at: late(word.at) }));
    return [...truth, ...words, ...doubled, ...this.#measured(index, region, { from, until })];
  }

  #measured(
    edge: number,
    region: string,
    { from, until }: { readonly from: number; readonly until: number },
  ): readonly SimEvent[] {
    const chance = this.#chance;
    return SOURCES.filter(() => chance.yes(0.6)).flatMap((source) => {
      const word = { kind: 'measurement', edge, source, region } as const;
      const ageMs = (): number => (chance.yes(0.2) ? chance.int(0, 120) * SEC : 0);
      const both = (): boolean => chance.yes(0.2);
      return [
        { ...word, at: from + chance.int(0, 60) * SEC, isBad: chance.yes(0.9), ageMs: ageMs(), both: both() },
        { ...word, at: until + chance.int(0, 60) * SEC, isBad: chance.yes(0.1), ageMs: ageMs(), both: both() },
      ];
    });
  }

  /** What a person asks for, and what people say to it. */
  #wish(): readonly SimEvent[] {
    const chance = this.#chance;
    const { index, edge } = this.#edge();
    const at = this.#at();
    const command: SimEvent = { kind: 'command', at, id: this.#id('command'), edge: index, asked: this.#asked(edge) };
    const again: SimEvent[] = chance.yes(0.15) ? [{ ...command, at: at + chance.int(0, 90) * SEC }] : [];
    const said = Array.from({ length: chance.int(0, 4) }, (): SimEvent => {
      const later = at + chance.int(1, 12 * 60) * SEC;
      const by = chance.pick([...APPROVERS, 'alice']);
      return chance.yes(0.7)
        ? { kind: 'approve', at: later, edge: index, by, wrong: chance.yes(0.15) }
        : { kind: chance.pick(['reject', 'pause', 'resume', 'cancel', 'resume']), at: later, edge: index };
    });
    return [command, ...again, ...said];
  }

  #asked(edge: FleetEdge): Asked {
    const chance = this.#chance;
    const origin = chance.pick(edge.origins).name;
    const override = chance.yes(0.1)
      ? [chance.pick(['atleast-2', 'max-drain-fraction', 'insufficient-capacity', 'last-enabled'])]
      : [];
    const steps = chance.yes(0.4) ? { steps: [chance.int(200, 600), chance.int(20, 150)] } : {};
    const drawn = (most: number): Record<string, number> =>
      Object.fromEntries(edge.origins.map(({ name }) => [name, chance.yes(0.15) ? 0 : chance.int(1, most)]));
    switch (chance.int(0, 9)) {
      case 0:
      case 1:
      case 2:
        return { command: 'failover', origin, override, ...steps };
      case 3:
      case 4:
        return { command: 'failback', origin, override, ...steps };
      case 5:
        return { command: 'set-shares', override, shares: drawn(9) };
      case 6:
        return { command: 'set-weights', override, weights: drawn(1_000) };
      case 7:
        return { command: 'drill', origin, override, durationSeconds: chance.int(60, 900) };
      case 8:
        return { command: 'pin', origin, override, state: chance.pick(['in', 'out']) };
      default:
        return { command: 'unpin', origin, override };
    }
  }

  #trouble(): readonly SimEvent[] {
    const chance = this.#chance;
    const at = this.#at();
    const { index, edge } = this.#edge();
    const origin = chance.int(0, edge.origins.length - 1);
    const cell = chance.pick<CellIndex>([0, 1]);
    const until = (event: SimEvent): SimEvent => ({ ...event, at: at + chance.int(10, 600) * SEC });
    switch (chance.int(0, 19)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        return [{ kind: 'arm', at, faults: Array.from({ length: chance.int(1, 4) }, () => this.#fault()) }];
      case 5:
      case 6:
      case 7:
      case 8:
        return [{ kind: 'crash', at, cell, calls: chance.int(1, 60), downMs: chance.int(1, 120) * SEC }];
      case 9:
        return [{ kind: 'kill', at, on: true }, until({ kind: 'kill', at, on: false })];
      case 10:
        return [{ kind: 'automation', at, on: false }, until({ kind: 'automation', at, on: true })];
      case 11:
        return [{ kind: 'firing', at, names: ['alarm'] }, until({ kind: 'firing', at, names: [] })];
      case 12:
        return [{ kind: 'operator', at, edge: index, origin, enabled: chance.yes(0.5) }];
      case 13:
        return [{ kind: 'operator-weight', at, edge: index, origin, weight: chance.int(1, 1_000) }];
      case 14:
        return [chance.yes(0.5) ? { kind: 'jump', at, ms: chance.int(1, 900) * SEC } : this.#skew(at, cell)];
      case 15:
        return [{ kind: 'silence', at, ms: chance.int(1, 12) * MIN }];
      case 16:
        return [{ kind: 'no-data', at, edge: index, on: true }, until({ kind: 'no-data', at, edge: index, on: false })];
      case 17:
        return [
          { kind: 'served', at, edge: index, errorRate: 0.5 },
          until({ kind: 'served', at, edge: index, errorRate: 0 }),
        ];
      case 18:
        return [{ kind: 'storage', at, how: chance.pick(['down', 'unsure']), ms: chance.int(1, 90) * SEC }];
      default:
        return [this.#rarer(at, cell)];
    }
  }

  /** Edges and origins leave the fleet, mostly just after something has happened, and some come back. */
  #removals(others: readonly SimEvent[]): readonly SimEvent[] {
    const chance = this.#chance;
    if (!chance.yes(this.#frame.features.includes('removal') ? 1 : REMOVAL)) {
      return [];
    }
    return Array.from({ length: chance.int(1, 2) }, (): readonly SimEvent[] => {
      const about = others.length > 0 && chance.yes(0.8) ? chance.pick(others) : undefined;
      const drawn = this.#edge().index;
      const edge = about !== undefined && 'edge' in about ? about.edge : drawn;
      const at = about === undefined ? this.#at() : about.at + chance.int(0, 240) * SEC;
      const origins = this.#frame.edges[edge]?.origins.length ?? 1;
      const removal: SimEvent = chance.yes(0.5)
        ? { kind: 'remove-edge', at, edge }
        : { kind: 'remove-origin', at, edge, origin: chance.int(0, origins - 1) };
      const isBack = chance.yes(0.4);
      return isBack ? [removal, { kind: 'return', at: at + chance.int(1, 600) * SEC, edge }] : [removal];
    }).flat();
  }

  /** Somebody who has just agreed to something is no longer an approver. */
  #dismissals(others: readonly SimEvent[]): readonly SimEvent[] {
    const chance = this.#chance;
    const words = others.filter((event) => event.kind === 'approve');
    if (words.length === 0 || !chance.yes(this.#frame.features.includes('removal') ? 0.5 : REMOVAL)) {
      return [];
    }
    const { at, by } = chance.pick(words);
    return APPROVERS.includes(by) ? [{ kind: 'dismiss', at: at + chance.int(0, 120) * SEC, by }] : [];
  }

  #skew(at: number, cell: CellIndex): SimEvent {
    return { kind: 'skew', at, cell, ms: this.#chance.int(-2_000, 2_000) };
  }

  #rarer(at: number, cell: CellIndex): SimEvent {
    switch (this.#chance.int(0, 5)) {
      case 0:
        return { kind: 'restore', at };
      case 1:
      case 2:
      case 3:
        return { kind: 'deploy', at, cell };
      default:
        return { kind: 'partition', at, cell, ms: this.#chance.int(1, 10) * MIN };
    }
  }

  #fault(): ArmFault {
    const chance = this.#chance;
    switch (chance.int(0, 12)) {
      case 0:
        return { on: 'read', how: 'throttled', waitMs: chance.int(1, 90) * SEC };
      case 1:
        return { on: 'read', how: chance.pick(['server', 'no-answer'] as const) };
      case 2:
        return { on: 'begin', how: 'throttled', waitMs: chance.int(1, 90) * SEC };
      case 3:
        return { on: 'begin', how: 'busy' };
      case 4:
        return { on: 'begin', how: chance.pick(['lost-applied', 'lost-dropped'] as const) };
      case 5:
        return { on: 'begin', how: 'lost-late', lateMs: chance.int(1, 5) * SEC };
      case 6:
        return { on: 'begin', how: 'slow', takesMs: chance.int(1, 25) * MIN };
      case 7:
        return { on: 'begin', how: 'refused' };
      case 8:
        return { on: 'poll', how: chance.pick(['server', 'no-answer'] as const) };
      case 9:
        return { on: 'poll', how: 'throttled', waitMs: chance.int(1, 60) * SEC };
      case 10:
        return chance.yes(0.3) ? { on: 'begin', how: 'forbidden' } : { on: 'begin', how: 'busy' };
      default:
        return this.#ending();
    }
  }

  #ending(): ArmFault {
    const chance = this.#chance;
    const how = chance.pick(['failed', 'vanished', 'unprovisioned'] as const);
    const isCanceled = how === 'failed' && this.#words.yes(CANCELED);
    return { on: 'begin', how: isCanceled ? 'canceled' : how, isApplied: chance.yes(0.4) };
  }
}
