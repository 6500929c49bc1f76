import { takeSnapshot } from '../signals/snapshot.ts';

/** Deeper than any event of Azure, shallow enough for every stack. */
const MAX_DEPTH = 512;
/** Event Grid's largest event is 1 MB; the rest is room for another spelling of the same. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * JSON text of a parsed event. Bodies nested too deeply for `JSON.stringify` give a small object that says so, which
 * the decoder rejects and the actor parks: a bad body never fails its delivery.
 */
export function boundedJson(value: unknown): string {
  const snapshot = takeSnapshot(value, { maxBytes: MAX_BYTES, maxDepth: MAX_DEPTH });
  return snapshot.ok ? JSON.stringify(snapshot.value) : JSON.stringify({ reflexRefused: snapshot.reason });
}
