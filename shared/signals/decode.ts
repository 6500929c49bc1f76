import { COMMON_ALERT_SCHEMA, recogniseAlert } from './alerts/recognise.ts';
import { recogniseLegacyAlert } from './alerts/legacy.ts';
import { familyOf } from './event-grid/catalog.ts';
import { decodeEvent } from './event-grid/decode-event.ts';
import { readCloudEvent, readEventGridEvent } from './event-grid/envelope.ts';
import type { Decoded, Hints, RejectedSignal, RejectionCode } from './signal.ts';
import { takeSnapshot } from './snapshot.ts';

/** https://learn.microsoft.com/azure/event-grid/quotas-limits: an event has 1 MB at most, a batch 5,000 events. */
const MAX_EVENT_BYTES = 1024 * 1024;
const MAX_EVENTS = 5_000;
/** Event Grid cuts batches at 1 MB; the rest is room for white space and for queues that people fill. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
/** Azure's own events nest about ten levels. */
const MAX_DEPTH = 64;
const MAX_HINT = 512;

/**
 * Decodes a delivery as it came: one result per event of the body, in its order. Never throws.
 *
 * @param raw - JSON as text or UTF-8 bytes, with or without a byte order mark; or the value that somebody parsed it to.
 *   Of a key that occurs twice the last counts, as with `JSON.parse`: webhook deliveries reach us parsed by the host,
 *   and an event must mean the same on every way. Nothing is written by an event's word, so a proxy that read the
 *   first gains nothing by it.
 */
export function decodeBody(raw: unknown): readonly Decoded[] {
  if (typeof raw !== 'string' && !(raw instanceof Uint8Array)) {
    return decodeEvents(raw);
  }
  const size = typeof raw === 'string' ? Buffer.byteLength(raw) : raw.byteLength;
  if (size > MAX_BODY_BYTES) {
    return [rejected('too-large', `the body has more than ${MAX_BODY_BYTES} bytes`)];
  }
  let body: unknown;
  try {
    const text = typeof raw === 'string' ? raw : new TextDecoder('utf-8', { fatal: true }).decode(raw);
    body = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return [rejected('not-json', 'the body is not JSON in UTF-8')];
  }
  return decodeEvents(body);
}

/** Decodes a parsed body: an array is a batch, anything else one event. Never throws on what JSON can hold. */
export function decodeEvents(body: unknown): readonly Decoded[] {
  if (!Array.isArray(body)) {
    return [decodeOne(body)];
  }
  if (body.length > MAX_EVENTS) {
    return [rejected('too-many-events', `the batch has more than ${MAX_EVENTS} events`)];
  }
  return Array.from<unknown, Decoded>(body, (event) => {
    const decoded = decodeOne(event);
    return isAlert(decoded) ? alertInBatch(decoded) : decoded;
  });
}

function decodeOne(event: unknown): Decoded {
  const hints = hintsOf(event);
  const snapshot = takeSnapshot(event, { maxBytes: MAX_EVENT_BYTES, maxDepth: MAX_DEPTH });
  if (!snapshot.ok) {
    return { ...hints, ...rejected(snapshot.code, `the event ${snapshot.reason}`) };
  }
  const { value, bytes } = snapshot;
  if (!isRecord(value)) {
    return rejected('not-an-event', 'neither an object nor an array of objects');
  }
  const [schema, ...more] = schemasOf(value);
  if (more.length > 0) {
    return { ...hints, ...rejected('ambiguous-schema', `marked as ${[schema, ...more].join(' and ')}`) };
  }
  if (schema === undefined) {
    return { ...hints, ...rejected('not-an-event', 'has the marks of no event schema and of no alert schema') };
  }
  if (schema === 'alert') {
    return recogniseAlert({ body: value, bytes, hints });
  }
  return decodeEvent(schema === 'CloudEvents' ? readCloudEvent(value) : readEventGridEvent(value), hints);
}

/** By the members that only one schema has. */
function schemasOf(event: Readonly<Record<string, unknown>>) {
  const has = (key: string): boolean => Object.hasOwn(event, key);
  const marks = {
    alert: has('schemaId') || recogniseLegacyAlert(event) !== undefined,
    CloudEvents: has('specversion'),
    'Event Grid schema': has('eventType') || has('metadataVersion') || has('topic'),
  };
  return (Object.keys(marks) as (keyof typeof marks)[]).filter((schema) => marks[schema]);
}

function isAlert(decoded: Decoded): boolean {
  return (decoded.outcome === 'known' ? decoded.signal.family : decoded.family) === 'alert';
}

function alertInBatch(decoded: Decoded): Decoded {
  const { id, source, type } = decoded.outcome === 'known' ? decoded.signal : decoded;
  const hints = hintsOf({ id, source, type, schemaId: COMMON_ALERT_SCHEMA });
  return { ...hints, ...rejected('not-an-event', 'an alert comes alone, never in an array') };
}

function rejected(code: RejectionCode, reason: string): RejectedSignal {
  return { outcome: 'rejected', code, reason };
}

/** What a refused event says about itself, unchecked: own texts of the first level only. */
function hintsOf(event: unknown): Hints {
  const family = textOf(event, 'schemaId') === undefined ? undefined : 'alert';
  const type = textOf(event, 'eventType') ?? textOf(event, 'type');
  const source = textOf(event, 'topic') ?? textOf(event, 'source');
  const id = textOf(event, 'id');
  const told = family ?? familyOf(type ?? '');
  return {
    ...(told === undefined ? {} : { family: told }),
    ...(type === undefined ? {} : { type }),
    ...(source === undefined ? {} : { source }),
    ...(id === undefined ? {} : { id }),
  };
}

function textOf(event: unknown, key: string): string | undefined {
  const value = isRecord(event) && Object.hasOwn(event, key) ? event[key] : undefined;
  return typeof value === 'string' ? value.slice(0, MAX_HINT) : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
