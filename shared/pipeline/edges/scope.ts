import { ALL_ORIGINS, settingOf } from '../../domain/traffic/evidence-settings.ts';
import { parseResourceId } from '../../domain/azure/resource-id.ts';
import { sha256 } from '../../domain/digest.ts';
import type { Fleet, FleetEdge } from '../../fleet/model.ts';
import type { Report } from '../../reactions/region-failover/index.ts';
import type { SignalHead } from '../../signals/signal.ts';
import type { AlertData, AlertType } from '../../signals/alerts/alert.ts';
import { subjectsOn } from '../../signals/alerts/subjects.ts';
import { alertSource } from './alert-source.ts';

/** A report and the edge that it is about. */
export interface EdgeReport {
  readonly edge: FleetEdge;
  readonly report: Report;
}

/** Dimensions, labels and columns that name an origin, a Traffic Manager endpoint or a region, folded. */
const NAMING: ReadonlySet<string> = new Set(['origin', 'originname', 'endpointname', 'region', 'location']);
/** What names an endpoint there; on Front Door an endpoint is what users call, and no origin. */
const NAMING_ON_TRAFFIC_MANAGER = 'endpoint';
/** On Application Gateway. */
const NAMING_BACKENDS: ReadonlySet<string> = new Set(['backendserver', 'backendpool', 'backendsettingspool']);
/** Labels and columns that name a cluster: its name in the fleet or in Azure, or its ARM id. */
const NAMING_CLUSTERS: ReadonlySet<string> = new Set(['cluster', 'clustername', 'clusterid', 'resourceid']);
const NAMING_GROUPS: ReadonlySet<string> = new Set(['origingroup', 'origingroupname']);

/**
 * What an alert means for each edge of the fleet: by the resources that it is about, then by the dimensions, regions and
 * properties that it names. Pure. Edges in the order of their priority.
 */
export function reportsOf({ source, type, data }: Alert, fleet: Fleet): readonly EdgeReport[] {
  const targets = data.targets.map((target) => target.toLowerCase().replace(/\/$/, ''));
  return fleet.edges
    .toSorted((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1))
    .flatMap((edge): readonly EdgeReport[] => {
      const names = namesOn(edge, targets, { type, data, fleet });
      return names === undefined ? [] : [{ edge, report: toReport({ source, type, data }, names) }];
    });
}

/** A signal of the alert family, as far as it is needed. */
export interface Alert extends Pick<SignalHead, 'source'> {
  readonly type: AlertType;
  readonly data: AlertData;
}

interface Spoken extends Pick<Alert, 'type' | 'data'> {
  readonly fleet: Fleet;
}

/** What an alert calls the origins and regions that it speaks of on an edge; undefined if it is not about that edge. */
function namesOn(edge: FleetEdge, targets: readonly string[], spoken: Spoken): readonly string[] | undefined {
  const { data, fleet } = spoken;
  const isTarget = (id: string | undefined): boolean =>
    id !== undefined && targets.some((target) => isAtOrBelow(target, id));
  const direct = edge.origins.filter(
    ({ id, cluster }) => isTarget(id) || isTarget(fleet.clusters.find(({ name }) => name === cluster)?.resourceId.key),
  );
  if (direct.length > 0) {
    return direct.map(({ name }) => name);
  }
  const behind = edge.origins.filter(({ name }) =>
    isTarget(settingOf(edge.evidence?.appGateways, name)?.toLowerCase()),
  );
  if (behind.length > 0) {
    const isOneRegion = new Set(behind.map(({ region }) => region)).size === 1;
    return isOneRegion ? behind.map(({ name }) => name) : namedIn(spoken, (name) => NAMING_BACKENDS.has(name));
  }
  if (targets.some((target) => target === edge.id || target === edge.profile)) {
    const isEndpoint = (name: string): boolean =>
      edge.service === 'traffic-manager' && name === NAMING_ON_TRAFFIC_MANAGER;
    return isOtherGroup(edge, data) ? undefined : namedIn(spoken, isEndpoint);
  }
  const subjects = subjectsOn(edge, data);
  if (subjects.length > 0) {
    return subjects.includes(ALL_ORIGINS) ? namedBySubject(edge, spoken) : subjects;
  }
  // A scope speaks of a whole region: service health.
  const holds = targets.some((target) => isScope(target) && edge.origins.some(({ id }) => isAtOrBelow(id, target)));
  const named = holds && data.isGlobal !== true ? namedIn(spoken, () => false) : [];
  return named.length > 0 ? named : undefined;
}

