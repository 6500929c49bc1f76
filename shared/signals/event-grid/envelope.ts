import { z } from 'zod';

import type { ResourceId } from '../../domain/azure/resource-id.ts';
import { instant, optional, resourceId, text } from '../fields.ts';
import { read, type Read } from '../result.ts';

/** An event without the meaning of its type: the same for both schemas. */
export interface Envelope {
  readonly id: string;
  readonly source: string;
  readonly sourceId: ResourceId;
  readonly subject: string | undefined;
  readonly type: string;
  readonly time: Date;
  readonly schema: 'event-grid' | 'cloud-events';
  readonly data: unknown;
}

/** Part of the ledger's key: printable, and short enough for a log line. */
const identifier = z
  .string()
  .regex(/^[^\p{Cc}]{1,512}$/u, 'must be 1 to 512 characters, none of them a control character');
const source = z.string().transform((written, context) => {
  const parsed = resourceId.safeParse(written);
  if (parsed.success) {
    return { source: written, sourceId: parsed.data };
  }
  context.addIssue({ code: 'custom', message: 'is not an ARM id' });
  return z.NEVER;
});

/** https://learn.microsoft.com/azure/event-grid/event-schema; dead letters add members, which are ignored. */
const eventGridEvent = z.object({
  id: identifier,
  topic: source,
  subject: optional(text),
  eventType: identifier,
  eventTime: instant,
  data: z.unknown(),
});

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md; `time` is optional there, Event Grid sets it. */
const cloudEvent = z.object({
  id: identifier,
  source,
  subject: optional(text),
  type: identifier,
  time: instant,
  data: z.unknown(),
});

/** Reads an event in Event Grid's own schema. Only metadata version 1 exists. */
export function readEventGridEvent(event: Readonly<Record<string, unknown>>): Read<Envelope> {
  if (event['metadataVersion'] !== '1') {
    return unsupported('metadataVersion', '1');
  }
  return asEnvelope(read(eventGridEvent, event, 'event'), ({ topic, eventType, eventTime, ...rest }) => ({
    ...rest,
    ...topic,
    type: eventType,
    time: eventTime,
    schema: 'event-grid',
  }));
}

/** Reads a CloudEvent 1.0 in structured form, its data as JSON or as JSON in base64. */
export function readCloudEvent(event: Readonly<Record<string, unknown>>): Read<Envelope> {
  if (event['specversion'] !== '1.0') {
    return unsupported('specversion', '1.0');
  }
  const encoded = event['data_base64'];
  if (encoded !== undefined && encoded !== null) {
    // The bytes would be a second JSON text inside the first; Event Grid's own events never carry them.
    return { outcome: 'rejected', code: 'invalid-envelope', reason: 'event.data_base64: binary data is not accepted' };
  }
  return asEnvelope(read(cloudEvent, event, 'event'), ({ source: { source, sourceId }, ...rest }) => ({
    ...rest,
    source,
    sourceId,
    schema: 'cloud-events',
  }));
}

function asEnvelope<Wire>(wire: Read<Wire>, toEnvelope: (wire: Wire) => Envelope): Read<Envelope> {
  if (wire.outcome === 'known') {
    return { outcome: 'known', value: toEnvelope(wire.value) };
  }
  return { outcome: 'rejected', code: 'invalid-envelope', reason: wire.reason };
}

function unsupported(field: string, expected: string): Read<never> {
  return { outcome: 'rejected', code: 'unsupported-version', reason: `event.${field}: must be the text "${expected}"` };
}
