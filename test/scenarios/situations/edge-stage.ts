import { expect } from 'vitest';

import { App } from '../../../cli/simulate/app.ts';
import { alertBody } from '../../../cli/simulate/inputs.ts';
import { Scenario } from '../../../cli/simulate/scenario.ts';
import { put } from '../../../cli/simulate/seed.ts';
import { World } from '../../../cli/simulate/world.ts';
import type { EdgeCommand } from '../../../shared/commands/edge-command.ts';
import type { EdgePolicy } from '../../../shared/domain/traffic/policy.ts';
import type { FleetEdge } from '../../../shared/fleet/model.ts';
import type { Intent } from '../../../shared/intents/intent.ts';
import { sealEnvelope } from '../../../shared/pipeline/envelope.ts';
import { KILL_SWITCH } from '../../../shared/reconcile/guards/kill-switch.ts';
import { approvePlan, rejectPlan } from '../../../shared/reconcile/consent/plan-commands.ts';
import type { Plan } from '../../../shared/reconcile/plan.ts';
import { findAuditFault, type AuditRecord } from '../../../shared/records/audit.ts';
import { edgeTarget } from '../../../shared/targets/edge/index.ts';

const REGIONS = ['eastus2', 'northeurope', 'westus3'];

/** One edge of three regions on the local ARM, the real pipeline, and as many processes of it as a test wants. */
export class EdgeStage {
  readonly world: World;
  /** The process that events come to. */
  cell: App;
  #commands = 0;
  #revisions = 0;

  constructor(scenario: object = {}) {
    const origins = REGIONS.map((region) => ({ region, weight: 500, capacity: 300 }));
    this.world = new World(Scenario.parse({ id: 'situation', load: 120, origins, ...scenario }));
    this.cell = new App(this.world);
  }

  /** Another process on the same rows. */
  another(): App {
    return new App(this.world);
  }

  async alert(region: string, event: object = {}, cell = this.cell): Promise<void> {
    await this.world.clock.run(this.deliver(region, event, cell));
  }

  /** As `alert`, for a test that runs the clock itself. */
  async deliver(region: string, event: object = {}, cell = this.cell): Promise<void> {
    const at = this.world.seconds();
    const body = alertBody({ kind: 'alert', region, alertId: `a-${region}`, at, firedAt: at, ...event }, this.world);
    const text = sealEnvelope({ kind: 'events', via: 'alert:test', receivedAt: '', body: JSON.stringify(body) });
    await cell.handle(JSON.parse(text));
  }

  async recovered(region: string): Promise<void> {
    await this.alert(region, { monitorCondition: 'Resolved', firedAt: 0, resolvedAt: this.world.seconds() });
  }

  async command(
    asked: Partial<EdgeCommand> & Pick<EdgeCommand, 'command'>,
    by = 'alice',
  ): Promise<{ readonly decision: string; readonly plan?: string; readonly digest?: string }> {
    this.#commands += 1;
    const common = { edge: this.world.edge.id, reason: 'INC-1', override: [], dryRun: false };
    const given = {
      id: `c${this.#commands}`,
      by,
      at: this.world.clock.now().toISOString(),
      asked: { ...common, ...asked } as EdgeCommand,
    };
    const outcome = await this.world.clock.run(this.cell.edges.command(given));
    return outcome ?? { decision: 'unknown-edge' };
  }

  async tick(cell = this.cell): Promise<void> {
    await this.world.clock.run(cell.edges.look(this.world.edge.id));
  }

  /** Time goes on; what lies on the queue is handled by `cell`, or by nobody. */
  async pass(seconds: number, cell: App | 'nobody' = this.cell): Promise<void> {
    const { clock } = this.world;
    const end = clock.now().getTime() + seconds * 1000;
    for (let turn = 0; turn < 500 && cell !== 'nobody'; turn += 1) {
      const [next] = this.world.messages.filter(({ due }) => due <= end).toSorted((a, b) => a.due - b.due);
      if (next === undefined) {
        break;
      }
      this.world.messages = this.world.messages.filter((one) => one !== next);
      await clock.advance(Math.max(0, next.due - clock.now().getTime()));
      await clock.run(cell.handle(JSON.parse(next.text)));
    }
    await clock.advance(Math.max(0, end - clock.now().getTime()));
  }

