import * as z from 'zod';

import { PLAN_STATES } from '../../reconcile/plan.ts';
import { PlanIntent } from './intent-schemas.ts';

const At = z.string().meta({ format: 'date-time' });
export const Digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'expected the 64 hexadecimal digits of a digest')
  .meta({ description: 'SHA-256 of the target, the rule revision and the steps' });

const Step = z.looseObject({
  id: z.string(),
  title: z.string(),
  effect: z.string(),
  from: z.looseObject({}),
  to: z.looseObject({}),
  changes: z
    .array(z.object({ subject: z.string(), group: z.string(), from: z.looseObject({}), to: z.looseObject({}) }))
    .optional()
    .meta({ description: 'the field groups whose way back is kept' }),
  predicates: z.array(z.string()).optional(),
  warnings: z.array(z.string()).optional().meta({ description: 'what whoever agrees should know' }),
  bakeMs: z.number().optional(),
  manual: z
    .looseObject({
      instruction: z.string().meta({ description: 'Markdown' }),
      approvals: z
        .number()
        .meta({ description: 'distinct people who say that it is done; 0: the evidence alone tells' }),
      timeoutMs: z.number(),
      onTimeout: z.enum(['pause', 'continue', 'cancel']),
    })
    .optional()
    .meta({ description: 'there for a step that people take; nothing is written then' }),
});

export const Consent = z.object({
  needed: z.number().meta({ description: 'distinct people' }),
  requesters: z.array(z.string()).meta({ description: 'object ids of those who asked for it: they may not approve' }),
  expires: At,
  given: z.array(z.object({ by: z.string(), at: At })),
});

const Effect = z
  .object({
    state: z.enum(['waiting', 'effective', 'not-effective', 'unknown', 'overtaken']),
    until: At.optional().meta({ description: 'how long the edge may take' }),
    at: At.optional().meta({ description: 'when it was found out' }),
    by: z
      .array(z.enum(['requests', 'dns-answers', 'errors', 'latency', 'public-host']))
      .optional()
      .meta({ description: 'what was measured that tells' }),
    numbers: z
      .object({
        shares: z.record(z.string(), z.number()).optional().meta({ description: 'of the requests, by origin, 0 to 1' }),
        dnsShares: z
          .record(z.string(), z.number())
          .optional()
          .meta({ description: 'of the DNS answers, by origin, 0 to 1, where the edge sees no requests' }),
        errorRate: z.number().optional().meta({ description: 'of the whole edge, 0 to 1' }),
        latencyMs: z.number().optional().meta({ description: 'of the slowest origin that serves' }),
      })
      .optional()
      .meta({ description: 'what was measured when it was found out' }),
  })
  .meta({ description: 'what the data plane shows of a plan that is done' });

export const BakeCut = z
  .object({ by: z.string().meta({ description: 'object id' }), at: At, afterSeconds: z.number() })
  .meta({ description: 'who asked for the way back while it baked; when one plan is read, of one that is done' });

export const PlanBehind = z
  .object({
    id: z.string(),
    state: z.enum(PLAN_STATES),
    note: z.string().optional(),
    bakesUntil: At.optional().meta({ description: 'until when what it has written is watched' }),
  })
  .meta({ description: 'the plan of the same target that has to be over first; of a plan that waits' });

export const PlanView = z.looseObject({
  id: z.string(),
  target: z.string(),
  state: z.enum(PLAN_STATES),
  revision: z.number(),
  digest: Digest,
  created: At,
  steps: z.array(Step),
  journal: z.array(
    z.looseObject({
      step: Step,
      state: z.string(),
      at: At,
      endedAt: At.optional().meta({ description: 'when its outcome was known' }),
      note: z.string().optional(),
      confirmed: z
        .array(z.object({ by: z.string(), at: At }))
        .optional()
        .meta({ description: 'who has said that a step of people\u2019s is done' }),
    }),
  ),
  serves: z.array(z.looseObject({ key: z.string().meta({ description: 'of the intent' }), subject: z.string() })),
  intents: z
    .array(PlanIntent)
    .optional()
    .meta({ description: 'who asked for it and why, as far as that is still kept; when one plan is read' }),
  note: z.string().optional(),
  consent: Consent.optional(),
  effect: Effect.optional(),
  drilled: Effect.optional().meta({ description: 'what it showed while a drill held its origin out' }),
  bakeCut: BakeCut.optional(),
  behind: PlanBehind.optional(),
});

export const PlanSummary = z.object({
  id: z.string(),
  target: z.string(),
  state: z.enum(PLAN_STATES),
  created: At,
  digest: Digest,
  titles: z.array(z.string()).meta({ description: 'of its steps' }),
  written: z.number().meta({
    description: 'of its steps, those that have been written, or done by people; the way back of one is none',
  }),
  note: z.string().optional(),
  consent: Consent.optional(),
});

export const Next = z
  .string()
  .optional()
  .meta({ description: 'the next page: hand it in as `after`; absent on the last' });
export const PlanPage = z.object({ plans: z.array(PlanSummary), next: Next });

const Check = z
  .object({ id: z.string(), apiVersion: z.string(), query: z.string(), equals: z.string() })
  .meta({ description: 'what `az rest --url ID?api-version=VERSION --query QUERY --output tsv` must print' });
const ArmWrite = z
  .object({
    id: z.string(),
    apiVersion: z.string(),
    field: z.string().meta({ description: 'below `properties`' }),
    from: z.string().meta({ description: 'what must stand there; anything else but `to` is somebody else’s' }),
    to: z.string(),
    body: z.looseObject({}),
    enabled: z.object({ id: z.string(), apiVersion: z.string(), query: z.string() }).optional(),
    isLongRunning: z.boolean(),
  })
  .meta({ description: 'a PATCH; `enabled` counts the origins that are enabled: two at least' });
const GateWrite = z
  .object({ edge: z.string(), gate: z.string(), isShut: z.boolean(), origins: z.array(z.string()) })
  .meta({ description: 'a change of one gate in the edge’s signed document' });
export const PlanExportView = z.object({
  plan: z.string(),
  target: z.string(),
  digest: Digest,
  created: At,
  state: z.enum(PLAN_STATES),
  direction: z.enum(['forth', 'back']),
  steps: z.array(
    z.object({
      title: z.string(),
      predicates: z.array(z.string()).meta({ description: 'what the plan was made on' }),
      byHand: z.array(z.string()).meta({ description: 'those of them that these commands cannot read' }),
      preconditions: z.array(Check).meta({ description: 'read these first; stop if one does not hold' }),
      writes: z.array(z.union([ArmWrite, GateWrite])),
      thenWaitSeconds: z.number(),
      instruction: z
        .array(z.string())
        .optional()
        .meta({ description: 'what people are to do, line by line; then there is nothing to write' }),
      commands: z.array(z.string()).meta({ description: 'the same as lines for a shell: read, compare, write' }),
    }),
  ),
});
