import type { GateDocument } from '../domain/traffic/gate.ts';

/** The document in force, as far as could be seen. */
export interface GateReading {
  readonly document: GateDocument;
  /** Names this document in whichever store it stands: good for a later `write` without another look. */
  readonly etag: string;
  /** False if a store did not answer: a newer document may stand there alone. */
  readonly isComplete: boolean;
}

/**
 * Gate documents, signed, one for each edge, in stores in two or more regions.
 *
 * The stores know nothing of each other, so two writers that each reach another one would both be let through. Whoever
 * writes holds the lease of the edge's gate document.
 */
export interface GateDocuments {
  /**
   * @param edge - ARM id, lower case.
   * @returns undefined if every store says that there is none.
   * @throws StorageUnavailableError if none was found and a store did not answer.
   */
  read(edge: string): Promise<GateReading | undefined>;
  /**
   * Signs a document and writes it to every store. It counts when at least one has it: gates take the newest that they
   * can read. A store that missed it is brought up to date by the next `write` or `read`.
   *
   * @param condition - `new`: fail if there is one; otherwise the etag of the document that this one was made from.
   * @returns the etag of `document`.
   * @throws BlobConflictError if a store has another one; some stores may have taken this one: read again.
   * @throws StorageUnavailableError if no store is known to have taken it; read again.
   * @throws UpstreamError if it could not be signed; nothing was written.
   * @throws RangeError for a document that is not valid or does not outrank the one that it was made from.
   */
  write(document: GateDocument, condition: 'new' | { readonly etag: string }): Promise<string>;
}
