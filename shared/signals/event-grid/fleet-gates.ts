import { z } from 'zod';

import type { ResourceId } from '../../domain/azure/resource-id.ts';
import { name, optional, present, resourceId, text } from '../fields.ts';
import { read } from '../result.ts';
import type { SignalBodyOf } from '../signal-body.ts';
import { bodyOf, type EventEntry } from './data-decoder.ts';
import { notification } from './notification.ts';

/** Filters spell it `AKSResources`, a documented delivery `AksResources`. */
const TYPES = [
  'Microsoft.ResourceNotifications.AKSResources.FleetGateCreated',
  'Microsoft.ResourceNotifications.AKSResources.FleetGateUpdated',
  'Microsoft.ResourceNotifications.AKSResources.FleetGateDeleted',
] as const;

type FleetGateType = (typeof TYPES)[number];

/** An approval that an update run of Azure Kubernetes Fleet Manager waits for. */
export interface FleetGateData {
  readonly gateId: ResourceId;
  readonly displayName?: string;
  readonly gateType: string;
  readonly state: string;
  readonly updateRunId: ResourceId;
  readonly stage?: string;
  /** Only gates of a group have it. */
  readonly group?: string;
  readonly timing?: string;
  readonly resourceEventTime?: Date;
}

export type FleetGateBody = SignalBodyOf<'fleet-gates', FleetGateType, FleetGateData>;

const gateOf = resourceId.refine(
  ({ type }) => type === 'microsoft.containerservice/fleets/gates',
  'is not the id of a gate',
);
const gate = notification(
  z.object({
    displayName: optional(text),
    gateType: name,
    state: name,
    target: z.object({
      id: resourceId,
      updateRunProperties: optional(z.object({ stage: optional(text), group: optional(text), timing: optional(text) })),
    }),
  }),
).transform(({ resourceInfo: { id, properties }, operationalInfo }, context) => {
  const gateId = gateOf.safeParse(id);
  if (!gateId.success) {
    context.addIssue({ code: 'custom', path: ['resourceInfo', 'id'], message: 'is not the id of a gate' });
    return z.NEVER;
  }
  const { target, ...rest } = properties;
  const run = { updateRunId: target.id, ...target.updateRunProperties };
  return { gateId: gateId.data, ...rest, ...run, resourceEventTime: operationalInfo?.resourceEventTime };
});

export const FLEET_GATES: readonly EventEntry<FleetGateBody>[] = TYPES.map((type) => [
  type,
  (data) => bodyOf(read(gate, data, 'data'), (value) => ({ family: 'fleet-gates', type, data: present(value) })),
]);
