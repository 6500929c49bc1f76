import { findFault } from '../../commands/check-command.ts';
import { digestOf } from '../../domain/digest.ts';
import type { JsonObject } from '../../domain/json.ts';
import { REFUSING } from '../../domain/traffic/answers.ts';
import { explainReason } from '../../domain/traffic/reason-texts.ts';
import { EdgeCommand } from '../../commands/edge-command.ts';
import { sealEnvelope } from '../../pipeline/envelope.ts';
import type { FleetEdge } from '../../fleet/model.ts';
import type { Answer } from '../../reflex.ts';
import { EDGES } from '../../targets/edge/index.ts';
import { problem } from '../problem.ts';
import { json, OPERATORS, READERS, route, type Call, type PeopleTools, type Route } from './route.ts';
import { CommandTaken, CommandView } from './schemas.ts';
import { isCommandId, refuseKey, takeCommand } from './take-command.ts';

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
      const row = isCommandId(id) ? await rows.get(EDGES, commandKey(id)) : undefined;
      return row === undefined
        ? problem(404, 'REFLEX_NOT_FOUND', 'There is no such command, or nobody has looked at it yet.')
        : json(200, explained(row.value as JsonObject));
    },
  }),
];

/** An answer that leaves what was asked for undone, for now or for good, says in sentences why. */
function explained(command: JsonObject): JsonObject {
  const { decision, reason } = command;
  const isKeptBack = typeof decision === 'string' && [...REFUSING, 'hold'].includes(decision);
  return { ...command, ...(isKeptBack && typeof reason === 'string' ? explainReason(reason) : {}) };
}

async function give(call: Call<unknown, EdgeCommand>, tools: PeopleTools): Promise<Answer> {
  const { body: asked } = call;
  const refused = refuseKey(call);
  if (refused !== undefined) {
    return refused;
  }
  if (asked.override.length > 0 && asked.reason.trim() === '') {
    return problem(400, 'REFLEX_INVALID_REQUEST', 'reason: expected one, because rules are to be overridden');
  }
  if (asked.command === 'failback' && asked.isWell === true && asked.reason.trim() === '') {
    return problem(400, 'REFLEX_INVALID_REQUEST', 'reason: expected one, because others rely on what you have seen');
  }
  const { edges } = await tools.fleet();
  const wanted = asked.edge.toLowerCase();
  const edge = edges.find(({ name, id }) => name.toLowerCase() === wanted || id === wanted);
  if (edge === undefined) {
    return problem(404, 'REFLEX_NOT_FOUND', `The fleet has these edges: ${edges.map(({ name }) => name).join(', ')}.`);
  }
  return await takeCommand(call, tools, {
    path: 'commands',
    partition: EDGES,
    rowKey: commandKey,
    same: { command: asked.command, edge: edge.id, asked: digestOf({ ...asked, edge: edge.id }) },
    fault: () => faultOf(asked, edge, tools),
    seal: (giver) => sealEnvelope({ kind: 'command', given: { ...giver, asked } }),
  });
}

function faultOf(asked: EdgeCommand, edge: FleetEdge, { clock }: PeopleTools): Answer | undefined {
  const fault = findFault(asked, edge, clock.now());
  if (fault === undefined) {
    return undefined;
  }
  const { isMissing, detail } = fault;
  return isMissing ? problem(404, 'REFLEX_NOT_FOUND', detail) : problem(400, 'REFLEX_INVALID_REQUEST', detail);
}

function commandKey(id: string): string {
  return `command|${id}`;
}
