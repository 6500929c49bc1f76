import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

import type { GateKey } from '../../../shared/adapters/gate-documents/signed-gates.ts';

/** A gate key whose private half lies in memory. */
export function newGateKey(algorithm: GateKey['algorithm']): GateKey & { readonly publicKey: KeyObject } {
  const { privateKey, publicKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    algorithm,
    keyId: `${algorithm}-1`,
    signer: {
      sign: (bytes) =>
        Promise.resolve(new Uint8Array(sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' }))),
    },
    publicKeys: [publicKey.export({ format: 'jwk' })],
    publicKey,
  };
}
