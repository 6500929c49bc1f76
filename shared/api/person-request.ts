import type { ApiRequest } from '../reflex.ts';

/** An HTTP request as Azure Functions hands it over. */
export interface Incoming {
  readonly method: string;
  readonly query: Iterable<readonly [string, string]>;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/** A call of people's API. @param path - what follows `v1/`, escapes resolved. */
export function personRequest(incoming: Incoming, path: string): ApiRequest {
  const { method, query, headers } = incoming;
  return {
    method: method.toUpperCase(),
    path,
    query: Object.fromEntries(query),
    authorization: headers.get('authorization') ?? undefined,
    idempotencyKey: headers.get('idempotency-key') ?? undefined,
    contentLength: headers.get('content-length') ?? undefined,
    text: async () => await incoming.text(),
  };
}
