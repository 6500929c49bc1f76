import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';

import { personRequest } from '../../shared/api/person-request.ts';
import { reflex } from '../../shared/composition.ts';

/** The description of people's API where whoever knows no version looks for it. Needs no token. */
export async function openapi(request: HttpRequest): Promise<HttpResponseInit> {
  const { status, headers, body } = await reflex().answer(personRequest(request, 'openapi.json'));
  return { status, headers: { ...headers }, body };
}

app.http('openapi', { route: 'openapi.json', methods: ['GET'], authLevel: 'anonymous', handler: openapi });
