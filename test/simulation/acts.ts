import type { FleetEdge } from '../../shared/fleet/model.ts';
import { KILL_SWITCH } from '../../shared/reconcile/guards/kill-switch.ts';
import {
  approvePlan,
  cancelPlan,
  holdPlan,
  rejectPlan,
  type PlanCommand,
} from '../../shared/reconcile/consent/plan-commands.ts';
import type { Plan } from '../../shared/reconcile/plan.ts';
import { SWITCHES } from '../../shared/reconcile/guards/switches.ts';
import { edgeTarget } from '../../shared/targets/edge/index.ts';
import type { JsonObject } from '../../shared/domain/json.ts';
import { APPROVERS, ASKER, type SimEvent } from './case.ts';
import type { Cell } from './cell.ts';
import { alertMessage, measurement } from './inputs.ts';
import { Ending } from './ending.ts';
import { Outside } from './outside.ts';
import type { Player } from './player.ts';

const MAX_TRIES = 5;

type Of<Kind extends SimEvent['kind']> = Extract<SimEvent, { kind: Kind }>;

/** Does what a case's events say, to the world and to the apps. */
export class Acts {
  readonly #player: Player;
  readonly #outside: Outside;
  #alerts: Of<'alert'>[] = [];
  #firing: readonly string[] = [];
  #isAutomated = true;

  constructor(player: Player) {
    this.#player = player;
    this.#outside = new Outside(player);
  }

  /** Origins of which nobody knows what their first value would be. */
  get touched(): ReadonlySet<string> {
    return this.#outside.touched;
  }

  run(event: SimEvent): void {
    const { world } = this.#player;
    switch (event.kind) {
      case 'alert':
        this.#alert(event);
        return;
      case 'measurement':
        this.#measure(event);
        return;
      case 'command':
        this.#command(event, 1);
        return;
      case 'approve':
        this.#approve(event);
        return;
      case 'reject':
      case 'pause':
      case 'resume':
      case 'cancel':
        this.#say(event);
        return;
      case 'kill':
        this.#kill(event.on);
        return;
      case 'automation':
        this.#isAutomated = event.on;
        world.checker.heldSince = event.on ? undefined : (world.checker.heldSince ?? world.clock.time);
        this.#switch();
        return;
      case 'firing':
        this.#firing = event.names;
        this.#switch();
        return;
      default:
        this.#outside.run(event);
    }
  }

