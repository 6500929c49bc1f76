import type { AlertContext, Dimension } from '../alert.ts';
import { at, firstOf, identityOf, items, MAX_NAME, note, stringOf, type NamedPart, type Part } from '../part.ts';
import { readRegions } from './regions.ts';

/** Ours: a Prometheus rule may have as many labels as its writer likes. */
const MAX_DIMENSIONS = 50;

/** Names whose values are regions of resources. `ClientRegion`, as on Front Door, is where the users are. */
const REGION_NAMES: ReadonlySet<string> = new Set(['region', 'location']);

/** The pairs `{name, value}` of a list; a pair without a name is noted. */
export function pairsOf(list: Part): readonly NamedPart[] {
  return items(list).flatMap((pair) => {
    const name = identityOf(at(pair, 'name'));
    return name === undefined ? [] : [{ name, part: at(pair, 'value') }];
  });
}

/** Dimensions, and the regions that those named `region` or `location` speak of. */
export function readDimensions(pairs: readonly NamedPart[]): Pick<AlertContext, 'dimensions' | 'regions' | 'isGlobal'> {
  const first = firstOf(pairs, MAX_DIMENSIONS);
  const regions = first.filter(({ name }) => REGION_NAMES.has(name.toLowerCase()));
  return { dimensions: first.flatMap(dimensionOf), ...readRegions(regions.map(({ part }) => part)) };
}

function dimensionOf({ name, part }: NamedPart): readonly Dimension[] {
  const value = stringOf(part, Infinity)?.slice(0, MAX_NAME);
  if (value === undefined || name.length > MAX_NAME) {
    note(part);
    return [];
  }
  return [{ name, value }];
}
