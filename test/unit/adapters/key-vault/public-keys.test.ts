import { createPublicKey } from 'node:crypto';

import type { KeyClientOptions } from '@azure/keyvault-keys';
import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { KeyVaultPublicKeys } from '../../../../shared/adapters/key-vault/public-keys.ts';
import { newKey } from '../sigstore/keys.ts';

type HttpClient = NonNullable<KeyClientOptions['httpClient']>;

const ID = 'https://contoso.vault.azure.net/keys/cosign';
const CHALLENGE = 'Bearer authorization="https://login.microsoftonline.com/t", resource="https://vault.azure.net"';
const { pem } = newKey();

function vault(status: number): { keys: KeyVaultPublicKeys; seen: string[]; clock: VirtualClock } {
  const seen: string[] = [];
  const clock = new VirtualClock();
  const httpClient: HttpClient = {
    sendRequest: (request) => {
      const { headers } = request;
      if (headers.get('authorization') === undefined) {
        headers.set('www-authenticate', CHALLENGE);
        return Promise.resolve({ request, headers, status: 401 });
      }
      seen.push(`${request.method} ${new URL(request.url).pathname}`);
      const jwk = createPublicKey(pem).export({ format: 'jwk' });
      const key = { ...jwk, kid: `${ID}/${'1'.repeat(32)}`, kty: 'EC-HSM', key_ops: ['verify'] };
      const body = status === 200 ? { key, attributes: { enabled: true } } : { error: { code: 'Refused' } };
      return Promise.resolve({ request, headers, status, bodyAsText: JSON.stringify(body) });
    },
  };
  const credential = { getToken: () => Promise.resolve({ token: 'local', expiresOnTimestamp: 4e12 }) };
  const keys = new KeyVaultPublicKeys({ credential, clock, client: { httpClient, retryOptions: { maxRetries: 0 } } });
  return { keys, seen, clock };
}

describe('a trusted key', () => {
  it('that is written down is taken as it is', async () => {
    expect(await vault(500).keys.pem({ kind: 'pem', pem })).toBe(pem);
  });

  it('in a vault is read by its public part, and read again when it may have been rotated', async () => {
    const { keys, seen, clock } = vault(200);
    expect(await keys.pem({ kind: 'key-vault', id: ID })).toBe(pem);
    await keys.pem({ kind: 'key-vault', id: ID });
    expect(seen).toEqual(['GET /keys/cosign/']);
    await clock.advance(10 * 60_000);
    await keys.pem({ kind: 'key-vault', id: ID });
    expect(seen).toHaveLength(2);
  });

  it.each([
    [404, 'REFLEX_NOT_FOUND'],
    [403, 'REFLEX_UPSTREAM'],
    [503, 'REFLEX_UPSTREAM'],
  ])('in a vault that answers %i is not there: %s', async (status, code) => {
    await expect(vault(status).keys.pem({ kind: 'key-vault', id: ID })).rejects.toMatchObject({ code });
  });
});
