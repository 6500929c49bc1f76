import * as z from 'zod';

import { InvalidSettingError } from '../errors.ts';
import { Guid, Mode as ModeSchema, Percent, percentNumber } from './schema/scalars.ts';
import type { Mode } from './model.ts';

/** What a bound on modes is for: a reaction, or one direction of it. `*` bounds whatever has no bound of its own. */
export const BOUNDED = [
  '*',
  'image-rollout',
  'region-failover',
  'region-failover.drain',
  'region-failover.restore',
  'node-pool-upgrade',
  'off-hours',
  'cost-guard',
] as const;

export type Bounded = (typeof BOUNDED)[number];

const ArmPrefix = z
  .string()
  .regex(/^\/(subscriptions|providers)\/[A-Za-z0-9_()./-]+$/i, 'expected an ARM id or the beginning of one');

const CeilingSetting = z.strictObject({
  modes: z.partialRecord(z.enum(BOUNDED), ModeSchema).default({}),
  rules: z
    .strictObject({
      minServing: z.int().min(1).optional(),
      maxDrained: Percent.optional(),
      headroom: Percent.optional(),
    })
    .default({}),
  targets: z
    .strictObject({
      resources: z.array(ArmPrefix).optional(),
      repositories: z
        .array(z.string().regex(/^[A-Za-z0-9-]+\/([A-Za-z0-9._-]+|[*])$/, 'expected owner/name or owner/*'))
        .optional(),
    })
    .default({}),
  senders: z.array(ArmPrefix).optional(),
  approvers: z.array(Guid).optional(),
});

/** What the deployment allows at most. What is absent is not bounded; an empty list allows nothing. */
export type Ceiling = z.infer<typeof CeilingSetting>;

/** Bounds nothing. */
export const NO_CEILING: Ceiling = { modes: {}, rules: {}, targets: {} };

/** Reads the deployment's setting. @throws InvalidSettingError naming the first thing that is wrong. */
export function parseCeiling(setting: unknown): Ceiling {
  const parsed = CeilingSetting.safeParse(setting);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') ?? '';
    throw new InvalidSettingError(
      'REFLEX_CEILING',
      `${where === '' ? '' : `${where}: `}${issue?.message ?? 'not valid'}`,
    );
  }
  return parsed.data;
}

const STRENGTH: readonly Mode[] = ['observe', 'propose', 'enforce'];

/** The weaker of the mode asked for and the bound of the reaction, or of its direction. */
export function boundMode({ modes }: Ceiling, bounded: Bounded, asked: Mode): Mode {
  const reaction = bounded.split('.')[0] as Bounded;
  const bound = modes[bounded] ?? modes[reaction] ?? modes['*'] ?? 'enforce';
  return STRENGTH.indexOf(asked) <= STRENGTH.indexOf(bound) ? asked : bound;
}

/** Safety rules of an edge. */
export interface EdgeRules {
  readonly minServing: number;
  readonly maxDrained: string;
  readonly headroom: string;
}

/** The stricter of each rule and its bound. */
export function boundRules({ rules }: Ceiling, asked: EdgeRules): EdgeRules {
  const { minServing = 1, maxDrained = '100%', headroom = '0%' } = rules;
  return {
    minServing: Math.max(asked.minServing, minServing),
    maxDrained: `${Math.min(percentNumber(asked.maxDrained), percentNumber(maxDrained))}%`,
    headroom: `${Math.max(percentNumber(asked.headroom), percentNumber(headroom))}%`,
  };
}

/** True if an ARM id is one of the bound's, or lies below one; segments are compared whole and without case. */
export function isWithin(prefixes: readonly string[] | undefined, resourceId: string): boolean {
  const id = `${resourceId.toLowerCase()}/`;
  return (
    prefixes === undefined || prefixes.some((prefix) => id.startsWith(`${prefix.toLowerCase().replace(/\/+$/, '')}/`))
  );
}

/** True if the bound names the repository, or `owner/*`. */
export function isRepositoryAllowed({ targets }: Ceiling, repository: string): boolean {
  const name = repository.toLowerCase();
  const owner = `${name.split('/')[0] ?? ''}/*`;
  return targets.repositories?.some((allowed) => [name, owner].includes(allowed.toLowerCase())) ?? true;
}
