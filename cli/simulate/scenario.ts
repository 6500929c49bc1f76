import * as z from 'zod';

import { Event, Instant, LONGEST_SEC, Wall } from './scenario-event.ts';

const Seconds = z.number().min(0).max(LONGEST_SEC);
const Share = z.number().min(0).max(1);
const Count = z.int().min(0);
const Rate = z.number().min(0);
/** What ARM takes for the name of an origin; display names of regions are such. */
const Region = z.string().regex(/^[\p{L}\p{N}][^/\\?#%|]*$/u, 'expected the name of a region');
const Weight = z.int().min(0).max(1_000);

const Origin = z.looseObject({
  region: Region,
  weight: Weight.default(500),
  priority: z.int().min(1).max(1_000).default(1),
  enabled: z.boolean().default(true),
  healthy: z.boolean().nullable().default(true),
  capacity: Rate.optional(),
  effectiveCapacity: Rate.optional(),
  load: Rate.optional(),
  nearestTo: z.union([z.string(), z.array(z.string())]).optional(),
  errorRate: Share.optional(),
  p95ms: Rate.optional(),
  requestsPerMin: Rate.optional(),
  degraded: z.boolean().optional(),
  alwaysServe: z.boolean().optional(),
  monitorStatus: z.string().optional(),
  minChildEndpoints: Count.optional(),
  onlineChildren: Count.optional(),
});

const Fault = z.looseObject({
  on: z.string().regex(/^\s*(\*|[A-Za-z]+)(\s+\S+)?\s*$/, 'expected "VERB resource" or "*"'),
  /** Of the answer; of an operation (`LRO`) also the word that it ends with. */
  status: z.union([z.int().min(100).max(599), z.enum(['Succeeded', 'Failed', 'Canceled'])]).optional(),
  body: z.union([z.record(z.string(), z.any()), z.string()]).optional(),
  headers: z.record(z.string().regex(/^[\w-]+$/), z.union([z.string(), z.number()]).transform(String)).optional(),
  times: Count.optional(),
  afterFirst: z.boolean().optional(),
  applied: z.boolean().optional(),
  lroSec: Seconds.optional(),
  serial: z.boolean().optional(),
  limit: Count.optional(),
  windowSec: Seconds.optional(),
  provisioningState: z.string().optional(),
});

const Damping = z.object({
  perFlap: Rate.default(1000),
  halfLifeSec: Seconds.min(1).default(900),
  suppress: Rate.default(2000),
  reuse: Rate.min(1).default(750),
  maxSuppressSec: Seconds.default(3600),
});

const Policy = z.looseObject({
  minEnabled: Count.optional(),
  maxDrainFraction: Share.optional(),
  headroom: Share.optional(),
  allowEnableStandby: z.boolean().optional(),
  partial: z.boolean().optional(),
  redistribute: z.literal('capacity').optional(),
  weightTotal: z.int().min(1).optional(),
  quorum: z.int().min(1).optional(),
  signals: z.array(z.string()).optional(),
  requireExternal: z.boolean().optional(),
  voteTtlSec: Seconds.optional(),
  settleSec: Seconds.optional(),
  minHoldSec: Seconds.optional(),
  recoverHoldSec: Seconds.optional(),
  cooldownSec: Seconds.optional(),
  cooldownScope: z.enum(['group', 'region']).optional(),
  cooldownBypassErrorRate: Share.optional(),
  damping: Damping.optional(),
  maxAlertAgeSec: Seconds.optional(),
  maxSkewSec: Seconds.optional(),
  actOnSeverityAtMost: Count.optional(),
  approvals: Count.optional(),
  approvalTtlSec: Seconds.optional(),
  leaseSec: Seconds.optional(),
  blockedDates: z.array(z.string()).optional(),
  atomic: z.boolean().optional(),
  probeGate: z.boolean().optional(),
  propagationSec: Seconds.optional(),
  metricLagSec: Seconds.optional(),
  bakeSec: Seconds.optional(),
  minRequests: Count.optional(),
  errorRateMax: Share.optional(),
  latencyFactor: Rate.optional(),
  latencyAction: z.literal('halve').optional(),
  relative: z.boolean().optional(),
  dataFirst: z.boolean().optional(),
  rpoSec: Seconds.optional(),
});

const Values = z.looseObject({ region: z.string(), weight: Weight.optional(), enabled: z.boolean().optional() });

const State = z.looseObject({
  now: Instant.optional(),
  lastShiftAt: Instant.optional(),
  shiftAt: z.union([Instant, z.record(z.string(), Instant)]).optional(),
  drained: z.array(z.string()).optional(),
  snapshot: z.array(Values).optional(),
  lastWritten: z.array(Values).optional(),
  ramp: z.record(z.string(), Weight).optional(),
  pins: z
    .array(
      z.looseObject({
        region: z.string(),
        state: z.enum(['in', 'out']),
        by: z.string().optional(),
        until: Instant.optional(),
      }),
    )
    .optional(),
  penalty: z.record(z.string(), Rate).optional(),
  closedAlerts: z.array(z.string()).optional(),
  killSwitch: z.union([z.boolean(), z.string()]).optional(),
  gates: z.record(z.string(), z.string()).optional(),
  firing: z.array(z.string()).optional(),
  /** Or until when, in seconds from t0. */
  storeDown: z.union([z.boolean(), Instant]).optional(),
  data: z.looseObject({ lagSec: Seconds.nullish(), promote: z.unknown().optional() }).optional(),
});

const Shape = z.looseObject({
  id: z.union([z.string(), z.number()]),
  backend: z.enum(['afd', 'tm']).default('afd'),
  origins: z.array(Origin).min(1).superRefine(refuseTwins),
  load: Rate.default(0),
  routing: z
    .looseObject({
      additionalLatencyInMilliseconds: Rate.optional(),
      sessionAffinityState: z.string().optional(),
      ttl: Seconds.optional(),
      method: z.string().optional(),
    })
    .optional(),
  policy: Policy.default({}),
  state: State.default({}),
  event: Event.optional(),
  events: z.array(Event).optional(),
  arm: z.array(Fault).default([]),
  wall: Wall.optional(),
});

/** Regions compare without letter case. */
function refuseTwins(origins: readonly z.infer<typeof Origin>[], context: z.RefinementCtx): void {
  const names = origins.map(({ region }) => region.toLowerCase());
  names.forEach((name, index) => {
    if (names.indexOf(name) < index) {
      context.addIssue({ code: 'custom', path: [index, 'region'], message: `${name} is there twice` });
    }
  });
}

/** A scenario as cases/FORMAT.md describes it. A member that is null is not there, but for what is not known. */
export const Scenario = z.preprocess(withoutNulls, Shape);

export type Scenario = z.infer<typeof Scenario>;
export type { ScenarioEvent } from './scenario-event.ts';

/** What says something by being null: that nobody knows. */
const UNKNOWN_WHERE_NULL = ['healthy', 'lagSec'];

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutNulls);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const members = Object.entries(value).filter(([name, one]) => one !== null || UNKNOWN_WHERE_NULL.includes(name));
  return Object.fromEntries(members.map(([name, one]) => [name, withoutNulls(one)]));
}
