import type { Read } from '../result.ts';
import type { SignalBody } from '../signal.ts';
import type { Envelope } from './envelope.ts';

/** Reads the `data` of one event type. */
export type DataDecoder = (data: unknown, envelope: Envelope) => Read<SignalBody>;

/** An event type in the spelling of Azure's filters, with its decoder. */
export type EventEntry = readonly [type: string, decode: DataDecoder];

/** Turns checked data into the body of a signal. */
export function bodyOf<Data>(data: Read<Data>, toBody: (data: Data) => SignalBody): Read<SignalBody> {
  return data.outcome === 'known' ? { outcome: 'known', value: toBody(data.value) } : data;
}