  async killSwitch(on: boolean): Promise<void> {
    await put(this.world, KILL_SWITCH, { on, by: 'alice', reason: 'test', at: this.world.clock.now().toISOString() });
    await this.tick();
  }

  /** Somebody else writes an origin. */
  byHand(region: string, properties: { readonly weight?: number; readonly enabledState?: string }): void {
    this.world.arm.change(this.world.originId(region), properties);
  }

  /** The fleet file changes. */
  reload(change: (edge: FleetEdge) => Partial<FleetEdge>): void {
    const edge = { ...this.world.edge, ...change(this.world.edge) };
    Object.assign(this.world, { edge, fleet: { ...this.world.fleet, revision: 'next', edges: [edge] } });
  }

  /** The edge leaves the fleet file; what Azure has stays. */
  unname(): void {
    this.#fleet([]);
  }

  /** One origin leaves the fleet file. */
  unnameOrigin(region: string): void {
    const id = this.world.originId(region);
    const { edge } = this.world;
    this.#fleet([{ ...edge, origins: edge.origins.filter((origin) => origin.id !== id) }]);
  }

  /** The fleet file names the edge again as it did at first, or under another name. */
  name(name = this.world.edge.name): void {
    this.#fleet([{ ...this.world.edge, name }]);
  }

  /** `world.edge` stays as it was, so that what a test asks about can still be asked. */
  #fleet(edges: readonly FleetEdge[]): void {
    this.#revisions += 1;
    Object.assign(this.world, { fleet: { ...this.world.fleet, revision: `r${this.#revisions}`, edges } });
  }

  /** Somebody agrees to the plan that waits, and the edge is looked at. */
  async approve(by: string, groups?: readonly string[]): Promise<void> {
    const plan = (await this.plans()).find(({ state, note }) => state === 'waiting' || note === 'plan-changed');
    const now = (): Date => this.world.clock.now();
    const word = { plan: plan?.id ?? '', by, now, digest: plan?.digest ?? '' };
    await approvePlan(this.cell.rows, edgeTarget(this.world.edge), groups === undefined ? word : { ...word, groups });
    await this.tick();
  }

  /** Somebody says no to the plan that waits, and the edge is looked at. */
  async reject(by: string): Promise<void> {
    const plan = (await this.plans()).find(({ state }) => state === 'waiting');
    const now = (): Date => this.world.clock.now();
    await rejectPlan(this.cell.rows, edgeTarget(this.world.edge), { plan: plan?.id ?? '', by, now });
    await this.tick();
  }

  rule(policy: (before: EdgePolicy) => Partial<EdgePolicy>): void {
    this.reload(({ policy: before }) => ({ policy: { ...before, ...policy(before) } }));
  }

  /** Weight by region; `out` for what is disabled. */
  live(): Readonly<Record<string, number | 'out'>> {
    return Object.fromEntries(
      this.world.scenario.origins.map(({ region }) => {
        const { enabledState, weight } = this.world.arm.state.get(this.world.originId(region))?.properties ?? {};
        return [region, enabledState === 'Disabled' ? 'out' : Number(weight)];
      }),
    );
  }

  /** Writes that ARM took, in words. */
  get writes(): readonly string[] {
    return this.world.arm.accepted.map(({ id, set }) => `${id.split('/').at(-1) ?? ''} ${words(set)}`);
  }

  async intents(): Promise<readonly Intent[]> {
    return [...(await this.cell.rows.load(edgeTarget(this.world.edge))).intents.values()];
  }

  async plans(): Promise<readonly Plan[]> {
    return (await this.world.rows.list('edges', 'plan|'))
      .map(({ value }) => value as unknown as Plan)
      .toSorted((a, b) => (a.created < b.created ? -1 : 1));
  }

  /** Audit records of these kinds, in order; the chain is whole. */
  async records(...kinds: readonly string[]): Promise<readonly AuditRecord[]> {
    const records = (await this.world.rows.list('edges', 'audit|')).map(({ value }) => value as unknown as AuditRecord);
    const { head } = await this.cell.rows.load(edgeTarget(this.world.edge));
    expect(findAuditFault(records, head.audit)).toBeUndefined();
    return records.filter(({ kind }) => kinds.includes(kind));
  }

  async pages(): Promise<readonly unknown[]> {
    return (await this.records('paged')).map(({ facts }) => facts['reason']);
  }
}

function words(set: object): string {
  return JSON.stringify(Object.values(set)).replaceAll(/[["\]]/g, '');
}
