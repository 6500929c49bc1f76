import { TableClient, type TableServiceClientOptions } from '@azure/data-tables';
import type { TokenCredential } from '@azure/identity';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { type QueueClient, QueueServiceClient } from '@azure/storage-queue';

import { NO_SDK_RETRIES } from './attempts.ts';
import { conditionalDeletes } from './conditional-deletes.ts';

/** How to reach one storage account. Endpoints are `https://NAME.SERVICE.core.windows.net`, without a slash at the end. */
export type StorageAccount =
  | { readonly connectionString: string }
  | {
      readonly credential: TokenCredential;
      readonly tableEndpoint: string;
      readonly blobEndpoint: string;
      readonly queueEndpoint: string;
    };

/** Endpoints of an account in the public cloud. */
export function publicEndpoints(accountName: string): {
  readonly tableEndpoint: string;
  readonly blobEndpoint: string;
  readonly queueEndpoint: string;
} {
  return {
    tableEndpoint: `https://${accountName}.table.core.windows.net`,
    blobEndpoint: `https://${accountName}.blob.core.windows.net`,
    queueEndpoint: `https://${accountName}.queue.core.windows.net`,
  };
}

export function openTable(account: StorageAccount, table: string): TableClient {
  const options: TableServiceClientOptions = {
    retryOptions: { maxRetries: NO_SDK_RETRIES.maxRetries },
    additionalPolicies: [{ policy: conditionalDeletes, position: 'perCall' }],
  };
  return 'connectionString' in account
    ? TableClient.fromConnectionString(account.connectionString, table, {
        ...options,
        allowInsecureConnection: isInsecure(account.connectionString),
      })
    : new TableClient(account.tableEndpoint, table, account.credential, options);
}

export function openContainer(account: StorageAccount, container: string): ContainerClient {
  const retryOptions = { maxTries: NO_SDK_RETRIES.maxTries };
  const service =
    'connectionString' in account
      ? BlobServiceClient.fromConnectionString(account.connectionString, { retryOptions })
      : new BlobServiceClient(account.blobEndpoint, account.credential, { retryOptions });
  return service.getContainerClient(container);
}

export function openQueue(account: StorageAccount, queue: string): QueueClient {
  const retryOptions = { maxTries: NO_SDK_RETRIES.maxTries };
  const service =
    'connectionString' in account
      ? QueueServiceClient.fromConnectionString(account.connectionString, { retryOptions })
      : new QueueServiceClient(account.queueEndpoint, account.credential, { retryOptions });
  return service.getQueueClient(queue);
}

/** Only an emulator speaks http; Azure's own connection strings say https. */
function isInsecure(connectionString: string): boolean {
  return /(?:^|;)\s*DefaultEndpointsProtocol=http(?:;|$)|UseDevelopmentStorage=true/i.test(connectionString);
}
