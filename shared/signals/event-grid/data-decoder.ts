import type { Read } from '../result.ts';
import type { Envelope } from './envelope.ts';

/** Reads the `data` of one event type. */
export type DataDecoder<Body> = (data: unknown, envelope: Envelope) => Read<Body>;

/** An event type in the spelling of Azure's filters, with its decoder. */
export type EventEntry<Body> = readonly [type: string, decode: DataDecoder<Body>];

/** Turns checked data into the body of a signal. */
export function bodyOf<Data, Body>(data: Read<Data>, toBody: (data: Data) => Body): Read<Body> {
  return data.outcome === 'known' ? { outcome: 'known', value: toBody(data.value) } : data;
}
