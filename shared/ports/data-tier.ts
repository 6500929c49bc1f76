import type { DataTierQuery } from '../domain/traffic/data-tier.ts';

/** What is known of a data tier. Absent is not known: never 0, never done. */
export interface DataTierState {
  /** How far the replica is behind, in milliseconds. */
  readonly replicationLagMs?: number;
  /** How far it is with becoming the one that is written to. */
  readonly promotion?: 'done' | 'failed' | 'waiting';
}

/** The same, where it depends on the region that would be drained. */
export interface DataTierAnswer extends DataTierState {
  /** By region, or name of an origin, as it was written; then nothing is said of those that are not in it. */
  readonly regions?: ReadonlyMap<string, DataTierState>;
}

/** Somebody who can be asked how the data is. */
export interface DataTier {
  /** Never throws what a service answers: what cannot be asked, or has no data, is not known. */
  read(query: DataTierQuery): Promise<DataTierAnswer>;
}
