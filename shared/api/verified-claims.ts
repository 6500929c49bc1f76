import { compactVerify, decodeProtectedHeader, errors, importJWK, type JWK } from 'jose';

import type { TokenKeys } from '../ports/token-keys.ts';

/** Why a bearer token proves nothing. */
export type TokenFlaw = 'no-token' | 'malformed' | 'wrong-algorithm' | 'unknown-key' | 'bad-signature';

/** A token's claims, proved to come from the holder of one of the keys; what they say is judged elsewhere. */
export type Verified =
  { readonly verified: true; readonly claims: unknown } | { readonly verified: false; readonly flaw: TokenFlaw };

/** Entra's tokens are 2 to 4 kB; a header line of Azure's front ends is 32 kB at most. */
const MAX_TOKEN_CHARS = 16_384;

/**
 * Proves a bearer token by the issuer's published keys: RS256 and nothing else, the key by its id, never one that the
 * token brings along.
 *
 * @param authorization - the header's value.
 * @throws UpstreamError while no keys can be had: nobody is let in, and the sender tries again.
 */
export async function verifyBearer(authorization: string | undefined, keys: TokenKeys): Promise<Verified> {
  const [, token = ''] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (token === '') {
    return { verified: false, flaw: 'no-token' };
  }
  const head = token.length > MAX_TOKEN_CHARS ? undefined : headOf(token);
  if (head === undefined) {
    return { verified: false, flaw: 'malformed' };
  }
  if (head.alg !== 'RS256') {
    return { verified: false, flaw: 'wrong-algorithm' };
  }
  const key = (await keys.keys(head.kid)).find(({ kid, kty }) => kid === head.kid && kty === 'RSA');
  return key === undefined ? { verified: false, flaw: 'unknown-key' } : await verify(token, key);
}

function headOf(token: string): { readonly alg: unknown; readonly kid: string } | undefined {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    return typeof kid === 'string' && kid !== '' ? { alg, kid } : undefined;
  } catch {
    return undefined;
  }
}

async function verify(token: string, key: JWK): Promise<Verified> {
  try {
    const { payload } = await compactVerify(token, await importJWK(key, 'RS256'), { algorithms: ['RS256'] });
    return { verified: true, claims: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)) as unknown };
  } catch (error) {
    return {
      verified: false,
      flaw: error instanceof errors.JWSSignatureVerificationFailed ? 'bad-signature' : 'malformed',
    };
  }
}
