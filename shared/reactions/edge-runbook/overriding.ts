import type { EdgeCommand } from '../../commands/edge-command.ts';
import type { EdgePolicy } from '../../domain/traffic/policy.ts';

/** How many people must agree: more where a rule is to be broken. Pure. */
export function neededFor(asked: EdgeCommand, { approvals }: EdgePolicy): number {
  return overrides(asked).overrides === undefined ? approvals.runbook : Math.max(approvals.runbook, approvals.override);
}

/** The rules that a command overrides: none without a reason. Pure. */
export function overrides({ override, reason }: EdgeCommand): { readonly overrides?: readonly string[] } {
  return override.length === 0 || reason.trim() === '' ? {} : { overrides: override };
}
