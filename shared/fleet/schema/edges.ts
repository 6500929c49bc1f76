import * as z from 'zod';

import { Evidence } from './evidence.ts';
import { ManualSteps } from './manual.ts';
import {
  ArmId,
  BlockedDate,
  Duration,
  FinePercent,
  Kql,
  Mode,
  Name,
  Percent,
  Select,
  text,
  TimeZone,
  Wait,
  whole,
  Window,
  WorkspaceId,
} from './scalars.ts';

/**
 * Wide enough for both services; what Front Door does not take is found once `{label}` is filled in. 260 letters are
 * as many as any resource's name has:
 * https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
 */
const OriginName = text({
  expected: 'an origin name, `{label}` filled in per cluster, such as origin-{region} or external:{cluster}',
  pattern: /^((azure|external|nested):)?[A-Za-z0-9{]([A-Za-z0-9._{}-]{0,258}[A-Za-z0-9}])?$/,
  test: (value) => /^([^{}]|\{[A-Za-z][A-Za-z0-9-]*\})*$/.test(value),
  examples: ['origin-{region}'],
});

const Origins = z.union([
  z.strictObject({ name: OriginName, select: Select }),
  z.record(OriginName, Name).meta({ description: 'origin name to cluster name' }),
]);

const Rules = z.strictObject({
  minServing: whole(1, 1000).default(1).meta({ description: 'origins that stay enabled' }),
  maxDrained: Percent.default('50%').meta({ description: 'largest share of origins that may be drained' }),
  headroom: Percent.default('20%').meta({ description: 'share of its capacity that a receiver keeps free' }),
  allowStandby: z.boolean().default(false).meta({ description: 'origins that were disabled may be enabled to help' }),
  allowPartial: z.boolean().default(false).meta({ description: 'shift what fits where not all of it does' }),
  redistribute: z
    .enum(['capacity'])
    .optional()
    .meta({ description: 'weights of those that are left follow their capacity; absent: as they are' }),
  weightTotal: whole(1, 1_000_000)
    .optional()
    .meta({ description: 'what weights add up to when they are set anew; absent: as before' }),
  undo: z.boolean().default(true).meta({ description: 'undo what was written when a later step fails' }),
});

/** RFC 2439 with the defaults that router vendors give it; a full hour holds a penalty of up to sixteen times `reuse`. */
const Damping = z.strictObject({
  perFlap: whole(1, 1_000_000).default(1000).meta({ description: 'penalty of each time the region turns bad' }),
  halfLife: Duration.default('15m'),
  suppress: whole(1, 1_000_000).default(2000).meta({ description: 'above this penalty the return is held back' }),
  reuse: whole(1, 1_000_000).default(750).meta({ description: 'below this penalty it no longer is' }),
  maxSuppress: Duration.default('1h').meta({ description: 'longest time that it is held back' }),
});

const Cooldown = z.strictObject({
  for: Duration.meta({ description: 'how long after a drain no other begins by itself' }),
  scope: z.enum(['group', 'region']).default('group').meta({ description: 'whom it holds: every origin, or the same' }),
  bypassErrorRate: FinePercent.optional().meta({
    description: 'share of failed requests from which on it does not hold',
  }),
});

const factorError = 'expected a number above 1, 100 at most';

