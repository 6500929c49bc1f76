import type { Read } from '../result.ts';
import type { Decoded, Hints } from '../signal.ts';
import { decoderOf } from './catalog.ts';
import type { Envelope } from './envelope.ts';

/** Gives an event the meaning of its type. */
export function decodeEvent(envelope: Read<Envelope>, hints: Hints): Decoded {
  if (envelope.outcome !== 'known') {
    return { ...hints, ...envelope };
  }
  const { id, source, sourceId, subject, type, time, schema, data } = envelope.value;
  const decode = decoderOf(type);
  if (decode === undefined) {
    return { ...hints, outcome: 'unknown', reason: 'nobody listed this event type' };
  }
  const body = decode(data, envelope.value);
  if (body.outcome !== 'known') {
    return { ...hints, ...body };
  }
  const head = { id, source, sourceId, time, schema, ...(subject === undefined ? {} : { subject }) };
  return { outcome: 'known', signal: { ...head, ...body.value } };
}
