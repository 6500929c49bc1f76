import type { BlockBlobClient, ContainerClient, ContainerListBlobFlatSegmentResponse } from '@azure/storage-blob';

import { BlobConflictError, StorageUnavailableError } from '../../errors.ts';
import type { Blob, BlobCondition, BlobStore } from '../../ports/blob-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import { openContainer, type StorageAccount } from './account.ts';
import { type Attempt, Attempts, statusOf } from './attempts.ts';

export interface ContainerBlobStoreOptions {
  readonly account: StorageAccount;
  readonly container: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** BlobStore on one container of Blob Storage, which is created with the first write. */
export class ContainerBlobStore implements BlobStore {
  readonly #container: ContainerClient;
  readonly #random: Random;
  readonly #attempts: Attempts;

  constructor({ account, container, clock, random }: ContainerBlobStoreOptions) {
    this.#container = openContainer(account, container);
    this.#random = random;
    this.#attempts = new Attempts(clock);
  }

  async get(name: string): Promise<Blob | undefined> {
    return await this.#call('read blob', async ({ signal }) => {
      try {
        const blob = this.#container.getBlockBlobClient(name);
        const { etag, readableStreamBody } = await blob.download(0, undefined, { abortSignal: signal });
        return { bytes: await readAll(readableStreamBody), etag: etag ?? '' };
      } catch (error) {
        if (statusOf(error) === 404) {
          return undefined;
        }
        throw error;
      }
    });
  }

  async put(name: string, bytes: Uint8Array, condition: BlobCondition): Promise<string> {
    const blob = this.#container.getBlockBlobClient(name);
    const writeId = this.#random.uuid();
    const outcome = await this.#call('write blob', async (attempt) => {
      try {
        return { etag: await this.#upload({ blob, bytes, condition, writeId }, attempt) };
      } catch (error) {
        if (statusOf(error) !== 409 && statusOf(error) !== 412) {
          throw error;
        }
        return attempt.retried ? { etag: await ownVersion(blob, writeId, attempt) } : { conflict: error };
      }
    });
    if ('conflict' in outcome) {
      throw new BlobConflictError(`blob ${name} exists already or is another version`, { cause: outcome.conflict });
    }
    return outcome.etag;
  }

  async delete(name: string): Promise<void> {
    await this.#call('delete blob', ({ signal }) =>
      this.#container.getBlockBlobClient(name).deleteIfExists({ abortSignal: signal }),
    );
  }

  async list(prefix: string): Promise<readonly string[]> {
    const names: string[] = [];
    let continuationToken: string | undefined;
    do {
      const page = await this.#page(prefix, continuationToken);
      names.push(...page.names);
      continuationToken = page.next;
    } while (continuationToken !== undefined);
    return names.sort();
  }

  async #upload(
    write: { blob: BlockBlobClient; bytes: Uint8Array; condition: BlobCondition; writeId: string },
    { signal }: Attempt,
  ): Promise<string> {
    const body = Buffer.from(write.bytes.buffer, write.bytes.byteOffset, write.bytes.byteLength);
    const options = { conditions: toConditions(write.condition), metadata: { w: write.writeId }, abortSignal: signal };
    try {
      return (await write.blob.upload(body, body.length, options)).etag ?? '';
    } catch (error) {
      if (!isMissingContainer(error)) {
        throw error;
      }
      await this.#container.createIfNotExists({ abortSignal: signal });
      return (await write.blob.upload(body, body.length, options)).etag ?? '';
    }
  }

  async #page(
    prefix: string,
    continuationToken: string | undefined,
  ): Promise<{ names: string[]; next?: string | undefined }> {
    return await this.#call('list blobs', async ({ signal }) => {
      const settings = continuationToken === undefined ? {} : { continuationToken };
      try {
        const pages = this.#container.listBlobsFlat({ prefix, abortSignal: signal }).byPage(settings);
        const { value } = (await pages.next()) as { value: ContainerListBlobFlatSegmentResponse | undefined };
        // The service sends an empty token with its last page.
        const next = value?.continuationToken === '' ? undefined : value?.continuationToken;
        return { names: value?.segment.blobItems.map(({ name }) => name) ?? [], next };
      } catch (error) {
        if (isMissingContainer(error)) {
          return { names: [] };
        }
        throw error;
      }
    });
  }

  async #call<T>(operation: string, send: (attempt: Attempt) => Promise<T>): Promise<T> {
    try {
      return await this.#attempts.run(send);
    } catch (error) {
      throw new StorageUnavailableError(operation, { cause: error });
    }
  }
}

function toConditions(condition: BlobCondition): { ifNoneMatch?: string; ifMatch?: string } {
  if (condition === 'any') {
    return {};
  }
  return condition === 'new' ? { ifNoneMatch: '*' } : { ifMatch: condition.etag };
}

/** The present version's ETag if it is the one that we wrote, so that a lost answer is not taken for a conflict. */
async function ownVersion(blob: BlockBlobClient, writeId: string, { signal }: Attempt): Promise<string> {
  const { metadata, etag = '' } = await blob.getProperties({ abortSignal: signal });
  if (metadata?.['w'] !== writeId) {
    throw new Error('an answer was lost and the blob is not as we would have left it');
  }
  return etag;
}

function isMissingContainer(error: unknown): boolean {
  return statusOf(error) === 404 && (error as { code?: unknown }).code === 'ContainerNotFound';
}

async function readAll(stream: NodeJS.ReadableStream | undefined): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream ?? []) {
    chunks.push(chunk as Uint8Array);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
