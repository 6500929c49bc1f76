import { ReflexError } from '../../shared/errors.ts';
import type { Plan } from '../../shared/reconcile/plan.ts';
import type { AuditRecord } from '../../shared/records/audit.ts';
import { Acts } from './acts.ts';
import { START, type Case, type CellIndex } from './case.ts';
import { Cell, Crash, type KindChange } from './cell.ts';
import { checkFloors, checkPools } from './check-pools.ts';
import { checkBaselines, checkPlans, checkWholeAudit, checkWishes } from './check-quiet.ts';
import { checkRemovalPages } from './check-removed.ts';
import type { Violation } from './checker.ts';
import { World, type Message } from './world.ts';

const MIN = 60_000;
const QUIET_MS = 120 * MIN;
const RELEASED_MS = 80 * MIN;
const REDELIVER_MS = 30_000;
const MAX_DELIVERIES = 5;
/** A tick that finds what the last one found comes again later, up to this, once nothing happens any more. */
const LONGEST_TICK_MS = 15 * MIN;
/** Wakes of one kind that wait: more say nothing new. */
const MAX_SAME = 3;

/** Turns of one run; most take two thousand. */
const MAX_TURNS = 60_000;

/** What a run came to. */
export interface Outcome {
  readonly violation?: Violation;
  readonly writes: number;
  /** Plans by their last state. */
  readonly ends: Readonly<Record<string, number>>;
  readonly records: readonly AuditRecord[];
  readonly plans: readonly Plan[];
}

interface Item {
  readonly at: number;
  readonly run: () => void;
}

/** Plays a case: its events, then two quiet hours, then the release of all that anybody wanted. */
export async function play(given: Case, change: KindChange = (kind) => kind): Promise<Outcome> {
  const player = new Player(given, change);
  await player.play();
  return player.outcome();
}

/** Time, messages, ticks and processes of one run. */
export class Player {
  readonly world: World;
  readonly cells: [Cell, Cell];
  readonly #case: Case;
  readonly #change: KindChange;
  #agenda: Item[] = [];
  #nextTick = START + MIN;
  #tickMs = MIN;
  #isCalm = false;
  #silentUntil = 0;
  #ticks = 0;
  #turns = 0;
  #checked = '';
  #seenAtTick = '';

  constructor(given: Case, change: KindChange) {
    this.#case = given;
    this.#change = change;
    this.world = new World(given);
    this.cells = [new Cell(this.world, 0, change), new Cell(this.world, 1, change)];
  }

  /** True if old rows will be put back. */
  get isRestored(): boolean {
    return this.#case.events.some(({ kind }) => kind === 'restore');
  }

