import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { InMemoryEdgeControl, type InMemoryEdgeOptions } from '../../../../shared/adapters/in-memory/edge-control.ts';
import { InMemoryGateDocuments } from '../../../../shared/adapters/in-memory/gate-documents.ts';
import type { FleetEdge } from '../../../../shared/fleet/model.ts';
import type { Sending } from '../../../../shared/reconcile/target-kind.ts';
import { preconditionOf } from '../../../../shared/targets/edge/write.ts';
import type { EdgeWriter } from '../../../../shared/targets/edge/writer.ts';
import { edgeOf } from './observed.ts';

/** Id of a Front Door origin group, lower case, as the fleet knows it. */
export const GROUP =
  '/subscriptions/0c4ed7a2-9c1a-4d38-a1f4-000000000001/resourcegroups/edge/providers/microsoft.cdn/profiles/shop/origingroups/apps';

export function idOf(name: string): string {
  return `${GROUP}/origins/${name}`;
}

/** The fleet's edge with origins `neu` and `weu`, each before a cluster of its name. */
export const SHOP: FleetEdge = {
  ...edgeOf([]).edge,
  id: GROUP,
  origins: ['neu', 'weu'].map((name) => ({ id: idOf(name), name, region: `region-${name}`, cluster: `shop-${name}` })),
};

const BEGAN = Date.parse('2026-01-05T08:00:00.000Z');

/** Both origins at a control plane in memory, under a virtual clock, with a writer of theirs. */
export class EdgePlant {
  readonly clock = new VirtualClock(BEGAN);
  readonly control: InMemoryEdgeControl;
  readonly gates = new InMemoryGateDocuments();

  constructor(options: Omit<InMemoryEdgeOptions, 'clock'> = {}) {
    this.control = new InMemoryEdgeControl({ clock: this.clock, ...options });
    const origins = SHOP.origins.map(({ id }) => ({ id, enabled: true, weight: 100, priority: 1 }));
    const routing = { method: 'latency-then-weight', latencySensitivityMs: 50, hasAffinity: false } as const;
    this.control.seed(GROUP, { routing, origins });
  }

  writer(more: Partial<EdgeWriter> = {}): EdgeWriter {
    const { control, clock, gates } = this;
    return { edge: GROUP, control, clock, gates, origins: SHOP.origins, ...more };
  }

  /** A step of one change, made from what stands there now. */
  async sending(
    name: string,
    to: { readonly enabled: boolean } | { readonly weight: number } | { readonly isShut: boolean },
    more: Partial<Sending> = {},
  ): Promise<Sending> {
    const group = 'isShut' in to ? 'gate' : 'weight' in to ? 'weight' : 'enabled';
    const changes = [{ subject: idOf(name), group, from: {}, to }];
    return {
      planId: 'plan-1',
      fence: 1,
      step: { id: name, title: name, effect: 'drain', from: {}, to: {}, changes, onFailure: 'back' },
      precondition: preconditionOf((await this.control.read(GROUP)).origins),
      sendBy: new Date(BEGAN + 10_000).toISOString(),
      ...more,
    };
  }

  /** Names of the closed gates; undefined where nobody has written a document. */
  async closed(): Promise<readonly string[] | undefined> {
    return (await this.gates.read(GROUP))?.document.closed;
  }
}
