import { dateIn, isWindowOpen } from '../../domain/schedule/window.ts';
import type { FleetStage } from '../../fleet/model.ts';

/** Why nothing is written to a stage now, rollbacks excepted. Pure. */
export function whyClosed(
  { windows, freezes = [], timeZone = 'UTC' }: FleetStage,
  now: Date,
): 'freeze' | 'outside-window' | undefined {
  const today = dateIn(timeZone, now);
  if (freezes.some(({ from, to }) => from <= today && today <= to)) {
    return 'freeze';
  }
  return windows === undefined || isWindowOpen(windows, timeZone, now) ? undefined : 'outside-window';
}
