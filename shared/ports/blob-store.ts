/** A blob as it was read. */
export interface Blob {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** `new`: fail if it exists; `{ etag }`: fail unless it is still that version; `any`: overwrite. */
export type BlobCondition = 'new' | 'any' | { readonly etag: string };

/** Bytes by name in one container. Names are `/`-separated paths of URL-safe segments, 1,024 characters at most. */
export interface BlobStore {
  get(name: string): Promise<Blob | undefined>;
  /**
   * @returns the new etag.
   * @throws BlobConflictError if `condition` does not hold.
   * @throws StorageUnavailableError if the store cannot be reached.
   */
  put(name: string, bytes: Uint8Array, condition: BlobCondition): Promise<string>;
  delete(name: string): Promise<void>;
  /** Names that start with `prefix`, ascending. */
  list(prefix: string): Promise<readonly string[]>;
}
