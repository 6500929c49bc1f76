import type { DurableExtension } from './durable-extension.ts';
import type { Worker } from './worker.ts';

/** A value as functions return it to the host. */
interface TypedData {
  readonly json?: string | null;
  readonly string?: string | null;
  readonly int?: number | null;
  readonly double?: number | null;
}

/** How the Durable extension runs orchestrators and activities: one payload in as text, one value out. */
export function durableRun(worker: Worker): Parameters<DurableExtension['start']>[0] {
  return async (name, _kind, payload) => {
    const result = await worker.invoke(name, { data: payload === undefined ? {} : { string: payload } });
    return result.ok ? { ok: true, returnValue: valueOf(result.returnValue) } : result;
  };
}

function valueOf(returned: unknown): unknown {
  const { json, string, int, double } = (returned ?? {}) as TypedData;
  return typeof json === 'string' ? JSON.parse(json) : (string ?? int ?? double ?? undefined);
}
