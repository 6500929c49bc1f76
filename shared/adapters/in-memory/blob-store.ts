import { BlobConflictError } from '../../errors.ts';
import type { Blob, BlobCondition, BlobStore } from '../../ports/blob-store.ts';

/** BlobStore in memory. Bytes are copied in and out, so that nobody changes a blob by changing an array. */
export class InMemoryBlobStore implements BlobStore {
  readonly #blobs = new Map<string, Blob>();
  #version = 0;

  async get(name: string): Promise<Blob | undefined> {
    await Promise.resolve();
    const blob = this.#blobs.get(name);
    return blob === undefined ? undefined : { bytes: blob.bytes.slice(), etag: blob.etag };
  }

  async put(name: string, bytes: Uint8Array, condition: BlobCondition): Promise<string> {
    await Promise.resolve();
    const present = this.#blobs.get(name);
    const holds =
      condition === 'any' || (condition === 'new' ? present === undefined : present?.etag === condition.etag);
    if (!holds) {
      throw new BlobConflictError(`blob ${name} exists already or is another version`);
    }
    this.#version += 1;
    const etag = `"${this.#version}"`;
    this.#blobs.set(name, { bytes: new Uint8Array(bytes), etag });
    return etag;
  }

  async delete(name: string): Promise<void> {
    await Promise.resolve();
    this.#blobs.delete(name);
  }

  async list(prefix: string): Promise<readonly string[]> {
    await Promise.resolve();
    return [...this.#blobs.keys()].filter((name) => name.startsWith(prefix)).sort();
  }
}
