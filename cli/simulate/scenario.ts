import * as z from 'zod';

const Origin = z.looseObject({
  region: z.string(),
  weight: z.number().default(500),
  priority: z.number().default(1),
  enabled: z.boolean().default(true),
  healthy: z.boolean().nullable().default(true),
  capacity: z.number().optional(),
  effectiveCapacity: z.number().optional(),
  load: z.number().optional(),
  nearestTo: z.union([z.string(), z.array(z.string())]).optional(),
  errorRate: z.number().optional(),
  p95ms: z.number().optional(),
  requestsPerMin: z.number().optional(),
  degraded: z.boolean().optional(),
  alwaysServe: z.boolean().optional(),
  monitorStatus: z.string().optional(),
  minChildEndpoints: z.number().optional(),
  onlineChildren: z.number().optional(),
});

const Fault = z.looseObject({
  on: z.string(),
  status: z.number().optional(),
  body: z.record(z.string(), z.any()).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  times: z.number().optional(),
  afterFirst: z.boolean().optional(),
  applied: z.boolean().optional(),
  lroSec: z.number().optional(),
  serial: z.boolean().optional(),
  limit: z.number().optional(),
  windowSec: z.number().optional(),
  provisioningState: z.string().optional(),
});

const Damping = z.object({
  perFlap: z.number().default(1000),
  halfLifeSec: z.number().default(900),
  suppress: z.number().default(2000),
  reuse: z.number().default(750),
  maxSuppressSec: z.number().default(3600),
});

const Policy = z.looseObject({
  minEnabled: z.number().optional(),
  maxDrainFraction: z.number().optional(),
  headroom: z.number().optional(),
  allowEnableStandby: z.boolean().optional(),
  partial: z.boolean().optional(),
  redistribute: z.literal('capacity').optional(),
  weightTotal: z.number().optional(),
  quorum: z.number().optional(),
  signals: z.array(z.string()).optional(),
  requireExternal: z.boolean().optional(),
  voteTtlSec: z.number().optional(),
  settleSec: z.number().optional(),
  minHoldSec: z.number().optional(),
  recoverHoldSec: z.number().optional(),
  cooldownSec: z.number().optional(),
  cooldownScope: z.enum(['group', 'region']).optional(),
  cooldownBypassErrorRate: z.number().optional(),
  damping: Damping.optional(),
  maxAlertAgeSec: z.number().optional(),
  maxSkewSec: z.number().optional(),
  actOnSeverityAtMost: z.number().optional(),
  approvals: z.number().optional(),
  approvalTtlSec: z.number().optional(),
  leaseSec: z.number().optional(),
  blockedDates: z.array(z.string()).optional(),
  atomic: z.boolean().optional(),
  probeGate: z.boolean().optional(),
  propagationSec: z.number().optional(),
  metricLagSec: z.number().optional(),
  bakeSec: z.number().optional(),
  minRequests: z.number().optional(),
  errorRateMax: z.number().optional(),
  latencyFactor: z.number().optional(),
  latencyAction: z.literal('halve').optional(),
  relative: z.boolean().optional(),
  dataFirst: z.boolean().optional(),
  rpoSec: z.number().optional(),
});

const Values = z.looseObject({ region: z.string(), weight: z.number().optional(), enabled: z.boolean().optional() });

const State = z.looseObject({
  now: z.number().optional(),
  lastShiftAt: z.number().optional(),
  shiftAt: z.union([z.number(), z.record(z.string(), z.number())]).optional(),
  drained: z.array(z.string()).optional(),
  snapshot: z.array(Values).optional(),
  lastWritten: z.array(Values).optional(),
  ramp: z.record(z.string(), z.number()).optional(),
  pins: z
    .array(
      z.looseObject({
        region: z.string(),
        state: z.enum(['in', 'out']),
        by: z.string().optional(),
        until: z.number().optional(),
      }),
    )
    .optional(),
  penalty: z.record(z.string(), z.number()).optional(),
  closedAlerts: z.array(z.string()).optional(),
  killSwitch: z.union([z.boolean(), z.string()]).optional(),
  gates: z.record(z.string(), z.string()).optional(),
  firing: z.array(z.string()).optional(),
  storeDown: z.union([z.boolean(), z.number()]).optional(),
  data: z.looseObject({ lagSec: z.number().optional(), promote: z.unknown().optional() }).optional(),
});

/** One thing that happens; which members count depends on `kind`. */
const Event = z.looseObject({
  kind: z.string(),
  at: z.number().optional(),
  atStep: z.number().optional(),
  after: z.union([z.string(), z.number()]).optional(),
  afterWrite: z.number().optional(),
  when: z.string().optional(),
  region: z.string().optional(),
});

const Shape = z.looseObject({
  id: z.union([z.string(), z.number()]),
  backend: z.enum(['afd', 'tm']).default('afd'),
  origins: z.array(Origin).min(1),
  load: z.number().default(0),
  routing: z
    .looseObject({
      additionalLatencyInMilliseconds: z.number().optional(),
      sessionAffinityState: z.string().optional(),
      ttl: z.number().optional(),
      method: z.string().optional(),
    })
    .optional(),
  policy: Policy.default({}),
  state: State.default({}),
  event: Event.optional(),
  events: z.array(Event).optional(),
  arm: z.array(Fault).default([]),
  wall: z.string().optional(),
});

/** A scenario as cases/FORMAT.md describes it. A member that is null is not there, but for what is not known. */
export const Scenario = z.preprocess(withoutNulls, Shape);

export type Scenario = z.infer<typeof Scenario>;
export type ScenarioEvent = z.infer<typeof Event>;

/** `healthy` alone says something by being null. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutNulls);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const members = Object.entries(value).filter(([name, one]) => one !== null || name === 'healthy');
  return Object.fromEntries(members.map(([name, one]) => [name, withoutNulls(one)]));
}
