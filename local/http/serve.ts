import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';

/** A double of somebody's service: called in process by tests, served over HTTP for people. */
export type Handler = (request: Request) => Promise<Response>;

/** A handler behind a socket on loopback. */
export interface Served {
  /** `http://127.0.0.1:PORT`, no trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Takes no new connections, ends idle ones, resolves when the running requests have been answered. */
  close(): Promise<void>;
}

/** Serves `handler` on 127.0.0.1; `port` 0 lets the system choose. */
export async function serve(handler: Handler, port = 0): Promise<Served> {
  const server = createServer((incoming, outgoing) => {
    void answer(handler, incoming, outgoing);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeIdleConnections();
      }),
  };
}

async function answer(handler: Handler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  try {
    const response = await handler(toRequest(incoming));
    outgoing.writeHead(response.status, response.statusText, [...response.headers].flat());
    if (response.body === null || incoming.method === 'HEAD') {
      outgoing.end();
      return;
    }
    for await (const chunk of response.body) {
      outgoing.write(chunk);
    }
    outgoing.end();
  } catch (error) {
    // A double that breaks must be loud: the caller sees 500 and the terminal sees why.
    console.error('local service failed', incoming.method, incoming.url?.replace(/\?.*/, ''), error);
    if (!outgoing.headersSent) {
      outgoing.writeHead(500);
    }
    outgoing.end();
  }
}

function toRequest(incoming: IncomingMessage): Request {
  const headers = new Headers();
  for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2) {
    headers.append(incoming.rawHeaders[index] ?? '', incoming.rawHeaders[index + 1] ?? '');
  }
  const method = incoming.method ?? 'GET';
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(`http://${incoming.headers.host ?? '127.0.0.1'}${incoming.url ?? '/'}`, {
    method,
    headers,
    ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream, duplex: 'half' } : {}),
  });
}
