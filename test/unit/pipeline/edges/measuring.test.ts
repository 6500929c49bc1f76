import { expect, it } from 'vitest';

import { App } from '../../../../cli/simulate/app.ts';
import type { FleetEdge } from '../../../../shared/fleet/model.ts';
import { EdgeStage } from '../../../scenarios/situations/edge-stage.ts';

const SLOW_MS = 10_000;

/** A fleet of as many edges as asked for, and how they are measured. */
class Stage extends EdgeStage {
  readonly order: string[] = [];
  atOnce = 0;
  mostAtOnce = 0;

  constructor(count: number, measureMs: (edge: FleetEdge) => number) {
    super();
    const { world } = this;
    const edges = Array.from({ length: count }, (_, index): FleetEdge => {
      return { ...world.edge, id: `${world.edge.id}${index}`, name: `edge-${index}`, priority: count - index };
    });
    Object.assign(world, { fleet: { ...world.fleet, edges } });
    const measure = async (edge: FleetEdge): Promise<readonly never[]> => {
      this.order.push(edge.name);
      this.atOnce += 1;
      this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
      await world.clock.sleep(measureMs(edge));
      this.atOnce -= 1;
      return [];
    };
    this.cell = new App(world, { measure });
  }

  /** @returns how long the tick took, in seconds. */
  async ticked(): Promise<number> {
    const before = this.world.seconds();
    await this.world.clock.run(this.cell.edges.tick());
    return this.world.seconds() - before;
  }
}

it('a tick over edges whose sources all hang is over in time for the next', async () => {
  const stage = new Stage(60, () => SLOW_MS);
  expect(await stage.ticked()).toBeLessThan(45);
  expect(stage.mostAtOnce).toBe(20);
});

it('each edge is measured once, those of the highest priority first', async () => {
  const stage = new Stage(50, () => SLOW_MS);
  await stage.ticked();
  expect(stage.order).toEqual(Array.from({ length: 50 }, (_, index) => `edge-${49 - index}`));
});

it('one edge that cannot be measured keeps nobody from being looked at', async () => {
  const stage = new Stage(3, ({ name }) => {
    if (name === 'edge-2') {
      throw new Error('it hangs');
    }
    return 0;
  });
  await stage.ticked();
  expect(stage.order).toEqual(['edge-2', 'edge-1', 'edge-0']);
});
