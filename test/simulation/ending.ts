import type { RegionEvidence } from '../../shared/domain/traffic/evidence.ts';
import type { SharesWish } from '../../shared/domain/traffic/wishes.ts';
import type { FleetEdge } from '../../shared/fleet/model.ts';
import type { Intent } from '../../shared/intents/intent.ts';
import { approvePlan } from '../../shared/reconcile/consent/plan-commands.ts';
import { releaseIntents } from '../support/release-intents.ts';
import { edgeTarget } from '../../shared/targets/edge/index.ts';
import { APPROVERS, ASKER, SOURCES, START, type SimEvent } from './case.ts';
import { alertMessage, measurement } from './inputs.ts';
import type { Player } from './player.ts';

const MIN = 60_000;
/** Who agrees where approvers have gone. */
const DEPUTIES: readonly string[] = ['erin', 'frank', 'grace'];

type Alert = Extract<SimEvent, { kind: 'alert' }>;

/** The end of a run: nobody wants anything any more, and people agree to whatever waits for them. */
export class Ending {
  readonly #player: Player;

  constructor(player: Player) {
    this.#player = player;
  }

  /** Every alert is over and every region well. */
  begin(alerts: readonly (Alert & { readonly profile: FleetEdge })[]): void {
    const player = this.#player;
    const { world } = player;
    const begin = world.clock.time;
    world.sick.clear();
    for (const alert of alerts) {
      const resolvedAt = world.clock.now().getTime() - START;
      const text = alertMessage(alert.profile, { ...alert, isOver: true, resolvedAt });
      world.messages.push({ text, due: begin, deliveries: 0 });
    }
    // More often than what is said expires, so that something is known whenever somebody looks.
    for (let minute = 0; minute < player.releasedMs / MIN; minute += 4) {
      player.plan(begin + minute * MIN, () => this.#callWell());
    }
    // People have gone home before the end.
    for (let minute = 4; minute < player.releasedMs / MIN - 5; minute += 2) {
      player.plan(begin + minute * MIN + 1_000, () => this.#agree());
    }
    for (const minute of [3, 30, 50]) {
      player.plan(begin + minute * MIN + 2_000, () => this.#askBack(minute));
    }
    player.plan(begin + 2 * MIN, () => {
      const [first] = world.edges;
      const cell = player.cells[0];
      // What has left the fleet is nobody's wish that ends: people are asked about it.
      const which = ({ kind }: Intent): boolean => kind !== 'removed';
      if (first !== undefined) {
        const now = (): Date => world.clock.now();
        player.start(cell, () => releaseIntents(cell.rows, edgeTarget(first.edge), { which, reason: 'over', now }));
      }
    });
  }

  /** Every source says of every region that is out, or that anything bad was said of, that it is well: nobody else could. */
  #callWell(): void {
    const { world, cells } = this.#player;
    const at = world.clock.now().getTime();
    const [cell] = cells;
    const all = world.edges.flatMap(({ edge }) => world.arm.of(edge.id));
    const out = new Set(all.flatMap(({ id, enabled }) => (enabled ? [] : [id])));
    const said = world.edges.flatMap(({ edge }) =>
      edge.origins
        .filter(({ id, name }) => isDoubted(world.checker.evidence(edge.id)?.regions[name]) || out.has(id))
        .flatMap(({ region }) =>
          SOURCES.map((source) => [edge.id, measurement(source, region, { isBad: false, at })] as const),
        ),
    );
    this.#player.start(cell, async () => {
      for (const [edge, word] of said) {
        await cell.edges.measurement(edge, word, `well#${at}`);
      }
    });
  }

  #agree(): void {
    const { world, cells } = this.#player;
    const [cell] = cells;
    const approvers = [...APPROVERS, ...DEPUTIES].filter((by) => !world.dismissed.has(by));
    for (const plan of world.checker.plans().filter(({ state }) => state === 'waiting')) {
      this.#player.start(cell, async () => {
        for (const by of approvers.slice(0, plan.consent?.needed ?? 1)) {
          await approvePlan(cell.rows, edgeTarget({ id: plan.target }), {
            plan: plan.id,
            by,
            now: () => world.clock.now(),
            digest: plan.digest,
          });
        }
        await cell.lookAt(plan.target);
      });
    }
  }

  /** A proposal that ran out, or went wrong, is asked for again. */
  #askBack(minute: number): void {
    const { world, cells } = this.#player;
    const [cell] = cells;
    const stuck = world.checker
      .intents()
      .filter(({ kind, state, note }) => kind === 'removed' || (state === 'leaving' && note === 'declined'));
    for (const { subject: about, value } of stuck) {
      const subject = Object.keys((value as Partial<SharesWish>).weights ?? {})[0] ?? about;
      const found = world.edges.find(({ edge }) => subject.startsWith(edge.id))?.edge;
      const origin = found?.origins.find(({ id }) => id.startsWith(subject))?.name ?? '';
      const common = { edge: found?.id ?? '', reason: 'sim', dryRun: false, override: [] };
      const at = world.clock.now().toISOString();
      const asked = { command: 'failback', origin, ...common } as const;
      const id = `back-${minute}-${subject}`;
      this.#player.start(cell, () => cell.edges.command({ id, by: ASKER, at, asked }));
    }
  }
}

function isDoubted(region: RegionEvidence | undefined): boolean {
  const { status = 'unknown' } = region?.health ?? {};
  return region?.votes.some(({ isBad }) => isBad) === true || (status !== 'healthy' && status !== 'unknown');
}
