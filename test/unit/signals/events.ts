import { decodeEvents } from '../../../shared/signals/decode.ts';
import type { Decoded, Signal } from '../../../shared/signals/signal.ts';
import { parsedPayload } from './payloads.ts';

export const SUBSCRIPTION = '/subscriptions/00000000-0000-0000-0000-000000000001';
export const CLUSTER = `${SUBSCRIPTION}/resourceGroups/rg-fleet-prod/providers/Microsoft.ContainerService/managedClusters/aks-weu-01`;
export const REGISTRY = `${SUBSCRIPTION}/resourceGroups/rg-shared/providers/Microsoft.ContainerRegistry/registries/crfleetprod`;

interface Event {
  readonly type: string;
  readonly data: unknown;
  readonly source?: string;
  readonly subject?: string;
}

/** What becomes of one event in Event Grid's schema. */
export function decodeOne({ type, data, source = SUBSCRIPTION, subject = 'subject' }: Event): Decoded {
  const eventTime = '2026-09-14T02:10:11.4567890Z';
  const [decoded] = decodeEvents([
    { id: '1', topic: source, subject, eventType: type, eventTime, data, dataVersion: '1', metadataVersion: '1' },
  ]);
  return decoded!;
}

/** The signal of a sample payload; of a batch the first. */
export function sample(file: string): Signal {
  const [decoded] = decodeEvents(parsedPayload(file));
  if (decoded?.outcome !== 'known') {
    throw new TypeError(`${file} is not known`);
  }
  return decoded.signal;
}

/** A copy with members replaced along a dotted path; `undefined` removes. */
export function changed(value: unknown, path: string, to: unknown): unknown {
  const copy = structuredClone(value) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop()!;
  const parent = keys.reduce((node, key) => node[key] as Record<string, unknown>, copy);
  parent[last] = to;
  return copy;
}