const Signals = z.strictObject({
  sources: z
    .array(
      text({
        expected: 'a source such as edge-health or logs:NAME, the name of an alert rule, or alerts',
        // What Azure Monitor refuses in the name of a rule, and blanks at the start.
        pattern: /^(logs:)?[^\s*#&+:<>?@%{}\\/][^*#&+:<>?@%{}\\/]{0,259}$/,
        examples: ['edge-health', 'synthetic', 'alerts'],
      }),
    )
    .min(1)
    .max(50)
    .optional()
    .meta({ description: 'sources that count; absent: all' }),
  quorum: whole(1, 10).default(2).meta({ description: 'independent sources that must agree' }),
  external: z.boolean().default(true).meta({ description: 'one of them must see the region from outside' }),
  voteTtl: Duration.default('5m').meta({ description: 'how long a vote counts' }),
  settle: Wait.default('0s').meta({ description: 'how long the first bad region waits for others' }),
  hold: Wait.default('0s').meta({ description: 'how long a region must be bad before it is drained' }),
  recoverHold: Duration.default('10m').meta({ description: 'how long it must be well before traffic returns' }),
  maxAlertAge: Duration.default('1h').meta({ description: 'older alerts are stale' }),
  alertTtl: Duration.default('1d').meta({ description: 'how long an alert counts if nobody resolves it' }),
  maxSkew: Duration.default('2m').meta({ description: 'how far in the future the time of an alert may lie' }),
  severityAtMost: whole(0, 4)
    .optional()
    .meta({ description: 'alerts of a higher number are left to people; absent: none' }),
  relative: z.boolean().default(false).meta({ description: 'judge a region against the median of the others' }),
  minRequests: whole(0, 1_000_000_000).default(0).meta({ description: 'requests without which nothing is judged' }),
  errorRateMax: FinePercent.optional().meta({ description: 'largest share of failed requests that is well' }),
  latencyMaxMs: whole(1, 600_000)
    .optional()
    .meta({ description: 'longest time of an answer that is well once traffic has moved, in milliseconds' }),
  latencyFactor: z
    .number({ error: factorError })
    .gt(1, { error: factorError })
    .max(100, { error: factorError })
    .optional()
    .meta({ description: 'times the median latency of the others from which on a region is slow' }),
  latencyAction: z.enum(['halve']).optional().meta({ description: 'what a slow region gets instead of a drain' }),
  cooldown: Cooldown.optional(),
  damping: Damping.optional().meta({ description: 'a region that comes and goes returns later each time' }),
});

const Planned = z.strictObject({
  bake: Wait.default('10m').meta({
    description: 'how long a step is watched before the next, at least propagation and metricLag; 0s: not at all',
  }),
  propagation: Wait.optional().meta({
    description:
      'until a write shows at the edge; absent: 20m for Front Door, 1m for Traffic Manager, whose TTL counts if it is longer',
  }),
  metricLag: Wait.default('3m').meta({ description: 'until its metrics can be read' }),
  blockedDates: z.array(BlockedDate).max(400).default([]).meta({ description: 'days (UTC) on which nothing begins' }),
  windows: z
    .array(Window)
    .min(1)
    .max(50)
    .optional()
    .meta({ description: 'when what people plan, and drills, may begin; absent: at any time' }),
  timeZone: TimeZone.optional().meta({ description: 'of windows; absent: that of defaults' }),
});

const DataEvidence = z.strictObject({
  workspace: WorkspaceId,
  query: Kql.meta({
    description:
      'KQL whose first row, or that of each `region`, has `lagSeconds`, or `promotion`: done, waiting or failed; or both',
  }),
});

const Data = z.strictObject({
  first: z
    .boolean()
    .default(false)
    .meta({ description: 'data moves before traffic: no drain until promotion is done' }),
  rpo: Wait.optional().meta({ description: 'largest replication lag; absent: not looked at' }),
  evidence: DataEvidence.optional().meta({ description: 'who is asked; first and rpo need it' }),
});

const Approvals = z.strictObject({
  drain: whole(0, 10).default(0),
  restore: whole(0, 10).default(1),
  runbook: whole(0, 10).default(1).meta({ description: 'for what a person has asked for; never the same person' }),
  override: whole(1, 10).default(2),
  within: Duration.default('1h').meta({ description: 'how long a plan waits for them' }),
});

const GroupName = text({
  expected: 'an origin group name',
  pattern: /^[A-Za-z0-9][A-Za-z0-9-]{0,88}[A-Za-z0-9]$/,
  examples: ['apps'],
});

/** Endpoint names have 46 letters at most, those of routes 90: Microsoft.Cdn in the template reference. */
const RouteName = text({
  expected: 'a route as ENDPOINT/ROUTE',
  pattern: /^[A-Za-z0-9]([A-Za-z0-9-]{0,88}[A-Za-z0-9])?\/[A-Za-z0-9]([A-Za-z0-9-]{0,88}[A-Za-z0-9])?$/,
  examples: ['shop/main'],
});

export const Edge = z
  .strictObject({
    load: z
      .number()
      .min(0)
      .max(10_000_000)
      .optional()
      .meta({ description: 'requests a second in all, where the service cannot tell them: Traffic Manager' }),
    gate: z
      .boolean()
      .default(false)
      .meta({ description: 'each origin answers its probes by a gate (examples/gate): emergencies need no ARM write' }),
    priority: whole(1, 1000).default(100).meta({ description: 'edges are drained in this order, 1 first' }),
    frontDoor: z
      .strictObject({
        resourceId: ArmId('Microsoft.Cdn/profiles', 'Microsoft.Cdn/profiles/shop'),
        originGroup: GroupName,
        twin: z
          .strictObject({
            originGroup: GroupName,
            routes: z
              .array(RouteName, { error: 'expected the routes that refer to one of the two groups' })
              .min(1, { error: 'expected at least one route' })
              .max(200, { error: 'expected 200 routes at most' })
              .meta({ description: 'all that refer to one of the two groups; the first says which of them serves' }),
          })
          .optional()
          .meta({ description: 'a second group with the same origins: several of them move at once by the routes' }),
      })
      .optional(),
    trafficManager: z
      .strictObject({
        resourceId: ArmId('Microsoft.Network/trafficManagerProfiles', 'Microsoft.Network/trafficManagerProfiles/shop'),
      })
      .optional(),
    origins: Origins,
    rules: Rules.prefault({}).meta({ description: 'limits on the state that a change would leave' }),
    signals: Signals.prefault({}).meta({ description: 'how the health of a region is judged' }),
    evidence: Evidence.optional().meta({ description: 'who is asked beside the edge itself' }),
    planned: Planned.prefault({}).meta({ description: 'how planned moves go on from step to step' }),
    data: Data.prefault({}).meta({ description: 'whether traffic may move before the data has' }),
    manual: ManualSteps.optional().meta({ description: 'what people do before or after traffic moves' }),
    mode: z.strictObject({ drain: Mode.optional(), restore: Mode.optional() }).default({}),
    approvals: Approvals.prefault({}).meta({ description: 'distinct people, by what they agree to' }),
  })
  .refine(({ frontDoor, trafficManager }) => (frontDoor === undefined) !== (trafficManager === undefined), {
    error: 'expected either `frontDoor` or `trafficManager`',
    when: ({ value }) => typeof value === 'object' && value !== null,
  });
