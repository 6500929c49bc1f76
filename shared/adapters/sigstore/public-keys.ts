import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';

/** A public key and the one way, or the few ways, in which it signs. */
export interface SigningKey {
  readonly key: KeyObject;
  /** Digest algorithms of its signatures; null where the key's own scheme has none to choose. */
  readonly digests: readonly (string | null)[];
  /** `SHA256:` and the digest of its DER form, in hex: what a record names it by. */
  readonly name: string;
}

/** https://pages.nist.gov/800-57: 112 bits of strength at least; above, checking costs more than any key is worth. */
const [MIN_RSA_BITS, MAX_RSA_BITS] = [2048, 8192];
/** cosign signs with SHA-256 whatever the curve; signers of other makers use the curve's own. */
const CURVES: Readonly<Record<string, readonly string[]>> = {
  prime256v1: ['sha256'],
  secp384r1: ['sha384', 'sha256'],
  secp521r1: ['sha512', 'sha256'],
};

/**
 * Reads a public key. The key decides the algorithm, never what came with a signature.
 * @returns undefined if it is no key, or of a kind that is not taken: DSA, short RSA, curves beside NIST's and Ed25519.
 */
export function readPublicKey(pem: string): SigningKey | undefined {
  const key = parse(pem);
  const digests = key === undefined ? undefined : digestsOf(key);
  if (key === undefined || digests === undefined) {
    return undefined;
  }
  const der = key.export({ format: 'der', type: 'spki' });
  return { key, digests, name: `SHA256:${createHash('sha256').update(der).digest('hex')}` };
}

/** True if the key has signed these bytes. RSA is PKCS #1 v1.5, ECDSA signatures are DER. */
export function hasSigned({ key, digests }: SigningKey, bytes: Uint8Array, signature: Uint8Array): boolean {
  return digests.some((digest) => {
    try {
      return verify(digest, bytes, key, signature);
    } catch {
      return false;
    }
  });
}

function parse(pem: string): KeyObject | undefined {
  try {
    // A private key would be read too, and its public part taken.
    return pem.includes('PRIVATE KEY') ? undefined : createPublicKey(pem);
  } catch {
    return undefined;
  }
}

function digestsOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): SigningKey['digests'] | undefined {
  switch (asymmetricKeyType) {
    case 'rsa': {
      const bits = asymmetricKeyDetails?.modulusLength ?? 0;
      return bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS ? ['sha256'] : undefined;
    }
    case 'ec':
      return CURVES[asymmetricKeyDetails?.namedCurve ?? ''];
    case 'ed25519':
      return [null];
    default:
      return undefined;
  }
}
