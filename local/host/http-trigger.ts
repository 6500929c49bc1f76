import type { RegisteredFunction, Worker } from './worker.ts';

export interface HttpKeys {
  readonly master: string;
  readonly functions: string;
}

export interface HttpRules {
  readonly keys: HttpKeys;
  readonly prefix: string;
  /** A disabled function is there for the master key alone. */
  readonly isDisabled: (name: string) => boolean;
}

/** Routes of the app's HTTP functions with the host's rules: templates, methods, keys, status codes. */
export async function answerHttp(
  request: Request,
  worker: Worker,
  { keys, prefix, isDisabled }: HttpRules,
): Promise<Response> {
  const url = new URL(request.url);
  const path = url.pathname.replace(/^\//, '').replace(/\/$/, '');
  for (const one of worker.functions()) {
    const { trigger } = one;
    if (trigger.type !== 'httpTrigger') {
      continue;
    }
    const route = typeof trigger['route'] === 'string' && trigger['route'] !== '' ? trigger['route'] : one.name;
    const params = matchRoute([prefix, route].filter((part) => part !== '').join('/'), path);
    const methods = (trigger['methods'] as readonly string[] | undefined) ?? ['GET', 'POST'];
    if (params === undefined || !methods.some((method) => method.toUpperCase() === request.method)) {
      continue;
    }
    if (isDisabled(one.name) && keyOf(request, url) !== keys.master) {
      return new Response(null, { status: 404 });
    }
    return isAllowed(request, url, {
      level: typeof trigger['authLevel'] === 'string' ? trigger['authLevel'] : 'anonymous',
      keys,
    })
      ? await run(worker, one, { request, url, params })
      : new Response(null, { status: 401 });
  }
  return new Response(null, { status: 404 });
}

/** ASP.NET route templates: `{x}`, `{x?}`, `{x:int}`, `{*rest}`; letter case does not count. */
function matchRoute(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const names: string[] = [];
  const pattern = template.split('/').map((segment) => {
    const [, star, name = '', constraint, optional] = /^\{(\*?)(\w+)(?::(\w+))?(\?)?\}$/.exec(segment) ?? [];
    if (name === '') {
      return `/${segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`;
    }
    names.push(name);
    const value = star === '*' ? '.*' : constraint === 'int' ? '-?\\d+' : '[^/]+';
    return optional === '?' || star === '*' ? `(?:/(${value}))?` : `/(${value})`;
  });
  const match = new RegExp(`^${pattern.join('')}$`, 'i').exec(`/${path}`);
  if (match === null) {
    return undefined;
  }
  try {
    return Object.fromEntries(
      names.flatMap((name, index) =>
        match[index + 1] === undefined ? [] : [[name, decodeURIComponent(match[index + 1] ?? '')]],
      ),
    );
  } catch {
    // An escape that is none names nothing.
    return undefined;
  }
}

function isAllowed(
  request: Request,
  url: URL,
  { level, keys }: { readonly level: string; readonly keys: HttpKeys },
): boolean {
  const key = keyOf(request, url);
  return level === 'anonymous' || key === keys.master || (level === 'function' && key === keys.functions);
}

function keyOf(request: Request, url: URL): string {
  return request.headers.get('x-functions-key') ?? url.searchParams.get('code') ?? '';
}

interface HttpCall {
  readonly request: Request;
  readonly url: URL;
  readonly params: Readonly<Record<string, string>>;
}

interface HttpReturn {
  readonly http?: {
    readonly statusCode?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: { readonly bytes?: Uint8Array; readonly string?: string };
  };
}

async function run(
  worker: Worker,
  { name }: RegisteredFunction,
  { request, url, params }: HttpCall,
): Promise<Response> {
  const bytes = Buffer.from(await request.arrayBuffer());
  const http = {
    method: request.method,
    url: url.href,
    headers: Object.fromEntries(request.headers),
    query: Object.fromEntries(url.searchParams),
    params,
    ...(bytes.byteLength === 0 ? {} : { body: { bytes } }),
  };
  const result = await worker.invoke(name, { data: { http } });
  if (!result.ok) {
    return new Response(null, { status: 500 });
  }
  const { http: answer } = (result.returnValue ?? {}) as HttpReturn;
  const status = Number(answer?.statusCode ?? 204);
  const body = answer?.body?.bytes ?? answer?.body?.string ?? null;
  const hasBody = body !== null && status !== 204 && status !== 304;
  return new Response(hasBody ? (typeof body === 'string' ? body : new Uint8Array(body)) : null, {
    status,
    headers: answer?.headers ?? {},
  });
}
