import { publicEndpoints, type StorageAccount } from '../adapters/azure-storage/account.ts';
import { ContainerBlobStore } from '../adapters/azure-storage/blob-store.ts';
import { BlobGateDocuments } from '../adapters/gate-documents/blob-gate-documents.ts';
import type { GateKey } from '../adapters/gate-documents/signed-gates.ts';
import { KeyVaultJwtSigner } from '../adapters/key-vault/jwt-signer.ts';
import { PemSigner } from '../adapters/node/pem-signer.ts';
import { InvalidSettingError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { GateDocuments } from '../ports/gate-documents.ts';
import type { Log } from '../ports/log.ts';
import type { Random } from '../ports/random.ts';
import type { Settings } from '../settings.ts';
import { entraCredential } from './credential.ts';

/** Blob container that the gates read from; examples/gate names it. */
export const GATE_CONTAINER = 'reflex-gate';

/**
 * Scopes of the roles that let documents be written: ARM ids of the containers, names of the stores whose id the settings
 * do not say. Whoever has a connection string needs no role.
 */
export function gateScopes({ gates: { stores, accountIds } }: Settings): readonly string[] {
  const byRole = Object.entries(stores).filter(([, where]) => !where.includes('='));
  return byRole.map(([name]) => {
    const account = accountIds[name];
    return account === undefined ? name : `${account}/blobServices/default/containers/${GATE_CONTAINER}`;
  });
}

interface Tools {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Opens the gate documents; undefined where the settings name no store. @throws InvalidSettingError */
export function gateOpener({ gates }: Settings, { clock, random, log }: Tools): GateDocuments | undefined {
  const stores = Object.entries(gates.stores).map(([name, where]) => ({
    name,
    blobs: new ContainerBlobStore({ account: accountOf(where), container: GATE_CONTAINER, clock, random }),
  }));
  return stores.length === 0 ? undefined : new BlobGateDocuments({ stores, key: keyOf(gates), log });
}

function accountOf(where: string): StorageAccount {
  return where.includes('=')
    ? { connectionString: where }
    : { credential: entraCredential(), ...publicEndpoints(where) };
}

function keyOf({ key, publicKeys }: Settings['gates']): GateKey {
  if (key === '') {
    throw new InvalidSettingError('REFLEX_GATE_KEY', 'expected a Key Vault key id or a PEM, because stores are named');
  }
  if (key.startsWith('https://')) {
    const signer = new KeyVaultJwtSigner(key, entraCredential());
    return { algorithm: 'RS256', keyId: key, signer, publicKeys: publicKeys };
  }
  const signer = new PemSigner(key, 'REFLEX_GATE_KEY');
  return { algorithm: 'RS256', keyId: 'local', signer, publicKeys: [signer.publicKey()] };
}
