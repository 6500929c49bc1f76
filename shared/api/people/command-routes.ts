import { findFault } from '../../commands/check-command.ts';
import { EdgeCommand, type GivenCommand } from '../../commands/edge-command.ts';
import { sha256 } from '../../domain/digest.ts';
import type { Json } from '../../domain/json.ts';
import { sealEnvelope } from '../../pipeline/envelope.ts';
import type { Answer } from '../../reflex.ts';
import { EDGES } from '../../targets/edge/index.ts';
import { problem } from '../problem.ts';
import { json, OPERATORS, READERS, route, type Call, type PeopleTools, type Route } from './route.ts';
import { CommandTaken, CommandView } from './schemas.ts';

/** What the SignalQueue port takes. */
const MAX_MESSAGE_BYTES = 48 * 1024;
/** A UUID with room for other people's spellings of a unique text. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,128}$/;
const COMMAND_ID = /^[0-9a-f-]{32,36}$/;

/** What people ask of an edge, and what became of it. */
export const COMMAND_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: 'commands',
    operation: 'giveCommand',
    summary: 'Ask for a failover, a failback, shares, weights, a drill or a pin; with an Idempotency-Key, once',
    roles: OPERATORS,
    body: EdgeCommand,
    answers: { 202: { description: 'taken; Location says where to look what becomes of it', schema: CommandTaken } },
    refusals: [404, 409],
    answer: give,
  }),
  route({
    method: 'GET',
    path: 'commands/{id}',
    operation: 'readCommand',
    summary: 'What became of a command: refused, or a plan with its digest; not found while it is on its way',
    roles: READERS,
    answers: { 200: { description: 'what became of it', schema: CommandView } },
    answer: async ({ params }, { rows }) => {
      const id = params['id'] ?? '';
      const row = COMMAND_ID.test(id) ? await rows.get(EDGES, commandKey(id)) : undefined;
      return row === undefined
        ? problem(404, 'REFLEX_NOT_FOUND', 'There is no such command, or nobody has looked at it yet.')
        : json(200, row.value);
    },
  }),
];

async function give(call: Call<unknown, EdgeCommand>, tools: PeopleTools): Promise<Answer> {
  const { body: asked, by, idempotencyKey } = call;
  const { rows, queue, clock, random, log } = tools;
  if (idempotencyKey !== undefined && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
    return invalid('Idempotency-Key: expected 1 to 128 visible ASCII characters');
  }
  if (asked.override.length > 0 && asked.reason.trim() === '') {
    return invalid('reason: expected one, because rules are to be overridden');
  }
  const { edges } = await tools.fleet();
  const wanted = asked.edge.toLowerCase();
  const edge = edges.find(({ name, id }) => name.toLowerCase() === wanted || id === wanted);
  if (edge === undefined) {
    return problem(404, 'REFLEX_NOT_FOUND', `The fleet has these edges: ${edges.map(({ name }) => name).join(', ')}.`);
  }
  // Keys are people's own: another person's same key is another command.
  const id = idempotencyKey === undefined ? random.uuid() : sha256(`${by.objectId}\n${idempotencyKey}`).slice(0, 32);
  const known = (await rows.get(EDGES, commandKey(id)))?.value;
  if (known !== undefined && isAnother(known, asked.command, edge.id)) {
    return problem(409, 'REFLEX_KEY_REUSED', 'This Idempotency-Key came with another command before.');
  }
  if (known === undefined) {
    const given: GivenCommand = { id, by: by.objectId, at: clock.now().toISOString(), asked };
    const message = sealEnvelope({ kind: 'command', given });
    if (new TextEncoder().encode(message).byteLength > MAX_MESSAGE_BYTES) {
      return problem(413, 'REFLEX_TOO_LARGE', `A command has at most ${MAX_MESSAGE_BYTES} bytes.`);
    }
    const fault = findFault(asked, edge, clock.now());
    if (fault !== undefined) {
      return fault.isMissing ? problem(404, 'REFLEX_NOT_FOUND', fault.detail) : invalid(fault.detail);
    }
    await queue.send(message);
    log.info('command taken', { id, by: by.objectId, command: asked.command, edge: asked.edge });
  }
  const location = `commands/${id}`;
  return json(202, { id, location }, { location });
}

/** True if what became of the key's command tells of another verb or edge. */
function isAnother(known: Json, command: string, edge: string): boolean {
  const before = known as { readonly command?: Json; readonly edge?: Json };
  return before.command !== command || before.edge !== edge;
}

function commandKey(id: string): string {
  return `command|${id}`;
}

function invalid(detail: string): Answer {
  return problem(400, 'REFLEX_INVALID_REQUEST', detail);
}
