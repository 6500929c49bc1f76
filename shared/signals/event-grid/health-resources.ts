import { z } from 'zod';

import type { ResourceId } from '../../domain/azure/resource-id.ts';
import { instant, name, optional, present, resourceId, text } from '../fields.ts';
import { read } from '../result.ts';
import type { SignalBodyOf } from '../signal-body.ts';
import { bodyOf, type EventEntry } from './data-decoder.ts';
import { notification } from './notification.ts';

const STATUS = 'Microsoft.ResourceNotifications.HealthResources.AvailabilityStatusChanged';
const ANNOTATION = 'Microsoft.ResourceNotifications.HealthResources.ResourceAnnotated';

/** Virtual machines and scale sets only: a cluster is found by the resource group of its nodes. */
export type HealthBody =
  | SignalBodyOf<'health-resources', typeof STATUS, AvailabilityData>
  | SignalBodyOf<'health-resources', typeof ANNOTATION, AnnotationData>;

interface HealthTarget {
  readonly targetResourceId: ResourceId;
  readonly targetResourceType?: string;
  readonly occurredTime: Date;
}

export interface AvailabilityData extends HealthTarget {
  readonly availabilityState: string;
  readonly previousAvailabilityState?: string;
}

export interface AnnotationData extends HealthTarget {
  readonly annotationName: string;
  readonly reason?: string;
  readonly summary?: string;
  /** `Customer Initiated` (our own scale-down looks like that) or `Platform Initiated`. */
  readonly context?: string;
  readonly category?: string;
}

const target = { targetResourceId: resourceId, targetResourceType: optional(text), occurredTime: instant };
const availability = notification(
  z.object({ ...target, availabilityState: name, previousAvailabilityState: optional(text) }),
);
const annotation = notification(
  z.object({
    ...target,
    annotationName: name,
    reason: optional(text),
    summary: optional(text),
    context: optional(text),
    category: optional(text),
  }),
);

export const HEALTH_RESOURCES: readonly EventEntry<HealthBody>[] = [
  [
    STATUS,
    (data) =>
      bodyOf(read(availability, data, 'data'), ({ resourceInfo }) => ({
        family: 'health-resources',
        type: STATUS,
        data: present(resourceInfo.properties),
      })),
  ],
  [
    ANNOTATION,
    (data) =>
      bodyOf(read(annotation, data, 'data'), ({ resourceInfo }) => ({
        family: 'health-resources',
        type: ANNOTATION,
        data: present(resourceInfo.properties),
      })),
  ],
];
