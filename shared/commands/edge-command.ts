import { z } from 'zod';

/** Weights of Front Door and Traffic Manager are 1 to 1000; 0 is asked for by people who mean a drain, and refused. */
const Weight = z.int().min(0).max(1000);
const Name = z.string().min(1).max(128);

const Common = {
  /** Name of the edge in the fleet files, or its ARM id. */
  edge: z.string().min(1).max(2048),
  /** Why, for the records and for whoever approves. */
  reason: z.string().max(2000).default(''),
  /** Rules that are to be overridden, by name; needs a reason and the edge's number of approvals. */
  override: z.array(z.string().min(1).max(100)).max(20).default([]),
  /** Shows the plan and changes nothing. */
  dryRun: z.boolean().default(false),
};

/** What a person may ask of an edge. `origin` is the name of an origin, or of a region: all of its origins are meant. */
export const EdgeCommand = z.discriminatedUnion('command', [
  z.strictObject({
    command: z.literal('failover'),
    ...Common,
    origin: Name,
    /** Weights on the way down; at once if absent. */
    steps: z.array(Weight).max(50).exactOptional(),
    /** By the origin's gate: no write to the control plane. */
    through: z.literal('gate').exactOptional(),
  }),
  z.strictObject({
    command: z.literal('failback'),
    ...Common,
    origin: Name,
    steps: z.array(Weight).max(50).exactOptional(),
    /** Whoever asks has looked, and it is well: for what is out and nobody speaks of. Needs a reason. */
    isWell: z.literal(true).exactOptional(),
  }),
  z.strictObject({
    command: z.literal('set-shares'),
    ...Common,
    /** Parts of the traffic by origin or region, in any unit. */
    shares: z
      .record(Name, z.number().min(0))
      .refine(
        (shares) => Object.keys(shares).length > 1,
        'name two or more: each gets its part of what these get together',
      ),
  }),
  z.strictObject({ command: z.literal('set-weights'), ...Common, weights: z.record(Name, Weight) }),
  z.strictObject({
    command: z.literal('shift-weight'),
    ...Common,
    origin: Name,
    /** Of the origin's weight, taken away. */
    percent: z.number().min(0).max(100),
  }),
  z.strictObject({
    command: z.literal('drill'),
    ...Common,
    origin: Name,
    /** How long it stays out. */
    durationSeconds: z.int().min(60).max(86_400).default(600),
  }),
  z.strictObject({
    command: z.literal('pin'),
    ...Common,
    origin: Name,
    state: z.enum(['in', 'out']),
    /** ISO 8601; until somebody takes it away if absent. */
    until: z.iso.datetime().exactOptional(),
  }),
  z.strictObject({ command: z.literal('unpin'), ...Common, origin: Name }),
  z.strictObject({
    command: z.literal('hold'),
    ...Common,
    /** ISO 8601; until somebody takes it away if absent. */
    until: z.iso.datetime().exactOptional(),
  }),
  z.strictObject({ command: z.literal('unhold'), ...Common }),
]);

export type EdgeCommand = z.infer<typeof EdgeCommand>;

/** A command with who gave it and the key by which a second posting of it is known. */
export interface GivenCommand {
  /** Idempotency key, or an id of our own. */
  readonly id: string;
  /** Object id of the person. */
  readonly by: string;
  /** When it was taken, ISO 8601. */
  readonly at: string;
  readonly asked: EdgeCommand;
}
