/** A tag as the registry lists it. */
export interface TagCandidate {
  readonly name: string;
  /** RFC 3339. */
  readonly createdAt?: string;
  readonly digest?: string;
}

/** What stands in Git or runs now. */
export interface CurrentImage {
  readonly tag?: string;
  readonly digest?: string;
}

/** Why a tag cannot be ranked. */
export interface Unranked {
  readonly reason: string;
  /** One such tag makes the whole policy invalid. */
  readonly isFatal?: boolean;
}

/**
 * One way to order tags.
 *
 * `rank` reads the text that the filter left of a tag. Of two ranks the greater wins.
 */
export interface Ranking<R> {
  rank(value: string, candidate: TagCandidate): R | Unranked;
  compare(a: R, b: R): number;
  /** True where only a tag above the current one counts, so that without one the current one stays. */
  readonly isRelative: boolean;
}
