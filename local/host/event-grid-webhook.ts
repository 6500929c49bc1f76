import type { Worker } from './worker.ts';

const ORIGINS = [
  'eventgrid.azure.net',
  'eventgrid.azure.us',
  'eventgrid.azure.cn',
  'eventgrid.azure.eaglex.ic.gov',
  'eventgrid.azure.microsoft.scloud',
];

/**
 * `/runtime/webhooks/eventgrid` with the order of checks of the real extension: function, handshake, event type,
 * one invocation for each event; any failure fails the whole delivery.
 * Source: azure-sdk-for-net, EventGridExtensionConfigProvider.cs and HttpRequestProcessor.cs.
 */
export async function answerEventGrid(
  request: Request,
  worker: Worker,
  { keys, isDisabled }: { readonly keys: readonly string[]; readonly isDisabled: (name: string) => boolean },
): Promise<Response> {
  const url = new URL(request.url);
  const key = request.headers.get('x-functions-key') ?? url.searchParams.get('code') ?? '';
  if (!keys.includes(key)) {
    return new Response(null, { status: 401 });
  }
  const name = url.searchParams.get('functionName') ?? '';
  const found = worker.functions().find((one) => one.name === name && one.trigger.type === 'eventGridTrigger');
  if (found === undefined || isDisabled(name)) {
    return new Response(`cannot find function: '${name}'`, { status: 404 });
  }
  if (request.method === 'OPTIONS') {
    const origin = request.headers.get('webhook-request-origin') ?? '';
    return new Response(null, {
      status: 200,
      headers: { 'Webhook-Allowed-Origin': ORIGINS.includes(origin) ? origin : 'eventgrid.azure.net' },
    });
  }
  switch ((request.headers.get('aeg-event-type') ?? '').toLowerCase()) {
    case 'subscriptionvalidation':
      return validate(await request.text());
    case 'notification':
      return await notify(worker, name, await request.text());
    case 'unsubscribe':
      return new Response(null, { status: 202 });
    default:
      return new Response(null, { status: 400 });
  }
}

function validate(body: string): Response {
  const parsed = parse(body);
  const first: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  let data: unknown = typeof first === 'object' && first !== null && 'data' in first ? first.data : undefined;
  data = typeof data === 'string' ? parse(data) : data;
  const code = typeof data === 'object' && data !== null && 'validationCode' in data ? data.validationCode : undefined;
  return typeof code === 'string' ? Response.json({ validationResponse: code }) : new Response(null, { status: 400 });
}

async function notify(worker: Worker, name: string, body: string): Promise<Response> {
  const parsed = parse(body);
  if (parsed === undefined) {
    return new Response('the body is not JSON', { status: 400 });
  }
  const texts = Array.isArray(parsed) ? parsed.map(write) : [body];
  const results = await Promise.all(texts.map((text) => invoke(worker, name, text)));
  const failed = results.find((result) => !result.ok);
  return failed === undefined
    ? new Response(null, { status: 202 })
    : new Response('message' in failed ? failed.message : '', { status: 500 });
}

async function invoke(worker: Worker, name: string, text: string): ReturnType<Worker['invoke']> {
  const event = parse(text);
  const data: unknown = typeof event === 'object' && event !== null && 'data' in event ? event.data : null;
  return await worker.invoke(name, { data: { json: text }, metadata: { data: { json: write(data ?? null) } } });
}

/** JSON text; what nests too deeply for the stack is handed on as null, where .NET would have its own limit. */
function write(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return 'null';
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
