import * as z from 'zod';

import { HEALTH_STATUSES } from '../../domain/traffic/health.ts';
import { LIVE_STATES, PLAN_STATES } from '../../reconcile/plan.ts';
import { IntentView } from './intent-schemas.ts';
import { PageList, PageView } from './page-schemas.ts';
import { Digest, Next, PlanExportView, PlanPage, PlanView } from './plan-schemas.ts';

const At = z.string().meta({ format: 'date-time' });
const Reason = z.string().max(2000);

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
  waiting: z
    .object({ plan: z.string(), needed: z.number(), given: z.number() })
    .optional()
    .meta({ description: 'the plan that people are asked about, and how many of how many have said yes' }),
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
      hasTurned: z
        .literal(true)
        .optional()
        .meta({ description: 'what is said of it has turned a plan around; only newer words take it out' }),
    }),
  ),
  mode: z.object({ drain: z.string(), restore: z.string() }),
  intents: z.array(IntentView),
  fields: z
    .array(z.looseObject({ subject: z.string(), group: z.string() }))
    .meta({ description: 'what we have written and not yet brought back' }),
  activePlan: z.string().optional(),
  waitingPlan: z.string().optional(),
  settlesSeconds: z
    .number()
    .optional()
    .meta({ description: 'until a write shows at the edge and in its metrics, at most' }),
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
  means: z.string().optional().meta({ description: 'the reason in a sentence, where it keeps the command back' }),
  whatToDo: z.string().optional(),
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
  state: z
    .enum([...PLAN_STATES, 'live'])
    .exactOptional()
    .meta({ description: `live: ${LIVE_STATES.join(', ')}` }),
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
