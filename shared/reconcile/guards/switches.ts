import type { RowStore } from '../../ports/row-store.ts';

/** Partition and key of the row with what stands in the way of automation: `{ "automation": "off", "firing": [...] }`. */
export const SWITCHES = { partition: 'control', rowKey: 'switches' } as const;

/** What people and their alarms have said beside the kill switch. */
export interface Switches {
  /** `off`: nothing is moved by machines; runbooks are refused as well. */
  readonly automation: 'on' | 'off';
  /** Alarms that are firing and that keep planned moves and drills from beginning. */
  readonly firing: readonly string[];
}

/** Reads the switches; a row that cannot be understood means off. */
export async function readSwitches(rows: RowStore): Promise<Switches> {
  const row = await rows.get(SWITCHES.partition, SWITCHES.rowKey);
  if (row === undefined) {
    return { automation: 'on', firing: [] };
  }
  const { value } = row;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { automation: 'off', firing: [] };
  }
  const { automation = 'on', firing = [] } = value as { readonly automation?: unknown; readonly firing?: unknown };
  const names = Array.isArray(firing) ? firing.filter((name): name is string => typeof name === 'string') : [];
  const isUnderstood = Array.isArray(firing) && names.length === firing.length;
  return { automation: automation === 'on' && isUnderstood ? 'on' : 'off', firing: names };
}
