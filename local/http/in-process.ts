import type { Handler } from './serve.ts';

/** As much of an Azure SDK's request and headers as a handler needs; structurally that of `@azure/core-rest-pipeline`. */
interface SdkHeaders extends Iterable<[name: string, value: string]> {
  set(name: string, value: string): void;
  delete(name: string): void;
}

interface SdkRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: SdkHeaders;
  readonly body?: unknown;
}

interface SdkResponse<Sent extends SdkRequest> {
  readonly request: Sent;
  readonly status: number;
  readonly headers: Sent['headers'];
  readonly bodyAsText: string;
}

/** An Azure SDK's `httpClient` that calls a handler in process: real adapters in virtual time, without a socket. */
export function inProcess(handler: Handler): {
  sendRequest<Sent extends SdkRequest>(request: Sent): Promise<SdkResponse<Sent>>;
} {
  return {
    async sendRequest(request) {
      const { method, url, headers, body } = request;
      const sent = new Request(url, {
        method,
        headers: [...headers].map(([name, value]): [string, string] => [name, value]),
        ...(typeof body === 'string' ? { body } : {}),
      });
      const { status, headers: answered, text } = await read(await handler(sent));
      // The SDK's header class is not exported by every package: the request's own is emptied and used again.
      for (const [name] of [...headers]) {
        headers.delete(name);
      }
      answered.forEach((value, name) => headers.set(name, value));
      return { request, status, headers, bodyAsText: text };
    },
  };
}

async function read(response: Response): Promise<{ status: number; headers: Headers; text: string }> {
  return { status: response.status, headers: response.headers, text: await response.text() };
}
