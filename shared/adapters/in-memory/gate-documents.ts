import { gateDocumentOf, outranks, type GateDocument } from '../../domain/traffic/gate.ts';
import { BlobConflictError } from '../../errors.ts';
import type { GateDocuments, GateReading } from '../../ports/gate-documents.ts';

/** Gate documents in memory, unsigned. */
export class InMemoryGateDocuments implements GateDocuments {
  readonly #documents = new Map<string, GateDocument>();

  read(edge: string): Promise<GateReading | undefined> {
    const document = this.#documents.get(edge);
    return Promise.resolve(document && { document, etag: etagOf(document), isComplete: true });
  }

  write(document: GateDocument, condition: 'new' | { readonly etag: string }): Promise<string> {
    if (gateDocumentOf(document) === undefined) {
      return Promise.reject(new RangeError('the document is not valid'));
    }
    const stored = this.#documents.get(document.edge);
    const expected = condition === 'new' ? undefined : condition.etag;
    if ((stored === undefined ? undefined : etagOf(stored)) !== expected) {
      return Promise.reject(new BlobConflictError(`the gates of ${document.edge} have another document`));
    }
    if (stored !== undefined && !outranks(document, stored)) {
      return Promise.reject(new RangeError('the document does not outrank the one in force'));
    }
    this.#documents.set(document.edge, document);
    return Promise.resolve(etagOf(document));
  }
}

function etagOf({ sequence }: GateDocument): string {
  return String(sequence);
}
