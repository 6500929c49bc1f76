import * as z from 'zod';

/** Some 30 years: no scenario lasts longer, and every instant of one has a name. */
export const LONGEST_SEC = 1e9;
/** Seconds from t0. */
export const Instant = z.number().min(-LONGEST_SEC).max(LONGEST_SEC);
const Person = z.union([z.string(), z.number()]).transform(String);
const Values = z.record(z.string(), z.number());

/** A date and time that JavaScript can read, of a year with four digits. */
export const Wall = z.string().refine((said) => isDated(said), 'expected an ISO 8601 time');

function isDated(said: string): boolean {
  const ms = Date.parse(said);
  return !Number.isNaN(ms) && /^\d{4}-/.test(new Date(ms).toISOString());
}

/** What the kinds that we know may say; others may say what they like. */
const Members = z.looseObject({
  monitorCondition: z.string().optional(),
  severity: z.union([z.int().min(0).max(4), z.string().regex(/^(sev)?[0-4]$/i)]).optional(),
  alertId: z.union([z.string(), z.number()]).optional(),
  firedAt: Instant.optional(),
  resolvedAt: Instant.optional(),
  target: z.string().optional(),
  bad: z.boolean().optional(),
  noData: z.boolean().optional(),
  errors: z.number().min(0).optional(),
  requests: z.number().min(0).optional(),
  errorRate: z.number().min(0).max(1).optional(),
  p95ms: z.number().min(0).optional(),
  steps: z.array(z.union([z.int().min(0).max(1_000), z.string()])).optional(),
  shares: Values.optional(),
  weights: Values.optional(),
  percent: z.number().min(0).max(100).optional(),
  requestedBy: Person.optional(),
  approvedBy: z.array(Person).optional(),
  override: z.array(z.string()).optional(),
  dryRun: z.boolean().optional(),
  durationSec: z.number().min(0).max(LONGEST_SEC).optional(),
  by: Person.optional(),
  decision: z.string().optional(),
  set: z.looseObject({ weight: z.int().min(0).max(1_000).optional(), enabled: z.boolean().optional() }).optional(),
  acquire: Instant.optional(),
  fence: z.int().min(0).optional(),
  pausedUntil: Instant.optional(),
  wall: Wall.optional(),
});

const KINDS = [
  ...['alert', 'signal', 'runbook', 'drill', 'restore', 'tick', 'approval', 'killswitch', 'verify', 'external'],
  ...['crash', 'restart', 'reconcile', 'runner'],
];

const Place = z.looseObject({
  kind: z.string(),
  at: Instant.optional(),
  atStep: z.number().optional(),
  after: z.union([z.string(), z.number()]).optional(),
  afterWrite: z.number().optional(),
  when: z.string().optional(),
  region: z.string().optional(),
});

/** One thing that happens; which members count depends on `kind`. */
export const Event = Place.transform((event, context): z.infer<typeof Place> => {
  const members = KINDS.includes(event.kind) ? Members.safeParse(event) : undefined;
  members?.error?.issues.forEach(({ path, message }) => {
    context.addIssue({ code: 'custom', path: [...path], message });
  });
  return { ...event, ...members?.data };
});

export type ScenarioEvent = z.infer<typeof Event>;
