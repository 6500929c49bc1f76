import { z } from 'zod';

import { parseResourceId, type ResourceId } from '../../domain/azure/resource-id.ts';
import { instantOrUnset, kubernetesVersion, listed, name, optional, present, text } from '../fields.ts';
import { read } from '../result.ts';
import type { SignalBodyOf } from '../signal-body.ts';
import { bodyOf, type EventEntry } from './data-decoder.ts';
import { notification } from './notification.ts';

const TYPE = 'Microsoft.ResourceNotifications.ContainerServiceEventResources.ScheduledEventEmitted';

type ScheduledEventType = typeof TYPE;

/** A planned upgrade of a cluster, or the end of support of its version. */
export interface ScheduledEventData {
  /** The cluster that the event is about. */
  readonly clusterId: ResourceId;
  readonly eventId: string;
  readonly eventSource: 'AutoUpgrader' | 'EOLNotification';
  readonly eventStatus: 'Scheduled' | 'Started' | 'Completed' | 'Canceled' | 'Failed';
  readonly description?: string;
  /** Words of the upgrader. */
  readonly message?: string;
  readonly endOfLife?: EndOfLife;
  readonly scheduledTime?: Date;
  readonly startTime?: Date;
  readonly lastUpdateTime?: Date;
  readonly resourceEventTime?: Date;
}

export type ScheduledEventBody = SignalBodyOf<'scheduled-events', ScheduledEventType, ScheduledEventData>;

export interface EndOfLife {
  readonly kubernetesVersion: string;
  readonly eolDate?: Date;
  readonly supportType?: string;
  /** Negative when the date has passed. */
  readonly daysUntilEOL?: number;
  readonly region?: string;
}

const CLUSTER =
  /^(\/subscriptions\/[^/]+\/resourcegroups\/[^/]+\/providers\/microsoft\.containerservice\/managedclusters\/[^/]+)\//i;

const endOfLife = z.object({
  kubernetesVersion,
  eolDate: instantOrUnset,
  supportType: optional(text),
  daysUntilEOL: optional(z.coerce.number().int()),
  region: optional(text),
});

/**
 * The schema says text, the samples an object, Resource Graph text that holds the object. Text that holds something
 * else is a message.
 */
const eventDetails = z
  .unknown()
  .optional()
  .transform((details, context): { message?: string; endOfLife?: EndOfLife } => {
    if (details === undefined || details === null) {
      return {};
    }
    const parsed = endOfLife.safeParse(typeof details === 'string' ? parseObject(details) : details);
    if (parsed.success) {
      return { endOfLife: present(parsed.data) };
    }
    if (typeof details === 'string') {
      return { message: details };
    }
    context.addIssue({ code: 'custom', message: 'is neither text nor the end of support of a version' });
    return z.NEVER;
  });

const properties = z.object({
  description: optional(text),
  eventId: name,
  // The documentation's own sample has the misspelling.
  eventSource: listed({
    autoupgrader: 'AutoUpgrader',
    autouprader: 'AutoUpgrader',
    eolnotification: 'EOLNotification',
  } as const),
  eventStatus: listed({
    scheduled: 'Scheduled',
    started: 'Started',
    completed: 'Completed',
    canceled: 'Canceled',
    cancelled: 'Canceled',
    failed: 'Failed',
  } as const),
  eventDetails,
  scheduledTime: instantOrUnset,
  startTime: instantOrUnset,
  lastUpdateTime: instantOrUnset,
});

const scheduledEvent = notification(properties).transform(({ resourceInfo, operationalInfo }, context) => {
  const { eventDetails: details, ...rest } = resourceInfo.properties;
  const clusterId = parseResourceId(CLUSTER.exec(resourceInfo.id)?.[1] ?? '');
  if (clusterId === undefined) {
    context.addIssue({ code: 'custom', path: ['resourceInfo', 'id'], message: 'lies below no managed cluster' });
    return z.NEVER;
  }
  return { clusterId, ...rest, ...details, resourceEventTime: operationalInfo?.resourceEventTime };
});

export const SCHEDULED_EVENTS: readonly EventEntry<ScheduledEventBody>[] = [
  [
    TYPE,
    (data) =>
      bodyOf(read(scheduledEvent, data, 'data'), (value) => ({
        family: 'scheduled-events',
        type: TYPE,
        data: present(value),
      })),
  ],
];

function parseObject(details: string): unknown {
  try {
    return JSON.parse(details);
  } catch {
    return undefined;
  }
}
