import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ContainerBlobStore } from '../../shared/adapters/azure-storage/blob-store.ts';
import { GATE_CONTAINER } from '../../shared/composition/gate-opener.ts';
import type { BlobStore } from '../../shared/ports/blob-store.ts';
import type { Site } from './site.ts';

/** Where gate documents lie and who signs them. */
export interface GateSetup {
  /** Connection strings by the name of the store. */
  readonly stores: Readonly<Record<string, string>>;
  /** PEM; of this data directory. */
  readonly key: string;
  readonly publicKey: string;
  readonly open: () => readonly BlobStore[];
}

/** The signing key of a data directory, made at the first start: what an earlier run has signed stays valid. */
export async function setUpGates(
  { data, clock, random }: Site,
  stores: Readonly<Record<string, string>>,
): Promise<GateSetup> {
  const key = await keyIn(join(data, 'gate-key.pem'));
  return {
    stores,
    key,
    publicKey: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
    open: () =>
      Object.values(stores).map(
        (connectionString) =>
          new ContainerBlobStore({ account: { connectionString }, container: GATE_CONTAINER, clock, random }),
      ),
  };
}

async function keyIn(file: string): Promise<string> {
  const found = await readFile(file, 'utf8').catch(() => undefined);
  if (found !== undefined) {
    return found;
  }
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  await writeFile(file, pem, { mode: 0o600 });
  return pem;
}
