import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';

import { reflex } from '../../shared/composition.ts';

/** The decision record of a plan or a signal: what the links in commit messages lead to. */
export async function record(request: HttpRequest): Promise<HttpResponseInit> {
  const { status, headers, body } = await reflex().record(request.params['id'] ?? '');
  return { status, headers: { ...headers }, body };
}

app.http('record', { route: 'records/{id}', methods: ['GET'], authLevel: 'function', handler: record });
