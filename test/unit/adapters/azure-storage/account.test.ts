import { describe, expect, it } from 'vitest';

import {
  openContainer,
  openQueue,
  openTable,
  publicEndpoints,
} from '../../../../shared/adapters/azure-storage/account.ts';

const credential = { getToken: () => Promise.resolve({ token: 'local-token', expiresOnTimestamp: 4e12 }) };

describe('a storage account reached by identity', () => {
  it('has its services at the public addresses', () => {
    const account = { credential, ...publicEndpoints('contoso') };
    expect(openTable(account, 't').url).toBe('https://contoso.table.core.windows.net');
    expect(openContainer(account, 'c').url).toBe('https://contoso.blob.core.windows.net/c');
    expect(openQueue(account, 'q').url).toBe('https://contoso.queue.core.windows.net/q');
  });
});

describe('a storage account reached by connection string', () => {
  it('is never spoken to without TLS unless the string says so', async () => {
    const secure = 'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=a2V5;TableEndpoint=http://127.0.0.1:1/a';
    await expect(openTable({ connectionString: secure }, 't').getEntity('p', 'r')).rejects.toThrow(
      /allowInsecureConnection/,
    );
  });
});
