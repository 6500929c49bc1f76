/** An event as a publisher raises it, before a schema. */
export interface PublishedEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly dataVersion: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export type EventSchema = 'EventGridSchema' | 'CloudEventSchemaV1_0';

/** Where events of a topic go: a webhook, or a queue that takes each event as JSON text. */
export interface EventSubscription {
  readonly name: string;
  readonly schema: EventSchema;
  readonly destination:
    | {
        readonly kind: 'webhook';
        readonly url: string;
        /** Events in one request: 1 unless told, 5,000 at most in Azure. */
        readonly maxEventsPerBatch?: number;
      }
    | { readonly kind: 'queue'; readonly send: (text: string) => Promise<void> };
  /** Gets what could not be delivered; without it such events are dropped, as in Azure. */
  readonly deadLetter?: (record: object) => Promise<void>;
}

/** The event as one of the two schemas words it. */
export function inSchema(schema: EventSchema, topic: string, event: PublishedEvent): object {
  const { id, type, subject, time, dataVersion, data } = event;
  return schema === 'CloudEventSchemaV1_0'
    ? { id, source: topic, subject, type, time, data, specversion: '1.0' }
    : { id, topic, subject, eventType: type, eventTime: time, data, dataVersion, metadataVersion: '1' };
}
