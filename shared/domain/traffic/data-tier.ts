/** Where the data tier behind an edge is asked about. */
export interface DataTierQuery {
  /** The workspace's id: a GUID in lower case. */
  readonly workspace: string;
  /** KQL with columns `lagSeconds`, `promotion` or both; the first row counts, or with a column `region` that of each. */
  readonly query: string;
}

/** What is known of the data, in all or for a drain of one origin. Absent is not known. */
export interface DataTierReading {
  /** How far the replica is behind, in milliseconds. */
  readonly replicationLagMs?: number | undefined;
  readonly promotion?: 'done' | 'failed' | 'waiting' | undefined;
}

/** What is known of the data for a drain of one origin, by its name. Pure. */
export function dataFor(
  name: string,
  { readings = {}, ...all }: DataTierReading & { readonly readings?: Readonly<Record<string, DataTierReading>> },
): DataTierReading {
  const own = Object.hasOwn(readings, name) ? readings[name] : undefined;
  return {
    replicationLagMs: own?.replicationLagMs ?? all.replicationLagMs,
    promotion: own?.promotion ?? all.promotion,
  };
}
