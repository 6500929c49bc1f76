import { cancelPlan, holdPlan } from '../../../shared/reconcile/consent/plan-commands.ts';
import type { Plan } from '../../../shared/reconcile/plan.ts';
import { edgeTarget } from '../../../shared/targets/edge/index.ts';
import { EdgeStage } from './edge-stage.ts';

const ORIGINS = ['eastus2', 'northeurope', 'westus3', 'uksouth'].map((region) => ({
  ...{ region, weight: 500, capacity: 300 },
}));

/** An edge of four on which people have to agree to things, with the words that they say. */
export class ConsentStage extends EdgeStage {
  constructor(approvals: object = {}, policy: object = {}, scenario: object = {}) {
    super({ origins: ORIGINS, policy: { approvals: 1, bakeSec: 600, ...policy }, ...scenario });
    this.rule((before) => ({ approvals: { ...before.approvals, ...approvals } }));
  }

  async minutes(count: number): Promise<void> {
    for (let minute = 0; minute < count; minute += 1) {
      await this.pass(60);
      await this.tick();
    }
  }

  async plan(state: Plan['state']): Promise<Plan | undefined> {
    return (await this.plans()).findLast((one) => one.state === state);
  }

  async hold(how: 'pause' | 'resume'): Promise<void> {
    const { id = '' } = (await this.plan(how === 'pause' ? 'running' : 'paused')) ?? {};
    await holdPlan(this.cell.rows, edgeTarget(this.world.edge), { plan: id, by: 'bob', hold: how, now: this.#now });
    await this.tick();
  }

  async cancel(state: Plan['state']): Promise<void> {
    const { id = '' } = (await this.plan(state)) ?? {};
    await cancelPlan(this.cell.rows, edgeTarget(this.world.edge), { plan: id, by: 'bob', now: this.#now });
    await this.tick();
  }

  /** The edge's own probes find an origin well or sick. */
  probes(region: string, isWell: boolean): void {
    const origin = this.world.scenario.origins.find((one) => one.region === region);
    Object.assign(origin ?? {}, { healthy: isWell });
  }

  readonly #now = (): Date => this.world.clock.now();
}
