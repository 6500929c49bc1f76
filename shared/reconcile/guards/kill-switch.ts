import type { RowStore } from '../../ports/row-store.ts';

/** Partition and key of the row that stops every write: `{ "on": true, "by": "...", "reason": "...", "at": "ISO 8601" }`. */
export const KILL_SWITCH = { partition: 'control', rowKey: 'kill-switch' } as const;

/**
 * Tells whether writes are stopped. Asked before each write.
 * A row that cannot be understood means stopped; one that cannot be read throws, which stops the write as well.
 */
export async function isStopped(rows: RowStore): Promise<boolean> {
  const row = await rows.get(KILL_SWITCH.partition, KILL_SWITCH.rowKey);
  if (row === undefined) {
    return false;
  }
  const { value } = row;
  return !(typeof value === 'object' && value !== null && 'on' in value && value['on'] === false);
}

/** When writes were let go on, if they were ever stopped: what bakes begins again then. */
export async function releasedAt(rows: RowStore): Promise<Date | undefined> {
  const row = await rows.get(KILL_SWITCH.partition, KILL_SWITCH.rowKey);
  const { on, at } = (row?.value ?? {}) as { readonly on?: unknown; readonly at?: unknown };
  const ms = on === false && typeof at === 'string' ? Date.parse(at) : NaN;
  return Number.isNaN(ms) ? undefined : new Date(ms);
}
