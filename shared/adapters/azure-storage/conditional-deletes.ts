import { AsyncLocalStorage } from 'node:async_hooks';

import type { TableServiceClientOptions } from '@azure/data-tables';

type Policy = NonNullable<TableServiceClientOptions['additionalPolicies']>[number]['policy'];

/** The condition of each DELETE in a batch body. Values are JSON on one line, so no value can look like one. */
const DELETE_CONDITION = /(\r\nDELETE [^\r\n]+\r\n(?:[^\r\n]+\r\n)*?if-match: )\*(?=\r\n)/gi;

const current = new AsyncLocalStorage<readonly string[]>();

/**
 * Gives the deletes of a transaction their ETags: `TableClient.submitTransaction` of @azure/data-tables 13.3.2 sends
 * `If-Match: *` for every delete, whatever the action says, and so would delete a row that somebody has changed.
 */
export const conditionalDeletes: Policy = {
  name: 'conditionalDeletes',
  sendRequest: (request, next) => {
    const etags = current.getStore();
    if (etags !== undefined && typeof request.body === 'string' && request.url.includes('$batch')) {
      request.body = withConditions(request.body, etags);
    }
    return next(request);
  },
};

/** Runs `submit`; the deletes of its transaction are sent with `etags`, in their order. */
export async function withDeleteEtags<T>(etags: readonly string[], submit: () => Promise<T>): Promise<T> {
  return await current.run(etags, submit);
}

function withConditions(body: string, etags: readonly string[]): string {
  let deletes = 0;
  const conditional = body.replace(DELETE_CONDITION, (_, before: string) => {
    deletes += 1;
    return `${before}${etags[deletes - 1] ?? '*'}`;
  });
  if (deletes !== etags.length) {
    throw new RangeError(`the batch holds ${deletes} deletes without a condition, not ${etags.length}`);
  }
  return conditional;
}
