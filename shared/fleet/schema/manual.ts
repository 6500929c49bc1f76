import * as z from 'zod';

import { OriginKey } from './evidence.ts';
import { Duration, Kql, Name, whole, WorkspaceId } from './scalars.ts';

/** What a page and a plan's row have room for, several steps to a plan. */
const MAX_INSTRUCTION = 3_000;

const titleError = 'expected one line of 1 to 100 characters, such as: promote the database in North Europe';
const instructionError = `expected what people are to do, ${MAX_INSTRUCTION} characters at most`;

const Condition = z.strictObject({
  workspace: WorkspaceId,
  query: Kql.meta({ description: 'KQL whose first row has a column `done`, which must be true' }),
});

/** Something for people to do when traffic of an edge moves. */
const Manual = z.strictObject({
  name: Name.meta({ description: 'what `reflex plans step-done` names it by, with the origin before it' }),
  title: z
    .string({ error: titleError })
    .trim()
    .min(1, { error: titleError })
    .max(100, { error: titleError })
    .regex(/^[^\p{Cc}\p{Zl}\p{Zp}]+$/u, { error: titleError }),
  instruction: z
    .string({ error: instructionError })
    .trim()
    .min(1, { error: instructionError })
    .max(MAX_INSTRUCTION, { error: instructionError })
    .meta({ description: 'Markdown; part of the page and of the plan' }),
  when: z.enum(['before', 'after']).meta({
    description: 'before: no traffic moves until it is done, not even in an emergency; after: when it has moved',
  }),
  on: z.enum(['drain', 'restore']).default('drain').meta({ description: 'which way the traffic moves' }),
  origins: z
    .array(OriginKey)
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'origins whose traffic it stands by; absent: all' }),
  approvals: whole(0, 10)
    .default(1)
    .meta({ description: 'distinct approvers who say that it is done; 0: the evidence alone tells' }),
  evidence: Condition.optional().meta({ description: 'must be true before the plan goes on' }),
  timeout: Duration.default('30m').meta({ description: 'from when people were called' }),
  onTimeout: z.enum(['pause', 'continue', 'cancel']).default('pause').meta({
    description: 'people are called again; pause: it stands still; continue: without the step; cancel: it goes back',
  }),
});

export const ManualSteps = z.array(Manual).max(20);