/**
 * What dimensions and regions name; the rule's own property `region` instead, where it has one. A rule for service health
 * hears of every region: there one name for all of them would be wrong.
 */
function namedIn(
  { type, data: { dimensions, regions, properties } }: Spoken,
  isNaming: (name: string) => boolean,
): readonly string[] {
  const given = type === 'service-health' ? undefined : propertyOf(properties, 'region');
  if (given !== undefined) {
    return [given];
  }
  const said = dimensions.filter(({ name }) => NAMING.has(folded(name)) || isNaming(folded(name)));
  return [...new Set([...said.map(({ value }) => value.trim()), ...regions])].filter((name) => name !== '');
}

/**
 * What an alert calls the origin that it is about where its resource watches all of them: the property `region`, or a
 * dimension, or else the cluster that a dimension names.
 */
function namedBySubject(edge: FleetEdge, spoken: Spoken): readonly string[] {
  const named = namedIn(spoken, () => false);
  return named.length > 0 ? named : namedByCluster(edge, spoken);
}

/** Origins in front of the one cluster behind the edge that dimensions name; none where they fit several. */
function namedByCluster({ origins }: FleetEdge, { data: { dimensions }, fleet }: Spoken): readonly string[] {
  const said = dimensions
    .filter(({ name }) => NAMING_CLUSTERS.has(folded(name)))
    .map(({ value }) => value.trim().toLowerCase());
  const behind = fleet.clusters.filter(({ name }) => origins.some(({ cluster }) => cluster === name));
  const [cluster, ...more] = behind.filter(({ name, resourceId }) =>
    [name, resourceId.name?.toLowerCase(), resourceId.key].some((one) => one !== undefined && said.includes(one)),
  );
  return cluster === undefined || more.length > 0
    ? []
    : origins.filter((origin) => origin.cluster === cluster.name).map(({ name }) => name);
}

/** True if an alert is about other origin groups of the profile. */
function isOtherGroup({ id, service }: FleetEdge, { dimensions }: AlertData): boolean {
  const groups = dimensions.filter(({ name }) => NAMING_GROUPS.has(folded(name)));
  const own = id.split('/').at(-1);
  return (
    service === 'front-door' && groups.length > 0 && !groups.some(({ value }) => value.trim().toLowerCase() === own)
  );
}

/** Log Analytics ends the names of its text columns with `_s`. */
function folded(name: string): string {
  return name
    .toLowerCase()
    .replace(/_s$/, '')
    .replaceAll(/[\s_-]/g, '');
}

function propertyOf(properties: AlertData['properties'], wanted: string): string | undefined {
  const [, value = ''] = Object.entries(properties).find(([name]) => name.toLowerCase() === wanted) ?? [];
  return value.trim() === '' ? undefined : value.trim();
}

/** Azure's limit for the name of a rule. */
const MAX_RULE = 260;

function toReport(alert: Alert, regions: readonly string[]): Report {
  const { state, firedAt, resolvedAt, severity, causedByUser, rule } = alert.data;
  return {
    kind: 'alert',
    id: lifeOf(alert),
    state,
    regions,
    ...alertSource(alert),
    ...(rule === undefined ? {} : { rule: rule.slice(0, MAX_RULE) }),
    firedAt: firedAt.getTime(),
    isByUser: causedByUser === true,
    ...(state === 'over' ? { resolvedAt: (resolvedAt ?? firedAt).getTime() } : {}),
    ...(severity === undefined ? {} : { severity: Number(severity.slice(3)) }),
  };
}

/** What the two words of one alert share: health events have ids of their own for each word. */
function lifeOf({ source, type, data }: Alert): string {
  switch (type) {
    case 'resource-health':
      return bounded(`resource-health:${data.targets.join(',')}`);
    case 'service-health':
      return bounded(`service-health:${data.incident}`);
    default:
      return bounded(source);
  }
}

/** Ids of Azure are far below this; the evidence of an edge is one row. */
const MAX_ID = 300;

function bounded(id: string): string {
  const folded = id.toLowerCase();
  return folded.length <= MAX_ID ? folded : `${folded.slice(0, MAX_ID - 65)}:${sha256(folded)}`;
}

function isScope(target: string): boolean {
  const id = parseResourceId(target);
  return id !== undefined && id.type === undefined;
}

function isAtOrBelow(id: string, above: string): boolean {
  return id === above || id.startsWith(`${above}/`);
}
