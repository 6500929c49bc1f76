/** A text file as it was read. Bytes that are no UTF-8 come as U+FFFD; a leading byte order mark is gone. */
export interface SourceText {
  readonly text: string;
  /** Changes exactly when the text does, as far as the source can tell (blob oid, ETag, digest). */
  readonly version: string;
}

/** Text files of one place: a directory, a blob container, or a repository at a branch head. */
export interface TextSource {
  /**
   * @param path - with `/`, relative to the place.
   * @returns undefined if there is no such file.
   * @throws ReflexError if the place cannot be read at all: a file that cannot be reached is not a file that is gone.
   */
  read(path: string): Promise<SourceText | undefined>;
  /** Paths that a glob matches (`*` within a segment, `**` over segments), ascending by UTF-16 code unit. */
  list(glob: string): Promise<readonly string[]>;
}
