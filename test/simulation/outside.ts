import type { OriginChange } from '../../shared/ports/edge-control.ts';
import type { Plan } from '../../shared/reconcile/plan.ts';
import { removalKey } from '../../shared/targets/edge/index.ts';
import { START, type SimEvent } from './case.ts';
import type { Player } from './player.ts';
import type { RowsSnapshot } from './sim-rows.ts';

const MIN = 60_000;
const BACK_MS = 15 * MIN;
const RETRY_MS = 500;

/** Events of the world around the apps. */
export type OutsideEvent = Exclude<
  SimEvent,
  {
    kind:
      | 'alert'
      | 'measurement'
      | 'command'
      | 'approve'
      | 'reject'
      | 'pause'
      | 'resume'
      | 'cancel'
      | 'kill'
      | 'automation'
      | 'firing';
  }
>;

/** What happens to the services, the processes and the fleet. */
export class Outside {
  readonly #player: Player;
  /** Origins that others have changed, or that we have in a time of which the rows know nothing. */
  readonly touched = new Set<string>();
  #snapshots: { readonly at: number; readonly rows: RowsSnapshot }[] = [];

  constructor(player: Player) {
    this.#player = player;
    if (player.isRestored) {
      this.#keep(START);
    }
  }

  /** Copies of the rows, one a minute. */
  #keep(at: number): void {
    this.#player.plan(at, () => {
      const rows = this.#player.world.rows.snapshot();
      this.#snapshots = [...this.#snapshots.filter((one) => one.at >= at - BACK_MS), { at, rows }];
      this.#keep(at + MIN);
    });
  }

  run(event: OutsideEvent): void {
    const { world } = this.#player;
    switch (event.kind) {
      case 'health':
        world.sick[event.healthy ? 'delete' : 'add'](event.region);
        return;
      case 'operator':
        this.#operate(event.edge, event.origin, { enabled: event.enabled });
        return;
      case 'operator-weight':
        this.#operate(event.edge, event.origin, { weight: event.weight });
        return;
      case 'jump':
        this.#alone(() => world.clock.jump(event.ms));
        return;
      case 'skew':
        world.skewMs[event.cell] = event.ms;
        return;
      case 'silence':
        this.#player.silence(event.ms);
        return;
      case 'arm':
        world.arm.faults.push(...event.faults);
        return;
      case 'no-data':
        world.blind[event.on ? 'add' : 'delete'](world.edges[event.edge]?.edge.id ?? '');
        return;
      case 'served':
        world.errorRates.set(world.edges[event.edge]?.edge.id ?? '', event.errorRate);
        return;
      case 'pool':
        world.clusters?.meet(event.region, event.trouble);
        return;
      case 'outage':
        world.down.add(event.of);
        this.#later(event.ms, () => world.restore(event.of));
        return;
      case 'storage':
        world.storage = event.how;
        this.#later(event.ms, () => (world.storage = 'up'));
        return;
      default:
        this.#process(event);
    }
  }

  #process(
    event: Extract<
      OutsideEvent,
      { kind: 'crash' | 'partition' | 'deploy' | 'restore' | 'remove-origin' | 'remove-edge' | 'return' | 'dismiss' }
    >,
  ): void {
    const { world, cells } = this.#player;
    switch (event.kind) {
      case 'crash':
        this.#crash(event);
        return;
      case 'partition':
        world.isPartitioned[event.cell] = true;
        this.#later(event.ms, () => (world.isPartitioned[event.cell] = false));
        return;
      case 'deploy':
        if (!cells[event.cell].isDead) {
          this.#player.replace(event.cell);
        }
        return;
      case 'restore':
        this.#alone(() => this.#restore());
        return;
      case 'remove-origin':
        this.#removeOrigin(event.edge, event.origin);
        return;
      case 'remove-edge':
        world.changeFleet((edges) => edges.filter(({ id }) => id !== world.edges[event.edge]?.edge.id));
        return;
      case 'return':
        this.#return(event.edge);
        return;
      case 'dismiss':
        world.dismissed.set(event.by, world.clock.time);
    }
  }

  #later(ms: number, run: () => void): void {
    this.#player.plan(this.#player.world.clock.time + ms, run);
  }

  /** As soon as nothing is under way. */
  #alone(run: () => void): void {
    if (this.#player.world.running > 0) {
      this.#later(RETRY_MS, () => this.#alone(run));
      return;
    }
    run();
  }

  #crash({ cell: index, calls, downMs }: Extract<OutsideEvent, { kind: 'crash' }>): void {
    const cell = this.#player.cells[index];
    cell.callsLeft = calls;
    void cell.died.catch(() => this.#later(downMs, () => this.#player.replace(index)));
  }

  /** A person said no to the way back of what has left the fleet: it stays as it is, for good. */
  letGo({ serves }: Plan): void {
    const ids = this.#player.world.edges.flatMap(({ origins }) => origins.map(({ id }) => id));
    const left = serves.filter(({ key, subject }) => key === removalKey(subject));
    left
      .flatMap(({ subject }) => ids.filter((id) => id === subject || id.startsWith(`${subject}/`)))
      .forEach((id) => this.touched.add(id));
  }

  /** Somebody who knows the edge: nobody takes away what may be the last but one. */
  #operate(edge: number, origin: number, change: OriginChange): void {
    const { arm, edges, checker } = this.#player.world;
    const id = edges[edge]?.origins[origin]?.id ?? '';
    const rest = arm.surelyEnabled(edges[edge]?.edge.id ?? '').filter((one) => one.id !== id);
    if (!('enabled' in change) || change.enabled || rest.length > 1) {
      if ('weight' in change) {
        checker.byHand.onOperated(edges[edge]?.edge.id ?? '', id, change.weight);
      }
      arm.operate(id, change);
      this.touched.add(id);
    }
  }

  #restore(): void {
    const { rows, checker, arm } = this.#player.world;
    const [oldest] = this.#snapshots;
    if (oldest === undefined) {
      return;
    }
    const control = rows.peekAll('control', '');
    rows.restore(oldest.rows);
    control.forEach(({ rowKey, value }) => void rows.transact('control', [{ kind: 'put', rowKey, value }]));
    checker.writesSince(oldest.at).forEach((origin) => this.touched.add(origin));
    this.#player.world.clusters?.touchAll();
    checker.onRestore();
    arm.forgetOpen();
    this.#snapshots = [];
  }

  /** The fleet names an edge again as it did at first. */
  #return(edge: number): void {
    const { world } = this.#player;
    const first = world.edges[edge]?.edge;
    if (first !== undefined) {
      world.changeFleet((edges) => [...edges.filter(({ id }) => id !== first.id), first]);
    }
  }

  #removeOrigin(edge: number, origin: number): void {
    const { world } = this.#player;
    const found = world.edges[edge];
    const id = found?.origins[origin]?.id ?? '';
    world.changeFleet((edges) =>
      edges.map((one) =>
        one.id === found?.edge.id && one.origins.length > 2
          ? { ...one, origins: one.origins.filter((other) => other.id !== id) }
          : one,
      ),
    );
  }
}
