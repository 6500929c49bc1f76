import { serve, type Served } from '../../../../local/http/serve.ts';

export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A service on loopback that keeps what it is sent and answers as it is told. */
export interface Receiver extends Served {
  readonly received: readonly Received[];
  /** Answers every request from now on. */
  answer(make: () => Response | Promise<Response>): void;
}

export async function receiver(): Promise<Receiver> {
  const received: Received[] = [];
  let make: () => Response | Promise<Response> = () => new Response(null, { status: 202 });
  const served = await serve(async (request) => {
    const { pathname, search } = new URL(request.url);
    const text = await request.text();
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    received.push({ method: request.method, target: pathname + search, headers: request.headers, body });
    return make();
  });
  return {
    ...served,
    received,
    answer: (next) => {
      make = next;
    },
  };
}
