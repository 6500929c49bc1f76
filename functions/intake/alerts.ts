import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';

import { reflex } from '../../shared/composition.ts';

/** Secure webhook of Azure Monitor's action groups: the token says who sends, the body is stored as it came. */
export async function alerts(request: HttpRequest): Promise<HttpResponseInit> {
  const { status, headers, body } = await reflex().receiveAlert({
    authorization: request.headers.get('authorization') ?? undefined,
    contentLength: request.headers.get('content-length') ?? undefined,
    text: async () => await request.text(),
  });
  return { status, headers: { ...headers }, body };
}

app.http('alerts', { route: 'alerts', methods: ['POST'], authLevel: 'anonymous', handler: alerts });
