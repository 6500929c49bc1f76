import * as z from 'zod';

import { imageCommandKey, ImageCommand } from '../../commands/image-command.ts';
import { digestOf } from '../../domain/digest.ts';
import { ReflexError } from '../../errors.ts';
import { sealEnvelope } from '../../pipeline/envelope.ts';
import { stagedImage } from '../../pipeline/images/stage-versions.ts';
import { branchTarget } from '../../pipeline/images/targets.ts';
import type { Answer } from '../../reflex.ts';
import { problem } from '../problem.ts';
import { json, OPERATORS, READERS, route, type Call, type PeopleTools, type Route } from './route.ts';
import { CommandTaken } from './schemas.ts';
import { partitionsOf } from './stored-plans.ts';
import { isCommandId, refuseKey, takeCommand } from './take-command.ts';

const At = z.string().meta({ description: 'ISO 8601' });

export const ImageCommandView = z.looseObject({
  id: z.string(),
  by: z.string(),
  at: At,
  command: z.string(),
  image: z.string(),
  stage: z.string(),
  decision: z
    .string()
    .meta({ description: 'rolled-back, holding, released, noop, pending-approval, recorded, taken, blocked, refuse' }),
  reason: z.string(),
  to: z.string().optional().meta({ description: 'the tag that was gone back to' }),
  commit: z.string().optional(),
  plan: z.string().optional().meta({ description: 'the plan that waits for people' }),
  digest: z.string().optional().meta({ description: 'of that plan: what an approval names' }),
});

const Standing = z.object({ tag: z.string().optional(), digest: z.string().optional() });

export const ImageHistoryView = z.object({
  image: z.string(),
  stage: z.string(),
  asOf: At,
  standing: z.array(Standing).meta({ description: 'what the files of the stage show' }),
  versions: z
    .array(
      z.object({
        tag: z.string(),
        digest: z.string().optional(),
        goodAt: At.optional().meta({ description: 'when it passed its verifications there' }),
        commit: z.string().optional(),
        isGone: z.literal(true).optional().meta({ description: 'the registry has it no more' }),
        isHeld: z.boolean(),
      }),
    )
    .meta({ description: 'what one can go back to, newest first' }),
  holds: z.array(
    z.object({
      kind: z.string(),
      cause: z.string(),
      reason: z.string(),
      since: At,
      refuses: z.array(z.string()).optional().meta({ description: 'digests; everything if absent' }),
    }),
  ),
});

const HistoryQuery = z.object({ image: z.string().min(1).max(512), stage: z.string().min(1).max(128) });

/** What people ask of an image in a stage, and what became of it. */
export const IMAGE_COMMAND_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: 'image-commands',
    operation: 'giveImageCommand',
    summary: 'Roll an image back in a stage, hold it there, or let go of its holds; with an Idempotency-Key, once',
    roles: OPERATORS,
    body: ImageCommand,
    answers: { 202: { description: 'taken; Location says where to look what becomes of it', schema: CommandTaken } },
    refusals: [404, 409],
    answer: give,
  }),
  route({
    method: 'GET',
    path: 'image-commands/{id}',
    operation: 'readImageCommand',
    summary: 'What became of a command about an image; not found while it is on its way',
    roles: READERS,
    answers: { 200: { description: 'what became of it', schema: ImageCommandView } },
    answer: async ({ params }, { rows }) => {
      const id = params['id'] ?? '';
      for (const partition of isCommandId(id) ? await partitionsOf(rows) : []) {
        const row = await rows.get(partition, imageCommandKey(id));
        if (row !== undefined) {
          return json(200, row.value);
        }
      }
      return problem(404, 'REFLEX_NOT_FOUND', 'There is no such command, or nobody has looked at it yet.');
    },
  }),
  route({
    method: 'GET',
    path: 'image-history',
    operation: 'readImageHistory',
    summary: 'What a stage shows of an image, what one can go back to there, and what is held',
    roles: READERS,
    query: HistoryQuery,
    answers: { 200: { description: 'the stage', schema: ImageHistoryView } },
    refusals: [404, 502],
    answer: async ({ query }, { fleet, imageHistory }) => {
      const staged = stagedImage(await fleet(), query.image, query.stage);
      if (staged === undefined) {
        return unknownStage();
      }
      try {
        return json(200, await imageHistory(staged));
      } catch (error) {
        if (error instanceof ReflexError) {
          return problem(502, error.code, error.message);
        }
        throw error;
      }
    },
  }),
];

async function give(call: Call<unknown, ImageCommand>, tools: PeopleTools): Promise<Answer> {
  const { body: asked } = call;
  const refused = refuseKey(call);
  if (refused !== undefined) {
    return refused;
  }
  const staged = stagedImage(await tools.fleet(), asked.image, asked.stage);
  if (staged === undefined) {
    return unknownStage();
  }
  return await takeCommand(call, tools, {
    path: 'image-commands',
    partition: branchTarget(staged.rule.gitops).key,
    rowKey: imageCommandKey,
    same: {
      command: asked.command,
      image: staged.image,
      stage: asked.stage,
      asked: digestOf({ ...asked, image: staged.image, stage: asked.stage }),
    },
    seal: (giver) => sealEnvelope({ kind: 'image-command', given: { ...giver, asked } }),
  });
}

function unknownStage(): Answer {
  return problem(
    404,
    'REFLEX_NOT_FOUND',
    'The fleet has no such image, or no such stage of it: see `reflex fleet render`.',
  );
}
