import type { FleetEdge } from '../../fleet/model.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EdgeControl, EdgeState } from '../../ports/edge-control.ts';
import type { EdgeReadings } from '../../ports/edge-readings.ts';
import type { GateDocuments } from '../../ports/gate-documents.ts';
import type { Heard } from '../../domain/traffic/evidence.ts';
import type { StepEvidence } from '../../ports/step-evidence.ts';
import type { Switches } from '../../reconcile/guards/switches.ts';
import type { TargetKind, TargetRef } from '../../reconcile/target-kind.ts';
import { burdenKey, currentBurden, expectedBurden } from './burden.ts';
import { demandKey, demandOf } from './demand.ts';
import { isExpired } from './fold.ts';
import { lookAtKnown } from './look.ts';
import type { EdgeChange } from './steps.ts';
import { provenSteps } from './proven.ts';
import { observeEdge, type ObservedEdge } from './observe.ts';
import { follow } from './removal/follow.ts';
import { keptKey, namedOrigins, namedPart, readKept, resolveEdge, type InForce } from './removal/kept.ts';
import { isCutShort, NOT_IN_FLEET, removalKey } from './removal/removal.ts';
import { pollOrigin, preconditionOf, settleOrigin, writeOrigin } from './write.ts';
import type { EdgeWriter } from './writer.ts';

/** All edges share their rows, because they share the clusters that survive. */
export const EDGES = 'edges';
/** Sends of one write before it is given up: about ten minutes of a control plane that refuses. */
const MAX_ATTEMPTS = 8;
/**
 * Front Door's longest queue: up to 20 minutes a write, two behind each other.
 * https://learn.microsoft.com/azure/frontdoor/front-door-faq
 */
const EXPECTED_MS = 40 * 60_000;
/** A ramp of ten steps on a few origins; more is a loop. */
const WRITES_PER_HOUR = 60;

export interface EdgeDependencies {
  /** @throws NotFoundError if the fleet no longer names the edge. */
  readonly edge: (target: TargetRef) => Promise<FleetEdge>;
  readonly control: (edge: FleetEdge) => EdgeControl;
  readonly readings: EdgeReadings;
  readonly switches: () => Promise<Switches>;
  readonly clock: Clock;
  readonly leaseMs?: number;
  /** Tells whether the evidence of a step of people's is true; never, if absent. */
  readonly evidence?: StepEvidence;
  /** What the other edges put on the clusters that they share with this one. */
  readonly burdens?: (edge: FleetEdge) => Promise<ReadonlyMap<string, number>>;
  /** What the control plane said when it last answered. */
  readonly lastSeen?: (edge: FleetEdge) => Promise<EdgeState | undefined>;
  /** What was said of the regions of its origins. */
  readonly heard?: (edge: FleetEdge) => Promise<Heard>;
  /** Gate documents of an edge that has gates. */
  readonly gates?: (edge: FleetEdge) => GateDocuments | undefined;
}

/** The target of an edge. */
export function edgeTarget({ id }: Pick<FleetEdge, 'id'>): TargetRef {
  return { kind: 'edge', key: id, partition: EDGES };
}

/** An origin group or Traffic Manager profile as a reconcilable target. */
export function edgeKind(tools: EdgeDependencies): TargetKind<ObservedEdge, EdgeChange> {
  const { readings, switches, clock } = tools;
  const gatesOf = (edge: FleetEdge): { readonly gates?: GateDocuments } => {
    const gates = tools.gates?.(edge);
    return gates === undefined ? {} : { gates };
  };
  const writer = async (target: TargetRef): Promise<EdgeWriter> => {
    const edge = await tools.edge(target);
    const { id, origins, twin } = edge;
    const pair = twin === undefined ? {} : { twin };
    return { edge: id, origins, control: tools.control(edge), clock, ...pair, ...gatesOf(edge) };
  };
  return {
    kind: 'edge',
    intents: 'standing',
    maxAttempts: MAX_ATTEMPTS,
    expectedMs: EXPECTED_MS,
    writesPerHour: WRITES_PER_HOUR,
    ...(tools.leaseMs === undefined ? {} : { leaseMs: tools.leaseMs }),
    concerns: ({ key }, { subject }) => subject === key || subject.startsWith(`${key}/`),
    isUrgent: ({ kind, value }) => kind === 'out' && value['urgency'] === 'emergency',
    channel: ({ key }) => profileOf(key),
    observe: async (target, { fields, journal }) => {
      const edge = await tools.edge(target);
      const { control, lastSeen, heard, burdens, evidence } = tools;
      const proven = evidence === undefined ? {} : { proven: async () => await provenSteps(journal, evidence) };
      const seen = {
        ...(lastSeen === undefined ? {} : { lastSeen }),
        ...(heard === undefined ? {} : { heard }),
        ...(burdens === undefined ? {} : { burdens }),
      };
      return await observeEdge({
        edge,
        control: control(edge),
        readings,
        switches,
        fields,
        journal,
        ...seen,
        ...proven,
        ...gatesOf(edge),
      });
    },
    look: lookAtKnown,
    isCutShort,
    committed: expectedBurden,
    precondition: ({ origins, twin }) =>
      preconditionOf(
        origins.map(({ isProbedSick, ...origin }) => ({
          ...{ ...origin, terminal: true },
          ...(isProbedSick === true ? { monitor: 'unhealthy' as const } : {}),
        })),
        twin,
      ),
    write: async (target, sending, change) => await writeOrigin(await writer(target), sending, change),
    poll: async (target, sending, operation) => await pollOrigin(await writer(target), sending, operation),
    settle: async (target, sending) => await settleOrigin(await writer(target), sending),
  };
}

/** Front Door writes one change of a profile after another; so do we. */
function profileOf(key: string): string {
  return key.replace(/\/origingroups\/[^/]+$/, '');
}

export { burdenKey, currentBurden, demandKey, demandOf, isExpired, type ObservedEdge };
export { follow };
export { keptKey, namedOrigins, namedPart, readKept, resolveEdge, type InForce };
export { NOT_IN_FLEET, removalKey };

/** The edge as the loop knows it. */
export type EdgeKind = TargetKind<ObservedEdge, EdgeChange>;
