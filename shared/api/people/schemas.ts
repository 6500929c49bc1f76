import * as z from 'zod';

import { HEALTH_STATUSES } from '../../domain/traffic/health.ts';
import { PLAN_STATES } from '../../reconcile/plan.ts';
import { IntentView, PlanIntent } from './intent-schemas.ts';
import { PageList, PageView } from './page-schemas.ts';

const At = z.string().meta({ format: 'date-time' });
const Digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'expected the 64 hexadecimal digits of a digest')
  .meta({ description: 'SHA-256 of the target, the rule revision and the steps' });

const Reason = z.string().max(2000);
const Step = z.looseObject({
  id: z.string(),
  title: z.string(),
  effect: z.string(),
  from: z.looseObject({}),
  to: z.looseObject({}),
  predicates: z.array(z.string()).optional(),
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
  })
  .meta({ description: 'what the data plane shows of a plan that is done' });

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
});

export const PlanSummary = z.object({
  id: z.string(),
  target: z.string(),
  state: z.enum(PLAN_STATES),
  created: At,
  digest: Digest,
  titles: z.array(z.string()).meta({ description: 'of its steps' }),
  written: z.number().meta({ description: 'steps that have been written, or done by people' }),
  note: z.string().optional(),
  consent: Consent.optional(),
});

const Next = z.string().optional().meta({ description: 'the next page: hand it in as `after`; absent on the last' });
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

export const KillSwitch = z.object({
  on: z.boolean().meta({ description: 'no write is begun' }),
  by: z.string().optional(),
  at: At.optional(),
  reason: z.string().optional(),
});

export const SwitchesView = z.object({
  automation: z.enum(['on', 'off']),
  firing: z.array(z.string()).meta({ description: 'alarms that keep planned moves from beginning' }),
});

export const IntentPage = z.object({ intents: z.array(IntentView), next: Next });

export const EdgeSummary = z.object({
  name: z.string(),
  id: z.string(),
  service: z.enum(['front-door', 'traffic-manager']),
  priority: z.number(),
  origins: z.array(z.string()),
  mode: z.object({ drain: z.string(), restore: z.string() }),
  openIntents: z.number(),
  activePlan: z.string().optional(),
});
const ReadinessCheck = z.object({
  check: z.string(),
  status: z.enum(['ok', 'warn', 'fail']),
  detail: z.string(),
  whatToDo: z.string(),
});
export const ReadinessList = z.object({
  edges: z.array(
    z.looseObject({ edge: z.string(), at: z.string(), ready: z.boolean(), checks: z.array(ReadinessCheck) }),
  ),
});
export const EdgeList = z.object({ edges: z.array(EdgeSummary) });
export const EdgeView = z.object({
  name: z.string(),
  id: z.string(),
  service: z.enum(['front-door', 'traffic-manager']),
  priority: z.number(),
  origins: z.array(
    z.object({
      name: z.string(),
      id: z.string(),
      region: z.string(),
      cluster: z.string(),
      enabled: z.boolean().optional().meta({ description: 'as the control plane said at the last look' }),
      weight: z.number().optional().meta({ description: 'the same' }),
      isShut: z.literal(true).optional().meta({ description: 'we have shut its gate' }),
      health: z.enum(HEALTH_STATUSES).optional().meta({ description: 'what the evidence says of its region' }),
      badVotes: z
        .array(z.string())
        .optional()
        .meta({ description: 'the sources that say it is bad; an alert by its rule' }),
    }),
  ),
  mode: z.object({ drain: z.string(), restore: z.string() }),
  intents: z.array(IntentView),
  fields: z
    .array(z.looseObject({ subject: z.string(), group: z.string() }))
    .meta({ description: 'what we have written and not yet brought back' }),
  activePlan: z.string().optional(),
  waitingPlan: z.string().optional(),
  health: z.unknown().optional().meta({ description: 'the newest evidence about its regions' }),
});

export const CommandTaken = z.object({ id: z.string(), location: z.string() });
export const CommandView = z.looseObject({
  id: z.string(),
  by: z.string(),
  at: At,
  command: z.string(),
  edge: z.string(),
  decision: z.string().meta({ description: 'such as shift, restore, pending-approval, noop, hold, refuse' }),
  reason: z.string(),
  kept: z.literal(true).optional().meta({ description: 'present: it is done as soon as nothing keeps it back' }),
  stays: z
    .literal(true)
    .optional()
    .meta({ description: 'present: it is so already, and stays so until it is taken back' }),
  plan: z.string().optional().meta({ description: 'the plan that it led to' }),
  digest: z.string().optional().meta({ description: 'of that plan: what an approval names' }),
});
export const Health = z.object({ status: z.literal('ok') });
export const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string().meta({ description: 'stable; docs/errors.md explains it' }),
  detail: z.string(),
  reason: z.string().optional().meta({ description: 'stable; of REFLEX_PLAN_COMMAND' }),
});

/** Pages: newest first. */
export const Page = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  after: z.string().max(500).exactOptional(),
});
export const PlanQuery = Page.extend({
  state: z.enum(PLAN_STATES).exactOptional(),
  target: z.string().exactOptional(),
});
export const IntentQuery = Page.extend({
  state: z
    .enum(['all', 'open', 'blocked', 'failed', 'leaving', 'closed'])
    .exactOptional()
    .meta({ description: 'absent: all but the closed' }),
});
export const ExportQuery = z.object({
  format: z.enum(['json', 'bash']).default('json'),
  direction: z
    .enum(['forth', 'back'])
    .default('forth')
    .meta({ description: 'what is left, or the way back of what was written and would be' }),
});

export const ApproveBody = z.strictObject({ digest: Digest, reason: Reason.exactOptional() });
export const StepDoneBody = z.strictObject({
  step: z.string().min(1).max(500).meta({ description: 'id of a step of the plan that is for people' }),
  digest: Digest,
  reason: Reason.min(1),
});
export const ReasonBody = z.strictObject({ reason: Reason.exactOptional() });
export const CancelBody = z.strictObject({ reason: Reason.min(1) });
export const KillSwitchBody = z.discriminatedUnion('on', [
  z.strictObject({ on: z.literal(true), reason: Reason.min(1) }),
  z.strictObject({ on: z.literal(false), reason: Reason.exactOptional() }),
]);
export const SwitchesBody = z
  .strictObject({
    automation: z.enum(['on', 'off']).exactOptional(),
    firing: z.array(z.string().min(1).max(200)).max(100).exactOptional(),
    reason: Reason.min(1),
  })
  .refine(
    ({ automation, firing }) => automation !== undefined || firing !== undefined,
    'expected automation or firing',
  );

/** Schemas that the API's description names. */
export const COMPONENTS: Readonly<Record<string, z.ZodType>> = {
  Plan: PlanView,
  PlanPage,
  PlanExport: PlanExportView,
  KillSwitch,
  Switches: SwitchesView,
  IntentPage,
  EdgeList,
  Edge: EdgeView,
  PageList,
  Page: PageView,
  CommandTaken,
  Command: CommandView,
  Health,
  Problem,
};
