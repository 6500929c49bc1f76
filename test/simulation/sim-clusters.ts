import { InMemoryNodePools, type InMemoryNodePoolsFault } from '../../shared/adapters/in-memory/node-pools.ts';
import type { Mode } from '../../shared/domain/mode.ts';
import { ReflexError, UpstreamError } from '../../shared/errors.ts';
import type { FleetCluster } from '../../shared/fleet/model.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { SimEdge, SimEvent } from './case.ts';
import { Chance } from './chance.ts';

const GROUP = '/subscriptions/00000000-0000-4000-8000-00000000000f/resourcegroups/rg/providers';
const MIN = 60_000;
/** Nodes of each region at first. */
const NODES = 4;

/** What goes wrong with a pool. */
export type PoolTrouble = 'lost' | 'lost-applied' | 'failed' | 'forgotten' | 'refused' | 'down' | 'by-hand';

/** Clusters whose nodes are what the edges' traffic is carried by. */
export interface SimGrowth {
  /** Requests a second of one node, by region. */
  readonly perNode: Readonly<Record<string, number>>;
  readonly max: number;
  readonly mode: Mode;
  /** How long a write takes, and how long nodes take after it, in milliseconds. */
  readonly durationMs: number;
  readonly nodesMs: number;
}

/** Clusters for a case, with what befalls their pools; drawn beside the rest, so that seeds stay what they are. */
export function drawGrowth(
  seed: number,
  edges: readonly SimEdge[],
  activeMs: number,
): { readonly growth: SimGrowth; readonly events: readonly SimEvent[] } {
  const chance = new Chance(seed ^ 0x9001);
  const regions = [...new Set(edges.flatMap(({ capacity }) => Object.keys(capacity)))];
  const most = (region: string): number => Math.max(...edges.map(({ capacity }) => capacity[region] ?? 0));
  const troubles: readonly PoolTrouble[] = [
    'lost',
    'lost-applied',
    'failed',
    'forgotten',
    'refused',
    'down',
    'by-hand',
  ];
  return {
    growth: {
      perNode: Object.fromEntries(regions.map((region) => [region, Math.ceil(most(region) / NODES)])),
      max: chance.pick([NODES, 6, 12, 40]),
      mode: chance.pick(['enforce', 'enforce', 'enforce', 'propose', 'observe']),
      durationMs: chance.pick([0, 30_000, 2 * MIN]),
      nodesMs: chance.pick([0, 2 * MIN, 10 * MIN, 60 * MIN]),
    },
    events: Array.from({ length: chance.int(0, 4) }, (): SimEvent => {
      const at = chance.int(0, activeMs - 1);
      return { kind: 'pool', at, region: chance.pick(regions), trouble: chance.pick(troubles) };
    }),
  };
}

/** The clusters of one run. */
export class SimClusters {
  readonly pools: InMemoryNodePools;
  readonly fleet: readonly FleetCluster[];
  /** Pools that others have written, or that we have in a time of which the rows know nothing. */
  readonly touched = new Set<string>();
  readonly #growth: SimGrowth;

  constructor(growth: SimGrowth, clock: Clock) {
    const { perNode, max, mode, durationMs, nodesMs } = growth;
    this.#growth = growth;
    this.pools = new InMemoryNodePools({ clock, durationMs, nodesMs });
    this.fleet = Object.entries(perNode).map(([region, capacityPerNode]) => {
      const key = clusterId(region);
      const resourceId = { key, subscription: '00000000-0000-4000-8000-00000000000f' };
      return {
        ...{ name: `shop-${region}`, resourceId, labels: { region }, capacityPerNode },
        scaleUp: { pool: poolId(region), mode },
      };
    });
    for (const region of Object.keys(perNode)) {
      const pool = { id: poolId(region), count: NODES, autoscaler: { min: NODES, max }, isServing: true };
      this.pools.seed(clusterId(region), [pool]);
    }
  }

  /** Requests a second that each region can carry now. */
  async capacity(): Promise<Readonly<Record<string, number>>> {
    const all = Object.entries(this.#growth.perNode).map(async ([region, perNode]) => {
      const [, count] = await this.#stateOf(region);
      return [region, count * perNode] as const;
    });
    return Object.fromEntries(await Promise.all(all));
  }

  meet(region: string, trouble: PoolTrouble): void {
    if (trouble === 'by-hand') {
      this.pools.change(poolId(region), { autoscaler: { min: NODES - 1, max: this.#growth.max } });
      this.touched.add(poolId(region));
    } else {
      this.pools.fail(FAULTS[trouble]);
    }
  }

  /** Rows from before know nothing of what was written since. */
  touchAll(): void {
    Object.keys(this.#growth.perNode).forEach((region) => this.touched.add(poolId(region)));
  }

  /** Pools that nobody else has written, and whose least number of nodes is not what it was at first. */
  async changed(): Promise<readonly { readonly pool: string; readonly min: number | undefined }[]> {
    const all = Object.keys(this.#growth.perNode).map(async (region) => {
      const [min] = await this.#stateOf(region);
      return { pool: poolId(region), min };
    });
    return (await Promise.all(all)).filter(({ pool, min }) => min !== NODES && !this.touched.has(pool));
  }

  /** A fault that is still to come is not for us. */
  async #stateOf(region: string): Promise<readonly [min: number | undefined, count: number]> {
    for (;;) {
      try {
        const [pool] = await this.pools.read(clusterId(region));
        return [pool?.autoscaler?.min, pool?.count ?? 0];
      } catch (error) {
        if (!(error instanceof ReflexError)) {
          throw error;
        }
      }
    }
  }
}

const FAULTS: Readonly<Record<Exclude<PoolTrouble, 'by-hand'>, InMemoryNodePoolsFault>> = {
  lost: { on: 'begin', lost: 'not-applied' },
  'lost-applied': { on: 'begin', lost: 'applied' },
  failed: { on: 'poll', ends: 'failed' },
  forgotten: { on: 'poll', ends: 'forgotten' },
  refused: { on: 'begin', error: new UpstreamError('write node pool', 403) },
  down: { on: 'begin', error: new UpstreamError('write node pool', 503) },
};

function clusterId(region: string): string {
  return `${GROUP}/microsoft.containerservice/managedclusters/shop-${region}`;
}

function poolId(region: string): string {
  return `${clusterId(region)}/agentpools/user`;
}
