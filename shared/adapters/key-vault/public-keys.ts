import { createPublicKey } from 'node:crypto';

import type { TokenCredential } from '@azure/identity';
import { KeyClient, parseKeyVaultKeyIdentifier, type JsonWebKey, type KeyClientOptions } from '@azure/keyvault-keys';

import type { TrustedKey } from '../../domain/trust/gates.ts';
import { NotFoundError, UpstreamError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { TrustedKeys } from '../../ports/trust-sources.ts';

export interface KeyVaultKeysOptions {
  readonly credential: TokenCredential;
  readonly clock: Clock;
  readonly client?: KeyClientOptions;
}

/** A rotated key without a version is seen within that time. */
const FRESH_MS = 10 * 60_000;

/** TrustedKeys: PEM as it is, Key Vault keys by their public part (`Microsoft.KeyVault/vaults/keys/read`, nothing more). */
export class KeyVaultPublicKeys implements TrustedKeys {
  readonly #options: KeyVaultKeysOptions;
  readonly #known = new Map<string, { readonly pem: string; readonly at: number }>();

  constructor(options: KeyVaultKeysOptions) {
    this.#options = options;
  }

  async pem(key: TrustedKey): Promise<string> {
    if (key.kind === 'pem') {
      return key.pem;
    }
    const now = this.#options.clock.now().getTime();
    const known = this.#known.get(key.id);
    if (known !== undefined && now - known.at < FRESH_MS) {
      return known.pem;
    }
    const pem = await this.#read(key.id);
    this.#known.set(key.id, { pem, at: now });
    return pem;
  }

  async #read(id: string): Promise<string> {
    const { credential, client } = this.#options;
    const { vaultUrl, name, version } = parseKeyVaultKeyIdentifier(id);
    try {
      const keys = new KeyClient(vaultUrl, credential, client);
      const { key } = await keys.getKey(name, version === undefined ? {} : { version });
      return key === undefined ? '' : toPem(key);
    } catch (error) {
      const { statusCode } = error as { readonly statusCode?: number };
      if (statusCode === 404) {
        throw new NotFoundError(`key ${id} does not exist`, { cause: error });
      }
      throw new UpstreamError('read a public key', statusCode ?? 0, { cause: error });
    }
  }
}

/** Key Vault's key types end with `-HSM` where the key lies in one; the public part is the same. */
function toPem({ kty = '', crv, n, e, x, y }: JsonWebKey): string {
  const text = (bytes: Uint8Array | undefined): string | undefined =>
    bytes === undefined ? undefined : Buffer.from(bytes).toString('base64url');
  const parts = { kty: kty.replace(/-HSM$/, ''), crv, n: text(n), e: text(e), x: text(x), y: text(y) };
  const jwk = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
}
