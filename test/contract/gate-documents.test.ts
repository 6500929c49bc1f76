import { BlobGateDocuments } from '../../shared/adapters/gate-documents/blob-gate-documents.ts';
import { InMemoryBlobStore } from '../../shared/adapters/in-memory/blob-store.ts';
import { InMemoryGateDocuments } from '../../shared/adapters/in-memory/gate-documents.ts';
import { newGateKey } from '../unit/adapters/gate-key.ts';
import { describeGateDocuments } from './gate-documents.ts';

const key = newGateKey('ES256');
const ignore = (): void => undefined;
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

describeGateDocuments('in memory', () => new InMemoryGateDocuments());
describeGateDocuments('in the blobs of two regions', () => {
  const stores = ['west', 'north'].map((name) => ({ name, blobs: new InMemoryBlobStore() }));
  return new BlobGateDocuments({ stores, key, log });
});
