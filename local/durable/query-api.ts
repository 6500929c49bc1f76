import { empty, problem } from './answers.ts';
import type { Call, ManagementParts } from './call.ts';
import type { InstanceFilter } from './instance-rows.ts';
import { isFinished } from './instance.ts';
import type { RuntimeStatus } from './protocol.ts';
import { showStatus } from './status-view.ts';

const CONTINUATION = 'x-ms-continuation-token';
const STATUSES: readonly string[] = [
  'Pending',
  'Running',
  'Suspended',
  'Completed',
  'Failed',
  'Terminated',
] satisfies RuntimeStatus[];

/** Answers instances/: a query, or a purge of what the query finds. */
export function answerInstances({ request, url }: Call, parts: ManagementParts): Response {
  const filter = readFilter(url.searchParams);
  if (request.method === 'GET') {
    const after = request.headers.get(CONTINUATION);
    return list(
      { ...filter, after: after === null ? undefined : Buffer.from(after, 'base64url').toString() },
      url,
      parts,
    );
  }
  return request.method === 'DELETE' ? purge(filter, parts) : empty(404);
}

function list(filter: InstanceFilter, url: URL, { store }: ManagementParts): Response {
  const showInput = url.searchParams.get('showInput')?.toLowerCase() === 'true';
  const found = store.find(filter);
  const last = found.length === filter.limit ? found.at(-1) : undefined;
  return Response.json(
    found.map((instance) => showStatus(instance, { showInput })),
    last === undefined ? {} : { headers: { [CONTINUATION]: Buffer.from(last.id).toString('base64url') } },
  );
}

function purge(filter: InstanceFilter, { store }: ManagementParts): Response {
  if (filter.createdFrom === undefined) {
    return problem(400, "Please provide value for 'createdTimeFrom' parameter.");
  }
  const ended = store.find({ ...filter, limit: undefined }).filter(isFinished);
  store.purge(ended.map(({ id }) => id));
  return ended.length === 0 ? empty(404) : Response.json({ instancesDeleted: ended.length });
}

/** What cannot be read does not restrict, as in Azure. */
function readFilter(query: URLSearchParams): InstanceFilter {
  const statuses = (query.getAll('runtimeStatus').join(',').split(',') as RuntimeStatus[]).filter((status) =>
    STATUSES.includes(status),
  );
  const top = Number(query.get('top') ?? Number.NaN);
  return {
    createdFrom: readTime(query.get('createdTimeFrom')),
    createdTo: readTime(query.get('createdTimeTo')),
    prefix: query.get('instanceIdPrefix') ?? undefined,
    statuses: statuses.length === 0 ? undefined : statuses,
    limit: Number.isSafeInteger(top) && top > 0 ? top : undefined,
  };
}

function readTime(text: string | null): number | undefined {
  const time = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
