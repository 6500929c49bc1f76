import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';

import { personRequest } from '../../shared/api/person-request.ts';
import { reflex } from '../../shared/composition.ts';

/** People's API: plans, commands, the kill switch. Who calls, and what they may do, is read from the bearer token. */
export async function api(request: HttpRequest): Promise<HttpResponseInit> {
  const { status, headers, body } = await reflex().answer(personRequest(request, request.params['path'] ?? ''));
  return { status, headers: { ...headers }, body };
}

app.http('api', {
  route: 'v1/{*path}',
  methods: ['GET', 'POST', 'PUT', 'DELETE'],
  authLevel: 'anonymous',
  handler: api,
});
