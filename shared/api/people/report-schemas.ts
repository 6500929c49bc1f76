import * as z from 'zod';

import { PLAN_STATES } from '../../reconcile/plan.ts';
import { Digest } from './plan-schemas.ts';

const At = z.string().meta({ format: 'date-time' });
const Moments = z.array(z.object({ at: At, what: z.string(), detail: z.string() }));
const Ms = z.number().optional();

const Drill = z
  .object({
    origin: z.string(),
    verdict: z
      .enum(['passed', 'not proven', 'failed', 'under way'])
      .meta({ description: 'passed only where the edge showed both that it was left and that it is back' }),
    why: z.string(),
    rows: z
      .array(z.tuple([z.string(), z.string()]))
      .meta({ description: 'what happened and how long it took, or what was measured, in words' }),
  })
  .meta({ description: 'what came of the drill of one origin' });

export const ReportQuery = z.object({
  format: z
    .enum(['json', 'md', 'html'])
    .default('json')
    .meta({ description: 'md and html: the whole report for people, as one file' }),
});

export const ReportView = z.looseObject({
  title: z.string(),
  outcome: z.string(),
  plan: z.object({
    id: z.string(),
    target: z.string(),
    state: z.enum(PLAN_STATES),
    revision: z.number(),
    digest: Digest,
    created: At,
  }),
  drills: z.array(Drill).meta({ description: 'of a plan that begins or ends drills' }),
  times: z
    .looseObject({ toDecideMs: z.number(), toWriteMs: Ms, totalMs: Ms, toEffectMs: Ms })
    .meta({ description: 'absent where an end of them is not known' }),
  timeline: Moments,
  pages: Moments.meta({ description: 'what people were called for' }),
});
