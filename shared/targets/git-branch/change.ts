import type { ObservedFile } from './observed.ts';

/** One image at one stage that a commit changes. */
export interface PlacementChange {
  readonly image: string;
  readonly stage: string;
  /** Tags that stood there, sorted. */
  readonly from: readonly string[];
  readonly to: string;
  readonly places: number;
}

/** Everything that one commit writes. */
export interface BranchChange {
  readonly files: readonly ObservedFile[];
  readonly placements: readonly PlacementChange[];
  /** Globs that the changed files must lie in. */
  readonly paths: readonly string[];
}
