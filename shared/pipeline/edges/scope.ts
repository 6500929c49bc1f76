import { parseResourceId } from '../../domain/azure/resource-id.ts';
import type { Fleet, FleetEdge } from '../../fleet/model.ts';
import type { Report } from '../../reactions/region-failover/index.ts';
import type { SignalHead } from '../../signals/signal.ts';
import type { AlertData, AlertType } from '../../signals/alerts/alert.ts';

/** A report and the edge that it is about. */
export interface EdgeReport {
  readonly edge: FleetEdge;
  readonly report: Report;
}

/** Dimensions and labels that name an origin, a Traffic Manager endpoint or a region, folded. */
const NAMING = ['origin', 'originname', 'endpointname', 'endpoint', 'region', 'location'];

/**
 * What an alert means for each edge of the fleet: by the resources that it is about, then by the dimensions, regions and
 * properties that it names. Pure. Edges in the order of their priority.
 */
export function reportsOf({ source, type, data }: Alert, fleet: Fleet): readonly EdgeReport[] {
  const targets = data.targets.map((target) => target.toLowerCase().replace(/\/$/, ''));
  return fleet.edges
    .toSorted((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1))
    .flatMap((edge): readonly EdgeReport[] => {
      const regions = regionsOf(edge, targets, { data, fleet });
      const report = regions === undefined ? undefined : toReport({ source, type, data }, regions);
      return report === undefined ? [] : [{ edge, report }];
    });
}

/** A signal of the alert family, as far as it is needed. */
export interface Alert extends Pick<SignalHead, 'source'> {
  readonly type: AlertType;
  readonly data: AlertData;
}

interface Spoken {
  readonly data: AlertData;
  readonly fleet: Fleet;
}

/** Regions that an alert speaks of on an edge; undefined if it is not about that edge. */
function regionsOf(
  edge: FleetEdge,
  targets: readonly string[],
  { data, fleet }: Spoken,
): readonly string[] | undefined {
  const direct = edge.origins.filter(({ id, cluster }) => {
    const behind = fleet.clusters.find(({ name }) => name === cluster)?.resourceId.key;
    return targets.some((target) => isAtOrBelow(target, id) || (behind !== undefined && isAtOrBelow(target, behind)));
  });
  if (direct.length > 0) {
    return direct.map(({ name }) => name);
  }
  const named = namedIn(data);
  if (targets.some((target) => target === edge.id || target === edge.profile)) {
    return named;
  }
  // A scope speaks of a whole region: service health.
  const holds = targets.some((target) => isScope(target) && edge.origins.some(({ id }) => isAtOrBelow(id, target)));
  return holds && data.isGlobal !== true && named.length > 0 ? named : undefined;
}

function namedIn({ dimensions, regions, properties }: AlertData): readonly string[] {
  const said = dimensions.filter(({ name }) => NAMING.includes(name.toLowerCase().replaceAll(/[\s_-]/g, '')));
  const hint = properties['region'];
  return [...new Set([...said.map(({ value }) => value), ...regions, ...(hint === undefined ? [] : [hint])])];
}

function toReport(alert: Alert, regions: readonly string[]): Report {
  const { state, firedAt, resolvedAt, severity, causedByUser } = alert.data;
  return {
    kind: 'alert',
    id: lifeOf(alert),
    state,
    regions,
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
      return `resource-health:${data.targets.join(',')}`.toLowerCase();
    case 'service-health':
      return `service-health:${data.incident}`.toLowerCase();
    default:
      return source.toLowerCase();
  }
}

function isScope(target: string): boolean {
  const id = parseResourceId(target);
  return id !== undefined && id.type === undefined;
}

function isAtOrBelow(id: string, above: string): boolean {
  return id === above || id.startsWith(`${above}/`);
}
