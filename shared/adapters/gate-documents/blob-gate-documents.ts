import { digestOf } from '../../domain/digest.ts';
import { gateDocumentOf, outranks, type GateDocument } from '../../domain/traffic/gate.ts';
import { BlobConflictError, StorageUnavailableError } from '../../errors.ts';
import type { Blob, BlobCondition, BlobStore } from '../../ports/blob-store.ts';
import type { GateDocuments, GateReading } from '../../ports/gate-documents.ts';
import type { Log } from '../../ports/log.ts';
import { readGates, signGates, type GateKey } from './signed-gates.ts';

/** One place that the gates read from. */
export interface GateStore {
  /** For the log: the account's name. */
  readonly name: string;
  readonly blobs: BlobStore;
}

export interface BlobGateDocumentsOptions {
  /** At least one; two or more, in different regions, are what makes the gate work while one of them is down. */
  readonly stores: readonly GateStore[];
  readonly key: GateKey;
  readonly log: Log;
  /**
   * How long after its issue a gate that starts anew still takes a document; forever if absent. Whoever sets it must
   * write a new document before that.
   */
  readonly validMs?: number;
}

/** What one store said. `blob` without `document` is something that we did not sign. */
interface View {
  readonly store: GateStore;
  readonly blob?: Blob;
  readonly document?: GateDocument;
}

type Written = 'written' | 'conflict' | 'unavailable';

/** Where an edge's document stands in each store. ARM ids have no characters that a URL would escape. */
export function gateBlobName(edge: string): string {
  return `gates${edge}.jws`;
}

/**
 * GateDocuments on two or more blob stores.
 *
 * All stores are asked at once and none waits for another, so one that hangs does not keep a document from the gates
 * that read the others. A store that a write did not reach stays behind until the next `write` or `read` that
 * reaches it; no task runs in between.
 */
export class BlobGateDocuments implements GateDocuments {
  readonly #options: BlobGateDocumentsOptions;

  constructor(options: BlobGateDocumentsOptions) {
    this.#options = options;
  }

  async read(edge: string): Promise<GateReading | undefined> {
    const { stores } = this.#options;
    const views = (await Promise.all(stores.map((store) => this.#look(store, edge)))).filter(
      (one) => one !== undefined,
    );
    const isComplete = views.length === stores.length;
    const newest = views
      .filter((view): view is Found => view.document !== undefined)
      .reduce<Found | undefined>(
        (best, one) => (best && !outranks(one.document, best.document) ? best : one),
        undefined,
      );
    if (newest !== undefined) {
      await Promise.all(views.map((view) => this.#bringUpToDate(view, newest)));
      return { document: newest.document, etag: etagOf(newest.document), isComplete };
    }
    if (!isComplete) {
      throw new StorageUnavailableError('read gate document: a store that may have it does not answer');
    }
    return undefined;
  }

  async write(document: GateDocument, condition: 'new' | { readonly etag: string }): Promise<string> {
    // An etag that is none reads as NaN, which nothing outranks.
    if (gateDocumentOf(document) === undefined || !(document.sequence > sequenceIn(condition))) {
      throw new RangeError(`gate document ${document.sequence} of ${document.edge} cannot follow what was read`);
    }
    const { stores, key, validMs } = this.#options;
    const expires = validMs === undefined ? undefined : new Date(Date.parse(document.issued) + validMs);
    const bytes = Buffer.from(await signGates(document, key, expires), 'ascii');
    const outcomes = await Promise.all(stores.map((store) => this.#writeTo(store, { document, bytes, condition })));
    if (outcomes.includes('conflict')) {
      throw new BlobConflictError(`the gate document of ${document.edge} is no longer the one that was read`);
    }
    if (!outcomes.includes('written')) {
      throw new StorageUnavailableError('write gate document: no store is known to have taken it');
    }
    return etagOf(document);
  }

  /** @returns undefined if the store does not answer. */
  async #look(store: GateStore, edge: string): Promise<View | undefined> {
    const { key, log } = this.#options;
    const blob = await this.#unlessUnavailable(store, () => store.blobs.get(gateBlobName(edge)));
    if (blob === 'unavailable') {
      return undefined;
    }
    if (blob === undefined) {
      return { store };
    }
    const document = await readGates(Buffer.from(blob.bytes).toString('latin1'), edge, key);
    if (document === undefined) {
      log.warn('a gate document is not ours and will be replaced', { store: store.name, edge });
      return { store, blob };
    }
    return { store, blob, document };
  }

  /** Copies the newest document, signature and all. That the store is written by somebody else meanwhile does no harm. */
  async #bringUpToDate({ store, blob, document }: View, newest: Found): Promise<void> {
    if (document === undefined || outranks(newest.document, document)) {
      await this.#put(store, newest.document.edge, { bytes: newest.blob.bytes, over: blob });
    }
  }

  async #writeTo(
    store: GateStore,
    { document, bytes, condition }: { document: GateDocument; bytes: Uint8Array; condition: 'new' | { etag: string } },
  ): Promise<Written> {
    const view = await this.#look(store, document.edge);
    if (view === undefined) {
      return 'unavailable';
    }
    if (view.document !== undefined && etagOf(view.document) === etagOf(document)) {
      return 'written';
    }
    return isOvertaken(view.document, condition)
      ? 'conflict'
      : await this.#put(store, document.edge, { bytes, over: view.blob });
  }

  async #put(
    store: GateStore,
    edge: string,
    { bytes, over }: { readonly bytes: Uint8Array; readonly over: Blob | undefined },
  ): Promise<Written> {
    const condition: BlobCondition = over === undefined ? 'new' : { etag: over.etag };
    return await this.#unlessUnavailable(store, async () => {
      try {
        await store.blobs.put(gateBlobName(edge), bytes, condition);
        return 'written';
      } catch (error) {
        if (error instanceof BlobConflictError) {
          return 'conflict';
        }
        throw error;
      }
    });
  }

  async #unlessUnavailable<T>(store: GateStore, call: () => Promise<T>): Promise<T | 'unavailable'> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof StorageUnavailableError) {
        this.#options.log.warn('a gate store does not answer and may stay behind', { store: store.name });
        return 'unavailable';
      }
      throw error;
    }
  }
}

type Found = View & { readonly blob: Blob; readonly document: GateDocument };

/** Digests tell two documents of one sequence apart; a signature would not do, because ES256 never signs alike twice. */
function etagOf(document: GateDocument): string {
  return `${document.sequence}-${digestOf({ ...document })}`;
}

function sequenceIn(condition: 'new' | { readonly etag: string }): number {
  return condition === 'new' ? 0 : Number.parseInt(condition.etag, 10);
}

/** A store that has an older document than the one read has missed some, and nobody has overtaken us there. */
function isOvertaken(found: GateDocument | undefined, condition: 'new' | { readonly etag: string }): boolean {
  if (found === undefined || condition === 'new') {
    return found !== undefined;
  }
  return found.sequence >= sequenceIn(condition) && etagOf(found) !== condition.etag;
}
