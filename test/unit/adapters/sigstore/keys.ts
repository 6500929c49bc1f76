import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

import type { FoundSignature } from '../../../../shared/ports/signature-verifier.ts';

type SimpleSigning = Extract<FoundSignature, { readonly kind: 'simple-signing' }>;

/** A key pair of cosign's own default kind. */
export function newKey(namedCurve = 'prime256v1'): { readonly pem: string; readonly key: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  return { pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(), key: privateKey };
}

/** A payload that is signed by whatever key and digest one likes. */
export function signedBy(payload: Buffer, key: KeyObject, digest: string | null): SimpleSigning {
  return { kind: 'simple-signing', payload, signature: sign(digest, payload, key).toString('base64') };
}
