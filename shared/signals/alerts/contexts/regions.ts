import { isGlobalRegion, parseRegion } from '../../../domain/azure/regions.ts';
import type { AlertContext } from '../alert.ts';
import { note, textOf, type Part } from '../part.ts';

/** More than Azure has. */
const MAX_REGIONS = 100;
/** All of them by display name, apart by commas, have less than half of it. */
const MAX_LIST = 4096;

/** The regions that texts name, one or a list with commas each; what is no region is noted. */
export function readRegions(parts: readonly Part[]): Pick<AlertContext, 'regions' | 'isGlobal'> {
  const regions = new Set<string>();
  let isGlobal = false;
  for (const part of parts) {
    for (const written of namesIn(textOf(part, MAX_LIST))) {
      const region = parseRegion(written);
      if (isGlobalRegion(written)) {
        isGlobal = true;
      } else if (region === undefined || regions.size === MAX_REGIONS) {
        note(part);
      } else {
        regions.add(region);
      }
    }
  }
  return { regions: [...regions], ...(isGlobal ? { isGlobal } : {}) };
}

function namesIn(list = ''): readonly string[] {
  return list
    .split(',')
    .map((written) => written.trim())
    .filter((written) => written !== '');
}