  /** Ends every fault; what is sick stays sick. */
  calm(): void {
    const { world } = this.#player;
    world.arm.faults = [];
    world.storage = 'up';
    [...world.down].forEach((service) => world.restore(service));
    world.isPartitioned.fill(false);
    world.skewMs.fill(0);
    world.blind.clear();
    world.errorRates.clear();
    this.#kill(false);
    this.#isAutomated = true;
    this.#firing = [];
    world.checker.heldSince = undefined;
    this.#switch();
    this.#player.cells.forEach((cell) => {
      cell.callsLeft = Infinity;
      if (cell.isDead) {
        this.#player.replace(cell.index);
      }
    });
  }

  /** All is well, everybody says so, and whatever was wanted is let go; people agree to all that waits for them. */
  release(): void {
    const alerts = new Map(this.#alerts.map((one) => [one.id, one])).values();
    new Ending(this.#player).begin([...alerts].map((alert) => ({ ...alert, profile: this.#edge(alert.edge) })));
  }

  #word({ id }: Plan, by: string): PlanCommand {
    return { plan: id, by, now: () => this.#player.world.clock.now() };
  }

  #edge(index: number): FleetEdge {
    const found = this.#player.world.edges[index];
    if (found === undefined) {
      throw new RangeError(`there is no edge ${index}`);
    }
    return found.edge;
  }

  #alert(event: Of<'alert'>): void {
    const { world } = this.#player;
    this.#alerts.push(event);
    const message = { text: alertMessage(this.#edge(event.edge), event), due: world.clock.time, deliveries: 0 };
    world.messages.push(message, ...(event.both ? [message].map((one) => ({ ...one })) : []));
  }

  /** A measurement that is not taken is lost: the next one comes. */
  #measure({ edge, source, region, isBad, ageMs, both }: Of<'measurement'>): void {
    const { world } = this.#player;
    const said = measurement(source, region, { isBad, at: world.clock.now().getTime() - ageMs });
    for (const cell of both ? this.#player.cells.filter(({ isDead }) => !isDead) : [this.#player.alive()]) {
      if (cell !== undefined) {
        this.#player.start(cell, () => cell.edges.measurement(this.#edge(edge).id, said, `${source}#${said.at}`));
      }
    }
  }

  /** A person who gets no answer asks again with the same id. */
  #command(event: Of<'command'>, attempt: number): void {
    const { id, edge, asked } = event;
    const { world } = this.#player;
    const again = (): void => {
      if (attempt < MAX_TRIES) {
        this.#player.plan(world.clock.time + 20_000, () => this.#command(event, attempt + 1));
      }
    };
    const cell = this.#player.alive();
    if (cell === undefined) {
      again();
      return;
    }
    const common = { edge: this.#edge(edge).id, reason: 'sim', dryRun: false };
    const given = { id, by: ASKER, at: world.clock.now().toISOString(), asked: { ...common, ...asked } };
    this.#player.start(cell, () => cell.edges.command(given), again);
  }

  #approve({ edge, by, wrong }: Of<'approve'>): void {
    const { id } = this.#edge(edge);
    const plan = this.#plans(id).find(({ state }) => state === 'waiting');
    const cell = this.#player.alive();
    if (plan !== undefined && cell !== undefined) {
      const digest = wrong ? 'another' : plan.digest;
      this.#person(cell, id, () => approvePlan(cell.rows, edgeTarget({ id }), { ...this.#word(plan, by), digest }));
    }
  }

  #say({ kind, edge }: Of<'reject' | 'pause' | 'resume' | 'cancel'>): void {
    const { id } = this.#edge(edge);
    const target = edgeTarget({ id });
    const plan = this.#player.world.checker.activePlan(id) ?? this.#plans(id)[0];
    const cell = this.#player.alive();
    if (plan === undefined || cell === undefined) {
      return;
    }
    const word = this.#word(plan, APPROVERS[0] ?? '');
    this.#person(cell, id, async () => {
      switch (kind) {
        case 'reject':
          await rejectPlan(cell.rows, target, word);
          this.#outside.letGo(plan);
          return;
        case 'cancel':
          await cancelPlan(cell.rows, target, word);
          return;
        default:
          await holdPlan(cell.rows, target, { ...word, hold: kind });
      }
    });
  }

  /** What a person says about a plan, and the look that follows. */
  #person(cell: Cell, edge: string, word: () => Promise<unknown>): void {
    this.#player.start(cell, async () => {
      await word();
      await cell.edges.look(edge);
    });
  }

  /** Newest first. */
  #plans(edge: string): readonly Plan[] {
    return this.#player.world.checker
      .plans()
      .filter(({ target }) => target === edge)
      .toSorted((a, b) => (a.created < b.created ? 1 : -1));
  }

  #kill(on: boolean): void {
    const { checker, clock } = this.#player.world;
    checker.killedSince = on ? (checker.killedSince ?? clock.time) : undefined;
    this.#put(KILL_SWITCH, { on, by: 'sim', reason: 'sim', at: clock.now().toISOString() });
  }

  #switch(): void {
    this.#put(SWITCHES, { automation: this.#isAutomated ? 'on' : 'off', firing: [...this.#firing] });
  }

  #put({ partition, rowKey }: { readonly partition: string; readonly rowKey: string }, value: JsonObject): void {
    void this.#player.world.rows.transact(partition, [{ kind: 'put', rowKey, value }]);
  }
}
