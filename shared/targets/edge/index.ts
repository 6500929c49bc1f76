import type { FleetEdge } from '../../fleet/model.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EdgeControl } from '../../ports/edge-control.ts';
import type { EdgeReadings } from '../../ports/edge-readings.ts';
import type { Switches } from '../../reconcile/switches.ts';
import type { TargetKind, TargetRef } from '../../reconcile/target-kind.ts';
import { isExpired } from './fold.ts';
import { lookAtEdge, type EdgeChange } from './next.ts';
import { observeEdge, type ObservedEdge } from './observe.ts';
import { pollOrigin, preconditionOf, settleOrigin, writeOrigin, type EdgeWriter } from './write.ts';

/** All edges share their rows, because they share the clusters that survive. */
export const EDGES = 'edges';
/** Sends of one write before it is given up: about ten minutes of a control plane that refuses. */
const MAX_ATTEMPTS = 8;

export interface EdgeDependencies {
  /** @throws NotFoundError if the fleet no longer names the edge. */
  readonly edge: (target: TargetRef) => Promise<FleetEdge>;
  readonly control: (edge: FleetEdge) => EdgeControl;
  readonly readings: EdgeReadings;
  readonly switches: () => Promise<Switches>;
  readonly clock: Clock;
  readonly leaseMs?: number;
}

/** The target of an edge. */
export function edgeTarget({ id }: Pick<FleetEdge, 'id'>): TargetRef {
  return { kind: 'edge', key: id, partition: EDGES };
}

/** An origin group or Traffic Manager profile as a reconcilable target. */
export function edgeKind(tools: EdgeDependencies): TargetKind<ObservedEdge, EdgeChange> {
  const { readings, switches, clock } = tools;
  const writer = async (target: TargetRef): Promise<EdgeWriter> => {
    const edge = await tools.edge(target);
    return { edge: edge.id, control: tools.control(edge), clock };
  };
  return {
    kind: 'edge',
    intents: 'standing',
    maxAttempts: MAX_ATTEMPTS,
    ...(tools.leaseMs === undefined ? {} : { leaseMs: tools.leaseMs }),
    concerns: ({ key }, { subject }) => subject === key || subject.startsWith(`${key}/`),
    channel: ({ key }) => profileOf(key),
    observe: async (target) => {
      const edge = await tools.edge(target);
      return await observeEdge({ edge, control: tools.control(edge), readings, switches });
    },
    look: lookAtEdge,
    precondition: ({ origins }) => preconditionOf(origins.map((origin) => ({ ...origin, terminal: true }))),
    write: async (target, sending, change) => await writeOrigin(await writer(target), sending, change),
    poll: async (target, sending, operation) => await pollOrigin(await writer(target), sending, operation),
    settle: async (target, sending) => await settleOrigin(await writer(target), sending),
  };
}

/** Front Door writes one change of a profile after another; so do we. */
function profileOf(key: string): string {
  return key.replace(/\/origingroups\/[^/]+$/, '');
}

export { isExpired };

/** The edge as the loop knows it. */
export type EdgeKind = TargetKind<ObservedEdge, EdgeChange>;
