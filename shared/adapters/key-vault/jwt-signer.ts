import type { TokenCredential } from '@azure/identity';
import { CryptographyClient, type CryptographyClientOptions } from '@azure/keyvault-keys';

import { UpstreamError } from '../../errors.ts';
import type { JwtSigner } from '../../ports/jwt-signer.ts';

/**
 * JwtSigner on a Key Vault key. The identity needs `Microsoft.KeyVault/vaults/keys/sign/action` on this one key and
 * nothing else: the client first tries to read the key, is refused, and then lets the vault sign.
 */
export class KeyVaultJwtSigner implements JwtSigner {
  readonly #client: CryptographyClient;

  /** @param keyId - `https://VAULT.vault.azure.net/keys/NAME/VERSION` */
  constructor(keyId: string, credential: TokenCredential, options: CryptographyClientOptions = {}) {
    this.#client = new CryptographyClient(keyId, credential, options);
  }

  async sign(bytes: Uint8Array): Promise<Uint8Array> {
    try {
      return (await this.#client.signData('RS256', bytes)).result;
    } catch (error) {
      const { statusCode } = error as { statusCode?: unknown };
      throw new UpstreamError('sign with the app key', typeof statusCode === 'number' ? statusCode : 0, {
        cause: error,
      });
    }
  }
}
