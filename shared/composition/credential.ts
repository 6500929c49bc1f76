import { DefaultAzureCredential, type TokenCredential } from '@azure/identity';

import { isPlainLoopback } from '../adapters/arm-access.ts';
import { UpstreamError } from '../errors.ts';

let credential: TokenCredential | undefined;

/** A laptop's services take any token: nobody's identity is asked for there. */
const LOCAL = { getToken: () => Promise.resolve({ token: 'local', expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) };

/** The app's own identity: managed in Azure, the developer's on a laptop. Kept, because it caches tokens. */
export function entraCredential(): TokenCredential {
  credential ??= new DefaultAzureCredential();
  return credential;
}

/** The identity for a service: our own, or any for one on this machine. */
export function credentialFor(url: string): TokenCredential {
  return isPlainLoopback(url) ? LOCAL : entraCredential();
}

/**
 * Reads tokens for a service whose audience is its address.
 * @throws UpstreamError (401) from what it returns, if there is no token.
 */
export function tokenReader(url: string): () => Promise<string> {
  return async () => {
    const token = await credentialFor(url).getToken(`${url}/.default`);
    if (token === null) {
      throw new UpstreamError(`get a token for ${url}`, 401);
    }
    return token.token;
  };
}
