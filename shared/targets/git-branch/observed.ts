import type { HistoryCommit } from '../../ports/git-repository.ts';
import type { EarlierTexts } from './earlier.ts';

/** A file that an intent's paths cover, as text. */
export interface ObservedFile {
  readonly path: string;
  readonly mode: '100644' | '100755';
  readonly text: string;
}

/** The branch as it was read: its head and the files that the open intents may touch. */
export interface ObservedBranch {
  readonly head: string;
  readonly files: readonly ObservedFile[];
  /** Files that were passed over, with the reason; shown in records, never an error. */
  readonly warnings: readonly string[];
  /** Why nothing is to be written now to a subject: `outside-window`, `freeze`. */
  readonly closed?: Readonly<Record<string, string>>;
  /** What stood before the commits that are to be undone. */
  readonly earlier?: EarlierTexts;
  /** Absent where nothing asks for it. */
  readonly past?: ObservedPast;
}

/** What is known of a branch's past: tells a wish that is news from one that somebody has taken out again. */
export interface ObservedPast {
  readonly history: readonly HistoryCommit[];
  /** Commits that made an open intent true before and that the head no longer holds: the branch was rewritten. */
  readonly lost: readonly string[];
}
