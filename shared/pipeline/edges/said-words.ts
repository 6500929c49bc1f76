import { regionOf, type EdgeEvidence } from '../../domain/traffic/evidence.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Intent } from '../../intents/intent.ts';
import { subjectsOf } from '../../intents/subjects.ts';

/**
 * What counts of an intent's origins at the moment at which it is decided on, for the record: `said` by source, times in
 * ISO 8601, and `badSince` where enough have called one bad. Later words take the place of these in the evidence. Pure.
 *
 * @param now - milliseconds since 1970.
 */
export function saidOf(intent: Intent, origins: readonly Origin[], evidence: EdgeEvidence, now: number): JsonObject {
  const about = subjectsOf(intent);
  const regions = origins
    .filter(({ id }) => about.includes(id))
    .map(({ name }) => ({ name, region: regionOf(evidence, name) }));
  const said = regions.flatMap(({ name, region }) =>
    region.votes
      .filter(({ at, expires }) => at <= now && expires > now)
      .map(({ source, isBad, isOutside, at }) => {
        return { origin: name, source, isBad, isOutside, at: new Date(at).toISOString() };
      }),
  );
  const since = regions.flatMap(({ region: { health } }) => health.badSince ?? []);
  return { said, ...(since.length === 0 ? {} : { badSince: new Date(Math.max(...since)).toISOString() }) };
}
