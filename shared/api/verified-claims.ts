import { compactVerify, decodeJwt, decodeProtectedHeader, errors, importJWK, type JWK } from 'jose';

import { RateLimitedError } from '../errors.ts';
import type { TokenKey, TokenKeys } from '../ports/token-keys.ts';

/** Why a bearer token proves nothing. `unread-key`: nothing yet, because its key may be newer than those that we hold. */
export type TokenFlaw = 'no-token' | 'malformed' | 'wrong-algorithm' | 'unknown-key' | 'unread-key' | 'bad-signature';

/** A token's claims, proved to come from the holder of one of the keys; what they say is judged elsewhere. */
export type Verified =
  | { readonly verified: true; readonly claims: unknown }
  | { readonly verified: false; readonly flaw: Exclude<TokenFlaw, 'unread-key'> }
  | { readonly verified: false; readonly flaw: 'unread-key'; readonly retryAfterMs: number };

/** Entra's tokens are 2 to 4 kB; a header line of Azure's front ends is 32 kB at most. */
const MAX_TOKEN_CHARS = 16_384;

/**
 * Proves a bearer token by the issuer's published keys: RS256 and nothing else, the key by its id, never one that the
 * token brings along.
 *
 * A key that we do not know may have been published since we read them. A token that names one is `unread-key` until
 * the issuer may be asked again, but only if its claims would count: the others are refused whoever has signed them, and
 * an action group of somebody else, told to try again, would in the end call nobody here for 15 minutes.
 *
 * @param authorization - the header's value.
 * @param wouldCount - whether these claims would be let in if they were proved; asked of claims that are not.
 * @throws UpstreamError while the key cannot be had: nobody is let in, and the sender tries again.
 */
export async function verifyBearer(
  authorization: string | undefined,
  keys: TokenKeys,
  wouldCount: (claims: unknown) => boolean,
): Promise<Verified> {
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
  let key: TokenKey | undefined;
  try {
    key = await keys.key(head.kid);
  } catch (error) {
    if (!(error instanceof RateLimitedError)) {
      throw error;
    }
    return wouldCount(unprovedClaims(token))
      ? { verified: false, flaw: 'unread-key', retryAfterMs: error.retryAfterMs }
      : { verified: false, flaw: 'unknown-key' };
  }
  return key?.kty === 'RSA' ? await verify(token, key) : { verified: false, flaw: 'unknown-key' };
}

function unprovedClaims(token: string): unknown {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
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
