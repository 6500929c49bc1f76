import { parseRegion } from '../domain/azure/regions.ts';
import type { WatchedOrigin } from '../ports/evidence-source.ts';

/**
 * The origins that a text from outside means: by their own name, or by their region however it is written
 * (`West Europe`). Pure.
 */
export function namedOrigins<Origin extends WatchedOrigin>(
  origins: readonly Origin[],
  written: string,
): readonly Origin[] {
  const wanted = written.trim().toLowerCase();
  const region = parseRegion(wanted);
  return origins.filter((origin) => origin.name.toLowerCase() === wanted || [wanted, region].includes(origin.region));
}
