import type { Mode } from '../../domain/mode.ts';
import type { Consent, Demand, Pressure } from '../../domain/traffic/demand.ts';
import { evidenceKey } from '../../domain/traffic/evidence.ts';
import type { Origin } from '../../domain/traffic/origin.ts';
import { isServing, loadOf } from '../../domain/traffic/serving.ts';
import type { OutWish } from '../../domain/traffic/wishes.ts';
import type { Intent } from '../../intents/intent.ts';
import { NO_SNAPSHOT } from './agreement/leave.ts';
import type { ObservedEdge } from './observe.ts';

/** Row key of what an edge would put on its clusters if all were moved that it wants moved. */
export function demandKey(edge: string): string {
  return evidenceKey(edge).replace(/^evidence/, 'demand');
}

/** Rules that more capacity would satisfy. */
const SHORT: readonly string[] = ['insufficient-capacity', 'nearest-region-overload'];

/** No drain is there, and none is to be. */
const NOTHING: Demand = { schema: 1, isDraining: false, byCluster: {} };

/**
 * What an edge would put on its clusters if capacity kept nothing back. Pure.
 *
 * Of drains alone, and not of drills, which are to find out whether the others can carry it as they are.
 * @param intents - about the edge.
 * @returns undefined if nothing is measured.
 */
export function demandOf({ edge, origins, measured }: ObservedEdge, intents: readonly Intent[]): Demand | undefined {
  const drains = intents.filter(isDrain);
  if (drains.length === 0) {
    return NOTHING;
  }
  if (measured === undefined) {
    return undefined;
  }
  const idsOf = (which: (intent: Intent) => boolean): ReadonlySet<string> =>
    new Set(drains.filter(which).map(({ subject }) => subject));
  const out = idsOf((intent) => !isKeptOut(intent) && isWanted(intent, origins));
  // What somebody else wants out does not come back.
  const back = idsOf((intent) => isKeptOut(intent) && !out.has(intent.subject));
  if (back.size + out.size === 0) {
    return { ...NOTHING, isDraining: true };
  }
  const after = origins.map((origin) =>
    back.has(origin.id) ? comingBack(origin) : { ...origin, enabled: origin.enabled && !out.has(origin.id) },
  );
  const loads = loadOf(after, measured.division);
  const byCluster = Map.groupBy(
    edge.origins.filter(({ name }) => loads.has(name)),
    ({ cluster }) => cluster,
  );
  return {
    schema: 1,
    isDraining: true,
    consent: freestOf(
      drains.filter(({ subject }) => back.has(subject) || out.has(subject)),
      edge.policy.approvals.withinMs,
    ),
    byCluster: Object.fromEntries(
      [...byCluster].map(([cluster, all]): [string, Pressure] => {
        const each = all.map(({ name }) => Math.ceil(loads.get(name) ?? 0));
        const shared = edge.origins.filter((origin) => origin.cluster === cluster).length;
        const load = each.reduce((sum, one) => sum + one, 0);
        return [cluster, { load, busiest: Math.max(...each), origins: shared }];
      }),
    ),
  };
}

const STRENGTH: readonly Mode[] = ['observe', 'propose', 'enforce'];

/** How the freest of several wishes may be carried out. */
function freestOf(wishes: readonly Intent[], withinMs: number): Consent {
  const best = Math.max(...wishes.map(({ mode }) => STRENGTH.indexOf(mode)));
  const free = wishes.filter(({ mode }) => STRENGTH.indexOf(mode) === best);
  const mode = STRENGTH[best] ?? 'observe';
  const needed = Math.min(...free.map(({ approvals }) => approvals?.needed ?? (mode === 'propose' ? 1 : 0)));
  const within = free.flatMap(({ approvals }) => approvals?.withinMs ?? []);
  return { mode, approvals: { needed: mode === 'enforce' ? 0 : needed, withinMs: Math.min(withinMs, ...within) } };
}

/** While its gate is closed nobody can tell how it is; it is let in because it is well. */
function comingBack(origin: Origin): Origin {
  return { ...origin, enabled: true, isShut: false, ...(origin.isShut === true ? { healthy: true } : {}) };
}

/** What we have not taken out and nobody wants out any more is somebody else's drain, who sees to the room for it. */
function isDrain({ kind, value, state, note }: Intent): boolean {
  const isTheirs = state === 'leaving' && note === NO_SNAPSHOT;
  return kind === 'out' && state !== 'closed' && !isTheirs && (value as unknown as OutWish).urgency !== 'drill';
}

/** True for what is to come back and finds no room: nodes without requests have been taken away meanwhile. */
function isKeptOut({ state, note = '' }: Intent): boolean {
  return state === 'leaving' && SHORT.includes(note);
}

/** True for a drain that is there, wholly or in part, or that nothing but capacity keeps back. */
function isWanted({ subject, state, note = '' }: Intent, origins: readonly Origin[]): boolean {
  const isOut = origins.some((origin) => origin.id === subject && !isServing(origin));
  return isOut || (state === 'blocked' && SHORT.includes(note)) || (state === 'open' && note === 'effective');
}
