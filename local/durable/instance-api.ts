import { accepted, empty, problem, readJson } from './answers.ts';
import type { Call, ManagementParts } from './call.ts';
import { managementUrls } from './client-binding.ts';
import { isFinished, type Instance } from './instance.ts';
import { EventType } from './protocol.ts';
import { runtimeStatus, showStatus } from './status-view.ts';

/** Answers instances/{id} and what is below it. */
export async function answerInstance(call: Call, parts: ManagementParts, id: string): Promise<Response> {
  const instance = parts.store.get(id);
  if (instance === undefined) {
    return empty(404);
  }
  const [, , operation, eventName] = call.segments;
  if (operation === undefined) {
    return answerBare(call, parts, instance);
  }
  if (call.request.method !== 'POST') {
    return empty(404);
  }
  switch (operation.toLowerCase()) {
    case 'raiseevent':
      return eventName === undefined ? empty(404) : raiseEvent(call, parts, { instance, eventName });
    case 'terminate':
    case 'suspend':
    case 'resume':
      return command(call, parts, { instance, operation: operation.toLowerCase() });
    case 'restart':
      return restart(call, parts, instance);
    case 'rewind':
      return rewind(instance);
    default:
      return empty(404);
  }
}

function answerBare(call: Call, parts: ManagementParts, instance: Instance): Response {
  switch (call.request.method) {
    case 'GET':
      return status(call, parts, instance);
    case 'DELETE':
      return purge(parts, instance);
    default:
      return empty(404);
  }
}

function status({ url }: Call, { store }: ManagementParts, instance: Instance): Response {
  const asks = (name: string): boolean => url.searchParams.get(name)?.toLowerCase() === 'true';
  const body = showStatus(instance, {
    showInput: url.searchParams.get('showInput')?.toLowerCase() !== 'false',
    history: asks('showHistory') ? store.history(instance.id) : undefined,
    showHistoryOutput: asks('showHistoryOutput'),
  });
  if (!isFinished(instance)) {
    return Response.json(body, { status: 202, headers: { location: url.href, 'retry-after': '5' } });
  }
  const asError = instance.status === 'Failed' && asks('returnInternalServerErrorOnFailure');
  return Response.json(body, { status: asError ? 500 : 200 });
}

function purge({ store }: ManagementParts, instance: Instance): Response {
  if (!isFinished(instance)) {
    return problem(
      412,
      `Only orchestrations in a terminal state can be purged, but ${instance.id} is ${runtimeStatus(instance)}`,
    );
  }
  store.purge([instance.id]);
  return Response.json({ instancesDeleted: 1 });
}

async function raiseEvent(
  { request }: Call,
  { store, clock, changed }: ManagementParts,
  { instance, eventName }: { readonly instance: Instance; readonly eventName: string },
): Promise<Response> {
  if (isFinished(instance)) {
    return empty(410);
  }
  const mediaType = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') {
    return problem(400, 'Only application/json request content is supported');
  }
  const body = await readJson(request);
  if (!body.ok) {
    return problem(400, 'Invalid JSON content');
  }
  const event = { EventType: EventType.EventRaised, Name: eventName, Input: body.text };
  store.deliver(instance.id, event, clock.now().getTime());
  changed();
  return empty(202);
}

function command(
  { url }: Call,
  { store, clock, changed }: ManagementParts,
  { instance, operation }: { readonly instance: Instance; readonly operation: string },
): Response {
  if (isFinished(instance)) {
    return empty(410);
  }
  const at = clock.now().getTime();
  if (operation === 'terminate') {
    const output = JSON.stringify(url.searchParams.get('reason'));
    store.end(instance, { status: 'Terminated', output, details: '', at });
  } else {
    store.setSuspended(instance.id, operation === 'suspend', at);
  }
  changed();
  return empty(202);
}

function restart(
  { url }: Call,
  { store, clock, random, webhook, changed }: ManagementParts,
  instance: Instance,
): Response {
  const sameId = url.searchParams.get('restartWithNewInstanceId')?.toLowerCase() === 'false';
  const id = sameId ? instance.id : random.uuid().replaceAll('-', '');
  const { name, version, input } = instance;
  const again = { id, name, version, input, execution: random.uuid(), parent: undefined };
  if (!store.start(again, clock.now().getTime())) {
    return problem(409, 'A non-terminal instance with this instance ID already exists.');
  }
  changed();
  return accepted(managementUrls(id, { ...webhook, origin: url.origin }));
}

function rewind(instance: Instance): Response {
  return instance.status === 'Failed'
    ? problem(501, 'Rewind is not supported by the underlying storage provider.')
    : problem(412, `This orchestration has status ${runtimeStatus(instance)}, but only failed ones can be rewound.`);
}
