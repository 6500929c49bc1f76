import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';

import { reflex } from '../../shared/composition.ts';

/** People's API: plans, commands, the kill switch. Who calls, and what they may do, is read from the bearer token. */
export async function api(request: HttpRequest): Promise<HttpResponseInit> {
  const { status, headers, body } = await reflex().answer({
    method: request.method.toUpperCase(),
    path: request.params['path'] ?? '',
    query: Object.fromEntries(request.query),
    authorization: request.headers.get('authorization') ?? undefined,
    idempotencyKey: request.headers.get('idempotency-key') ?? undefined,
    body: await request.text(),
  });
  return { status, headers: { ...headers }, body };
}

app.http('api', {
  route: 'v1/{*path}',
  methods: ['GET', 'POST', 'PUT', 'DELETE'],
  authLevel: 'anonymous',
  handler: api,
});
