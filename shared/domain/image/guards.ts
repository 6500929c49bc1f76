/** How far an image may go in one push: a part of its version, a number of versions, or any way. */
export type MaxJump = 'patch' | 'minor' | 'major' | 'any' | number;

/** What keeps a push back that its policy has chosen. */
export interface ImageGuards {
  /**
   * `patch`: major and minor stay. `minor`: major stays. `major`: to the next major at most. A number: so many of the
   * registry's versions at most. Tags that are no versions pass.
   */
  readonly maxJump: MaxJump;
  /** What becomes of a tag that has another digest than the one that we wrote. */
  readonly movedTag: 'hold' | 'alarm' | 'allow';
  /** Commits about one image in one stage in an hour. */
  readonly perHour: number;
  /** False lets images in that were built from our own commits. */
  readonly loops: 'hold' | 'allow';
}

/**
 * Without a word in the fleet file. A version 99.0.0 that somebody pushes into an open range is the accident (or the
 * attack) that `major` stops; thirty commits an hour are more than people make and fewer than a loop does.
 */
export const DEFAULT_GUARDS: ImageGuards = { maxJump: 'major', movedTag: 'hold', perHour: 30, loops: 'hold' };
