import { createPrivateKey, createPublicKey, sign, type JsonWebKey, type KeyObject } from 'node:crypto';

import { InvalidSettingError } from '../../errors.ts';
import type { JwtSigner } from '../../ports/jwt-signer.ts';

/** RS256 by a private key in memory: a laptop's. In Azure the key stays in its vault. */
export class PemSigner implements JwtSigner {
  readonly #key: KeyObject;

  /** @throws InvalidSettingError naming `setting` unless `pem` holds an RSA private key. */
  constructor(pem: string, setting: string) {
    try {
      this.#key = createPrivateKey(pem);
    } catch (error) {
      throw new InvalidSettingError(setting, 'expected the PEM of a private key', { cause: error });
    }
    if (this.#key.asymmetricKeyType !== 'rsa') {
      throw new InvalidSettingError(setting, 'expected an RSA key');
    }
  }

  /** The public half, as a JSON Web Key. */
  publicKey(): JsonWebKey {
    return createPublicKey(this.#key).export({ format: 'jwk' });
  }

  sign(data: Uint8Array): Promise<Uint8Array> {
    return Promise.resolve(sign('sha256', data, this.#key));
  }
}
