import * as z from 'zod';

import type { Mode } from '../domain/mode.ts';
import { InvalidSettingError } from '../errors.ts';
import { Duration, durationMs, Guid, Mode as ModeSchema, Percent, percentNumber } from './schema/scalars.ts';

/** What a bound on modes is for: a reaction, or one direction of it. `*` bounds whatever has no bound of its own. */
export const BOUNDED = [
  '*',
  'image-rollout',
  'region-failover',
  'region-failover.drain',
  'region-failover.restore',
  'scale-up',
  'node-pool-upgrade',
  'off-hours',
  'cost-guard',
] as const;

export type Bounded = (typeof BOUNDED)[number];

const ArmPrefix = z
  .string()
  .regex(/^\/(subscriptions|providers)\/[A-Za-z0-9_()./-]+$/i, 'expected an ARM id or the beginning of one');

const People = z.int().min(0).max(10);

const CeilingSetting = z.strictObject({
  modes: z.partialRecord(z.enum(BOUNDED), ModeSchema).default({}),
  rules: z
    .strictObject({
      minServing: z.int().min(1).optional(),
      maxDrained: Percent.optional(),
      headroom: Percent.optional(),
      allowStandby: z.boolean().optional(),
      allowPartial: z.boolean().optional(),
      undo: z.boolean().optional(),
    })
    .default({}),
  signals: z
    .strictObject({
      quorum: z.int().min(1).max(10).optional(),
      external: z.boolean().optional(),
      recoverHold: Duration.optional(),
    })
    .default({}),
  approvals: z
    .strictObject({
      drain: People.optional(),
      restore: People.optional(),
      runbook: People.optional(),
      override: People.optional(),
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
export const NO_CEILING: Ceiling = { modes: {}, rules: {}, signals: {}, approvals: {}, targets: {} };

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

/** Of what was asked for and the bound, the one that lets less happen. */
const STRICTER = {
  rules: { minServing: more, maxDrained: less, headroom: larger, allowStandby: both, allowPartial: both, undo: either },
  signals: { quorum: more, external: either, recoverHold: longer },
  approvals: { drain: more, restore: more, runbook: more, override: more },
} as const;

/** Groups of an edge's settings that the ceiling bounds. */
export type BoundedGroup = keyof typeof STRICTER;

/** Names of the settings in a group that the ceiling bounds. */
export function boundedSettings(group: BoundedGroup): readonly string[] {
  return Object.keys(STRICTER[group]);
}

/** The stricter of each setting of a group and its bound; settings that no ceiling bounds stay. */
export function boundSettings<Asked extends object>(ceiling: Ceiling, group: BoundedGroup, asked: Asked): Asked {
  const bounds: Readonly<Record<string, unknown>> = ceiling[group];
  const stricter: Readonly<Record<string, Stricter>> = STRICTER[group];
  const changed = Object.entries<unknown>({ ...asked } as Record<string, unknown>).map(
    ([name, value]): [string, unknown] => {
      const bound = bounds[name];
      return [name, bound === undefined ? value : (stricter[name]?.(value as never, bound as never) ?? value)];
    },
  );
  return Object.fromEntries(changed) as Asked;
}

type Stricter = (asked: never, bound: never) => unknown;

function more(asked: number, bound: number): number {
  return Math.max(asked, bound);
}

function less(asked: string, bound: string): string {
  return percentNumber(bound) < percentNumber(asked) ? bound : asked;
}

function larger(asked: string, bound: string): string {
  return percentNumber(bound) > percentNumber(asked) ? bound : asked;
}

function longer(asked: string, bound: string): string {
  return durationMs(bound) > durationMs(asked) ? bound : asked;
}

function both(asked: boolean, bound: boolean): boolean {
  return asked && bound;
}

function either(asked: boolean, bound: boolean): boolean {
  return asked || bound;
}

/** True if an ARM id is one of the bound's, or lies below one; segments are compared whole and without case. */
export function isWithin(prefixes: readonly string[] | undefined, resourceId: string): boolean {
  const id = `${resourceId.toLowerCase()}/`;
  return (
    prefixes === undefined || prefixes.some((prefix) => id.startsWith(`${prefix.toLowerCase().replace(/\/+$/, '')}/`))
  );
}

/** True if the deployment still lets an edge be put back that the fleet files no longer name. */
export function mayPutBack(ceiling: Ceiling, edge: string): boolean {
  return (
    isWithin(ceiling.targets.resources, edge) && boundMode(ceiling, 'region-failover.restore', 'enforce') !== 'observe'
  );
}

/** True if the bound names the repository, or `owner/*`. */
export function isRepositoryAllowed({ targets }: Ceiling, repository: string): boolean {
  const name = repository.toLowerCase();
  const owner = `${name.split('/')[0] ?? ''}/*`;
  return targets.repositories?.some((allowed) => [name, owner].includes(allowed.toLowerCase())) ?? true;
}