  /** How long everything has to come back: what waits for nodes waits for them first. */
  get releasedMs(): number {
    return RELEASED_MS + (this.#case.growth?.nodesMs ?? 0);
  }

  outcome(): Outcome {
    const { checker } = this.world;
    const plans = checker.plans();
    const ends = Object.fromEntries(
      [...Map.groupBy(plans, ({ state }) => state)].map(([end, all]) => [end, all.length]),
    );
    const { violation } = checker;
    const found = violation === undefined ? {} : { violation };
    return { ...found, writes: checker.writes, ends, records: checker.records(), plans };
  }

  async play(): Promise<void> {
    const { events, activeMs } = this.#case;
    const acts = new Acts(this);
    events.forEach((event) => this.plan(START + event.at, () => acts.run(event)));
    await this.#until(START + activeMs);
    // What a case begins ends within a quarter of an hour.
    await this.#until(Math.max(this.world.clock.time, START + activeMs + 15 * MIN));
    acts.calm();
    this.#isCalm = true;
    this.#tickMs = MIN;
    await this.#until(this.world.clock.time + QUIET_MS);
    if (this.#isBroken()) {
      return;
    }
    checkPlans(this.world);
    checkWishes(this.world);
    checkFloors(this.world);
    await this.#lookTwice();
    acts.release();
    this.#tickMs = MIN;
    await this.#until(this.world.clock.time + this.releasedMs);
    if (this.#isBroken()) {
      return;
    }
    await this.#lookTwice();
    checkBaselines(this.world, acts.touched);
    await checkPools(this.world);
    checkRemovalPages(this.world);
    checkWholeAudit(this.world);
  }

  /** Does something at a time, in milliseconds since 1970. */
  plan(at: number, run: () => void): void {
    const after = this.#agenda.findIndex((item) => item.at > at);
    this.#agenda.splice(after < 0 ? this.#agenda.length : after, 0, { at, run });
  }

  /** Nothing is delivered and no clock ticks until then. */
  silence(ms: number): void {
    this.#silentUntil = this.world.clock.time + ms;
  }

  /** A new process in the place of another. */
  replace(index: CellIndex): void {
    this.cells[index] = new Cell(this.world, index, this.#change);
  }

  /** A cell that lives, the wanted one if it does. */
  alive(wanted: CellIndex = this.world.calls.yes(0.5) ? 0 : 1): Cell | undefined {
    const [cell, other] = [this.cells[wanted], this.cells[wanted === 0 ? 1 : 0]];
    return cell.isDead ? (other.isDead ? undefined : other) : cell;
  }

  /** Begins something that a process does; `again` is called if it has to be done once more. */
  start(cell: Cell, work: () => Promise<unknown>, again?: () => void): void {
    const { world } = this;
    world.running += 1;
    const failed = (error: unknown): void => {
      if (!(error instanceof Crash) && !(error instanceof ReflexError)) {
        world.checker.report('no-surprises', error instanceof Error ? (error.stack ?? error.message) : String(error));
      }
      again?.();
    };
    void Promise.race([work(), cell.died])
      .catch(failed)
      .finally(() => (world.running -= 1));
  }

  #isBroken(): boolean {
    return this.world.checker.violation !== undefined;
  }

  async #until(end: number): Promise<void> {
    const { clock } = this.world;
    for (;;) {
      await clock.quiet();
      this.#check();
      this.#turns += 1;
      if (this.#turns > MAX_TURNS) {
        this.world.checker.report('comes-to-rest', `${MAX_TURNS} turns`);
      }
      if (this.#isBroken()) {
        return;
      }
      const message = this.#nextMessage();
      const due = Math.max(this.#silentUntil, message?.due ?? Infinity);
      const tick = Math.max(this.#silentUntil, this.#nextTick);
      const item = this.#agenda[0]?.at ?? Infinity;
      const at = Math.min(due, tick, item, clock.nextAt());
      if (at > end) {
        clock.moveTo(end);
        return;
      }
      if (clock.nextAt() <= at) {
        clock.wakeNext();
        continue;
      }
      clock.moveTo(at);
      if (item <= at) {
        this.#agenda.shift()?.run();
      } else if (tick <= at) {
        this.#tick();
      } else if (message !== undefined) {
        this.#deliver(message);
      }
    }
  }

  #nextMessage(): Message | undefined {
    return this.world.messages.reduce<Message | undefined>(
      (first, one) => (first === undefined || one.due < first.due ? one : first),
      undefined,
    );
  }

  #deliver(message: Message): void {
    const { world } = this;
    world.messages = world.messages.filter((one) => one !== message);
    const { text, deliveries } = message;
    if (world.messages.filter((one) => one.text === text).length >= MAX_SAME && text.includes('"wake"')) {
      return;
    }
    const again = (): void => {
      if (deliveries + 1 < MAX_DELIVERIES) {
        world.messages.push({ text, due: world.clock.time + REDELIVER_MS, deliveries: deliveries + 1 });
      }
    };
    const cell = this.alive();
    if (cell === undefined) {
      again();
    } else {
      this.start(cell, async () => await cell.handle(text), again);
    }
  }

  #tick(): void {
    const { world } = this;
    this.#ticks += 1;
    const state = this.#news();
    const isStill = this.#isCalm && state === this.#seenAtTick && world.running === 0;
    this.#seenAtTick = state;
    this.#tickMs = isStill ? Math.min(LONGEST_TICK_MS, this.#tickMs * 2) : MIN;
    this.#nextTick = world.clock.time + this.#tickMs;
    const cell = this.alive(this.#ticks % 2 === 0 ? 0 : 1);
    const isDoubled = !this.#isCalm && world.calls.yes(0.1);
    for (const one of isDoubled ? this.cells.filter(({ isDead }) => !isDead) : [cell]) {
      if (one !== undefined) {
        this.start(one, async () => await one.tick());
      }
    }
  }

  #state(): string {
    const { rows, arm } = this.world;
    return `${rows.version}/${arm.accepted}/${arm.open().length}`;
  }

  /** What tells whether anything happens: votes and burdens are taken again at every tick. */
  #news(): string {
    const { rows, arm } = this.world;
    return `${rows.news}/${arm.accepted}/${arm.open().length}`;
  }

  #check(): void {
    const state = this.#state();
    if (state !== this.#checked) {
      this.#checked = state;
      this.world.checker.onStep();
    }
  }

  /** Whoever looks again at what is settled finds the same, and writes nothing. */
  async #lookTwice(): Promise<void> {
    const { world } = this;
    world.isSlow = false;
    // What has just become due, and only this cell may do, is not found by looking twice.
    await this.#look(1);
    const first = await this.#look(0);
    const [rows, writes] = [world.rows.version, world.arm.accepted];
    const second = await this.#look(1);
    world.isSlow = true;
    if (world.arm.accepted > writes || world.rows.version > rows) {
      world.checker.report('second-look', `${world.rows.version - rows} rows, ${world.arm.accepted - writes} writes`);
    }
    if (first !== second) {
      world.checker.report('second-look', `${first} then ${second}`);
    }
    this.#check();
  }

  async #look(index: CellIndex): Promise<string> {
    const told: string[] = [];
    for (const {
      edge: { id },
    } of this.world.edges) {
      const answer = await this.alive(index)?.edges.look(id);
      told.push(`${id}: ${answer?.decision ?? ''} ${answer?.reason ?? ''}`);
    }
    return told.join('; ');
  }
}
