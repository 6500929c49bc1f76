import type { Handler } from '../http/serve.ts';
import { accepted, empty, problem, readJson } from './answers.ts';
import type { Call, ManagementParts } from './call.ts';
import { managementUrls, RPC_PATH, WEBHOOK_PATH } from './client-binding.ts';
import { answerInstance } from './instance-api.ts';
import { findIdProblem } from './instance.ts';
import { answerInstances } from './query-api.ts';

/**
 * The extension's HTTP API.
 *
 * Answers 401 under the webhook's path without its key, 400 for what cannot be read, 404 for what does not exist
 * (entities among it).
 */
export function createManagementApi(parts: ManagementParts): Handler {
  return async (request) => {
    const url = new URL(request.url);
    const rest = cutPrefix(url.pathname, WEBHOOK_PATH);
    if (rest !== undefined && !hasKey(request, url, parts.webhook.key)) {
      return empty(401);
    }
    const segments = decode(rest ?? cutPrefix(url.pathname, RPC_PATH) ?? '');
    if (segments === undefined) {
      return problem(400, 'The address is not valid');
    }
    return route({ request, url, segments }, parts);
  };
}

async function route(call: Call, parts: ManagementParts): Promise<Response> {
  const [collection, id] = call.segments;
  if (collection === 'orchestrators' && call.request.method === 'POST') {
    return startInstance(call, parts);
  }
  if (collection !== 'instances') {
    return empty(404);
  }
  return id === undefined ? answerInstances(call, parts) : answerInstance(call, parts, id);
}

async function startInstance({ request, url, segments }: Call, parts: ManagementParts): Promise<Response> {
  const [, name, id = parts.random.uuid().replaceAll('-', '')] = segments;
  if (name === undefined || segments.length > 3) {
    return empty(404);
  }
  const wrongId = findIdProblem(id);
  if (wrongId !== undefined) {
    return problem(400, wrongId);
  }
  const body = await readJson(request);
  if (!body.ok) {
    return problem(400, 'Invalid JSON content');
  }
  const started = parts.store.start(
    {
      id,
      name,
      execution: parts.random.uuid(),
      version: url.searchParams.get('version') ?? '',
      input: body.text,
      parent: undefined,
    },
    parts.clock.now().getTime(),
  );
  if (!started) {
    return problem(409, `An Orchestration instance with the ID ${id} already exists.`);
  }
  parts.changed();
  return accepted(managementUrls(id, { ...parts.webhook, origin: url.origin }));
}

function cutPrefix(path: string, prefix: string): string | undefined {
  const hasPrefix = path.toLowerCase().startsWith(`${prefix}/`);
  return hasPrefix ? path.slice(prefix.length + 1) : undefined;
}

function hasKey(request: Request, url: URL, key: string): boolean {
  return (request.headers.get('x-functions-key') ?? url.searchParams.get('code')) === key;
}

function decode(path: string): string[] | undefined {
  try {
    return path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
