/**
 * A second origin group with the same origins, and the routes that refer to one of the two: a PATCH of a route's group
 * moves all origins at once. ARM ids in lower case.
 */
export interface EdgeTwin {
  readonly originGroup: string;
  /** The group that the first one refers to is the one that serves. */
  readonly routes: readonly string[];
}

/** What an origin holds that we may write. */
export interface HeldValues {
  readonly enabled: boolean;
  readonly weight: number;
}

/** A route as the control plane shows it. */
export interface RouteState {
  /** ARM id in lower case. */
  readonly id: string;
  /** ARM id of the origin group that it refers to, lower case. */
  readonly originGroup: string;
  /** False while a write to the route is running or queued. */
  readonly terminal: boolean;
}

/** Why the two groups cannot stand in for each other. `reason` is stable, `detail` is for people. */
export interface TwinFault {
  readonly reason:
    | 'config-error:twin-not-found'
    | 'config-error:twin-route'
    | 'config-error:twin-origins'
    | 'config-error:twin-settings'
    | 'config-error:twin-shared'
    | 'config-error:twin-split';
  readonly detail: string;
}

/** The two groups of an edge as they were read. */
export interface TwinState<One = HeldValues & { readonly id: string; readonly terminal: boolean }> {
  /** ARM ids of the group that serves and of the other one; absent where the first route refers to neither. */
  readonly live?: string;
  readonly idle?: string;
  /** What the other group holds, under the ids of the edge's own origins. */
  readonly held: readonly One[];
  /** Those that the fleet names, in its order. */
  readonly routes: readonly RouteState[];
  readonly fault?: TwinFault;
}

/** One of the two groups. */
export interface FoundGroup<One> {
  readonly origins: readonly One[];
  /** Everything about the group, and about each origin by its name, that must be the same in both; canonical text. */
  readonly settings: string;
  readonly settingsOf: ReadonlyMap<string, string>;
}

export interface FoundTwin<One> {
  readonly own: FoundGroup<One>;
  /** Absent where the service does not have it. */
  readonly other: FoundGroup<One> | undefined;
  /** Every route of the profile. */
  readonly routes: readonly RouteState[];
}

/** Name of a resource: the last part of its id. Pure. */
export function nameIn(id: string): string {
  return id.split('/').at(-1) ?? '';
}

/** Id of the origin of the same name in another group. Pure. */
export function inGroup(origin: string, group: string): string {
  return `${group}/origins/${nameIn(origin)}`;
}

/**
 * Which of the two groups serves, and whether they can stand in for each other. Pure.
 *
 * @param edge - ARM id of the edge's own group, lower case: origins of both are told by their ids in it.
 * @returns the origins of the group that serves, and the state of both.
 */
export function readTwin<One extends { readonly id: string }>(
  edge: string,
  { originGroup, routes: listed }: EdgeTwin,
  found: FoundTwin<One>,
): { readonly origins: readonly One[]; readonly isOther: boolean; readonly twin: TwinState<One> } {
  const known = new Map(found.routes.map((route) => [route.id, route]));
  const routes = listed.flatMap((id) => known.get(id) ?? []);
  const first = known.get(listed[0] ?? '')?.originGroup;
  const { own, other } = found;
  const isOther = other !== undefined && first === originGroup;
  const fault = faultOf({ edge, originGroup, listed }, found);
  const sides = isOther
    ? { live: originGroup, idle: edge }
    : first === edge
      ? { live: edge, idle: originGroup }
      : undefined;
  return {
    origins: underOwnIds((isOther ? other : own).origins, edge),
    isOther,
    twin: {
      ...sides,
      held: underOwnIds((isOther ? own : other)?.origins ?? [], edge),
      routes,
      ...(fault === undefined ? {} : { fault }),
    },
  };
}

/**
 * What people should see to in a pair of groups, in words; undefined if nothing. Pure. Several origins then no longer move
 * at once; where nobody can tell who serves, nothing moves at all.
 */
export function twinTrouble({ live, routes, fault }: Pick<TwinState, 'live' | 'routes' | 'fault'>): string | undefined {
  const elsewhere = routes.filter(({ originGroup, terminal }) => terminal && originGroup !== live);
  if (fault !== undefined || live === undefined) {
    return fault?.detail ?? 'nobody can tell which group serves';
  }
  return elsewhere.length === 0
    ? undefined
    : `${nameIn(live)} serves, and not through ${elsewhere.map(({ id }) => nameIn(id)).join(', ')}`;
}

function underOwnIds<One extends { readonly id: string }>(origins: readonly One[], edge: string): readonly One[] {
  return origins.map((origin) => ({ ...origin, id: inGroup(origin.id, edge) }));
}

interface Pair {
  readonly edge: string;
  readonly originGroup: string;
  readonly listed: readonly string[];
}

function faultOf<One extends { readonly id: string }>(
  { edge, originGroup, listed }: Pair,
  { own, other, routes }: FoundTwin<One>,
): TwinFault | undefined {
  const groups = [edge, originGroup];
  const missing = listed.filter((id) => !routes.some((route) => route.id === id));
  if (other === undefined || missing.length > 0) {
    const names = [...(other === undefined ? [originGroup] : []), ...missing].map(nameIn).join(', ');
    return { reason: 'config-error:twin-not-found', detail: `not in Azure: ${names}` };
  }
  const strays = routes.filter((route) => listed.includes(route.id) && !groups.includes(route.originGroup));
  if (strays.length > 0) {
    const told = strays.map((route) => `${nameIn(route.id)} refers to ${nameIn(route.originGroup)}`);
    return { reason: 'config-error:twin-route', detail: told.join(', ') };
  }
  const uninvited = routes.filter((route) => !listed.includes(route.id) && groups.includes(route.originGroup));
  if (uninvited.length > 0) {
    const told = uninvited.map((route) => `${nameIn(route.id)} refers to ${nameIn(route.originGroup)}`);
    return {
      reason: 'config-error:twin-shared',
      detail: `routes that the fleet file does not list: ${told.join(', ')}`,
    };
  }
  return differenceOf(own, other);
}

function differenceOf<One extends { readonly id: string }>(
  own: FoundGroup<One>,
  other: FoundGroup<One>,
): TwinFault | undefined {
  const [here, there] = [namesOf(own), namesOf(other)];
  const alone = [
    ...here.filter((name) => !there.includes(name)),
    ...there.filter((name) => !here.includes(name)),
  ].sort();
  if (alone.length > 0) {
    return { reason: 'config-error:twin-origins', detail: `in one group only: ${alone.join(', ')}` };
  }
  const differing = [...own.settingsOf].filter(([name, text]) => other.settingsOf.get(name) !== text);
  const told = [...(own.settings === other.settings ? [] : ['the group itself']), ...differing.map(([name]) => name)];
  return told.length === 0
    ? undefined
    : { reason: 'config-error:twin-settings', detail: `set up in another way: ${told.sort().join(', ')}` };
}

function namesOf<One extends { readonly id: string }>({ origins }: FoundGroup<One>): readonly string[] {
  return origins.map(({ id }) => nameIn(id));
}
