import type { Breach } from './walk.ts';

/** Rules that people may override by name, with the approvals that the edge's owner asks for that; N is a number. */
export const OVERRIDABLE_RULES = [
  'atleast-N',
  'blocked-date',
  'blocking-alarm',
  'data-step-failed',
  'data-step-waits',
  'freeze',
  'insufficient-capacity',
  'manual-step-waits',
  'max-drain-fraction',
  'nearest-region-overload',
  'outside-window',
  'replication-lag',
  'targets-called-bad',
  'twin-not-found',
  'twin-origins',
  'twin-route',
  'twin-settings',
  'twin-shared',
  'twin-split',
  'weights-ineffective',
] as const;

/** Never overridden: without them nobody is served. */
const ABSOLUTE_RULES = ['last-enabled', 'last-healthy', 'no-healthy-target', 'target-health-unknown'] as const;

type OverridableRule = (typeof OVERRIDABLE_RULES)[number];

/** A rule that a change would break; the reason is its name, perhaps with its family before and numbers behind it. */
export interface RuleBreach extends Breach {
  readonly reason:
    | Exclude<OverridableRule, 'atleast-N'>
    | `${OverridableRule} ${string}`
    | `safety-rule:atleast-${number}`
    | (typeof ABSOLUTE_RULES)[number];
}

/** True for a rule that keeps somebody served, with or without its family. Pure. */
export function isAbsolute(name: string): boolean {
  return ABSOLUTE_RULES.some((rule) => rule === withoutFamily(name));
}

/** True for every name of a rule. Pure. */
export function isRule(name: string): boolean {
  const known: readonly string[] = [...OVERRIDABLE_RULES, ...ABSOLUTE_RULES];
  const rule = withoutFamily(name);
  return known.includes(rule) || /^atleast-\d+$/.test(rule);
}

/** True if one of the names that people gave is that of a rule, with or without its family and its numbers. Pure. */
export function isOverridden({ reason }: Breach, names: readonly string[]): boolean {
  const [rule] = withoutFamily(reason).split(' ');
  return !isAbsolute(reason) && names.some((name) => isRule(name) && withoutFamily(name) === rule);
}

function withoutFamily(reason: string): string {
  return reason.replace(/^(?:safety-rule|config-error):/, '');
}
