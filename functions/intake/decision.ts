import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';

import { personRequest } from '../../shared/api/person-request.ts';
import { reflex } from '../../shared/composition.ts';

/** One decision by an address that outlives the API's versions, so that records may be linked to. */
export async function decision(request: HttpRequest): Promise<HttpResponseInit> {
  const call = personRequest(request, `decisions/${request.params['id'] ?? ''}`);
  const { status, headers, body } = await reflex().answer(call);
  return { status, headers: { ...headers }, body };
}

app.http('decision', { route: 'decisions/{id}', methods: ['GET'], authLevel: 'anonymous', handler: decision });
