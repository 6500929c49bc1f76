import type { Mode } from '../domain/mode.ts';
import type { FleetImage, FleetStage } from './model.ts';

/** Mode of what is asked of a stage, and how many people must agree to it first. Pure. */
export function askedOf(
  { mode }: Pick<FleetImage, 'mode'>,
  { approvals }: Pick<FleetStage, 'approvals'>,
): { readonly mode: Mode; readonly approvals?: NonNullable<FleetStage['approvals']> } {
  return approvals === undefined ? { mode } : { mode: mode === 'enforce' ? 'propose' : mode, approvals };
}
