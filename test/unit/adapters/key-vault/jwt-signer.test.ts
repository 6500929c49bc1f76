import { createVerify, generateKeyPairSync, constants, privateEncrypt } from 'node:crypto';

import type { CryptographyClientOptions } from '@azure/keyvault-keys';
import { describe, expect, it } from 'vitest';

import { KeyVaultJwtSigner } from '../../../../shared/adapters/key-vault/jwt-signer.ts';

type HttpClient = NonNullable<CryptographyClientOptions['httpClient']>;

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const KEY = 'https://contoso.vault.azure.net/keys/app/1';
const credential = { getToken: () => Promise.resolve({ token: 'local-token', expiresOnTimestamp: 4e12 }) };
/** A vault asks each new caller for a token of its own tenant. */
const CHALLENGE = 'Bearer authorization="https://login.microsoftonline.com/t", resource="https://vault.azure.net"';
/** DER prefix of a SHA-256 DigestInfo; RFC 8017 section 9.2. */
const DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

function vault(signStatus: number): { httpClient: HttpClient; seen: string[] } {
  const seen: string[] = [];
  const httpClient: HttpClient = {
    sendRequest: (request) => {
      const { pathname } = new URL(request.url);
      // The SDK's own headers class is not exported here; the request's serve for the answer too.
      const { headers } = request;
      if (headers.get('authorization') === undefined) {
        headers.set('www-authenticate', CHALLENGE);
        return Promise.resolve({ request, headers, status: 401 });
      }
      seen.push(`${request.method} ${pathname}`);
      const isSign = pathname.endsWith('/sign');
      const refused = { error: { code: 'Forbidden' } };
      const body = isSign && signStatus === 200 ? sign(request.body as string) : refused;
      return Promise.resolve({ request, headers, status: isSign ? signStatus : 403, bodyAsText: JSON.stringify(body) });
    },
  };
  return { httpClient, seen };
}

function sign(body: string): object {
  const { alg, value } = JSON.parse(body) as { alg: string; value: string };
  expect(alg).toBe('RS256');
  const padded = { key: privateKey, padding: constants.RSA_PKCS1_PADDING };
  const signature = privateEncrypt(padded, Buffer.concat([DIGEST_INFO, Buffer.from(value, 'base64url')]));
  return { kid: KEY, value: signature.toString('base64url') };
}

describe('KeyVaultJwtSigner', () => {
  it('lets the vault sign, though it may not read the key', async () => {
    const { httpClient, seen } = vault(200);
    const signer = new KeyVaultJwtSigner(KEY, credential, { httpClient });
    const bytes = Buffer.from('header.payload');
    const signature = await signer.sign(bytes);
    expect(createVerify('sha256').update(bytes).verify(publicKey, signature)).toBe(true);
    expect(seen).toEqual(['GET /keys/app/1', 'POST /keys/app/1/sign']);
  });

  it('says with which status the vault refused', async () => {
    const { httpClient } = vault(403);
    const signer = new KeyVaultJwtSigner(KEY, credential, { httpClient, retryOptions: { maxRetries: 0 } });
    await expect(signer.sign(Buffer.from('x'))).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM', status: 403 });
  });
});
