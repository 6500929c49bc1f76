import type * as z from 'zod';

import type { EdgeView } from '../../shared/api/people/schemas.ts';
import { ALERT_SOURCE } from '../../shared/domain/traffic/votes.ts';
import { printable, table } from '../output.ts';

export type Edge = z.infer<typeof EdgeView>;
type Origin = Edge['origins'][number];

/** What is known of an edge's origins at present, as a table. Pure. */
export function originTable({ origins }: Pick<Edge, 'origins'>): readonly string[] {
  const rows = origins.map((one) => [printable(one.name), printable(one.region), stateOf(one), healthOf(one)]);
  return table([['ORIGIN', 'REGION', 'STATE', 'HEALTH'], ...rows]);
}

/** How an origin stood when the control plane last answered. Pure. */
export function stateOf({ enabled, weight, isShut }: Origin): string {
  const state = enabled === undefined ? 'not seen yet' : enabled ? `in, weight ${weight ?? '?'}` : 'out';
  return isShut === true ? `${state}, gate shut` : state;
}

/** What the evidence says of its region, and who says that it is bad. Pure. */
export function healthOf({ health = 'unknown', badVotes = [], hasTurned }: Origin): string {
  const said = badVotes.length === 0 ? health : `${health}: ${printable(badVotes.map(sourceName).join(' '))}`;
  return hasTurned === true ? `${said}; that turned a plan around, a newer word takes it out` : said;
}

/** An alert by its rule, or else by the end of its ARM id. */
function sourceName(source: string): string {
  return source.startsWith(`${ALERT_SOURCE}/`) ? `${ALERT_SOURCE}${source.split('/').at(-1) ?? ''}` : source;
}
