import { isListedRegion } from '../../domain/azure/regions.ts';
import { nameIn } from '../../domain/traffic/twin.ts';
import { checkEdgeSettings } from './edge-settings.ts';
import { edgeIdsOf, parseOriginName, placeOrigins, twinOf, type PlacedOrigin } from './edge-origins.ts';
import { checkEvidence } from './evidence-findings.ts';
import type { Finding } from '../findings.ts';
import { checkManual } from './manual.ts';
import type { Entry, MergedFleet } from '../read/merge.ts';
import type { Edge } from '../schema.ts';
import { labelsOf, regionOf, unfilled, type LabelledCluster } from '../selectors.ts';

/** Edges that are one, origins that could not be told apart or found, and settings that contradict each other. */
export function checkEdges({ sections }: MergedFleet): readonly Finding[] {
  const clusters = [...sections.clusters.values()].map(({ name, value }) => ({ name, labels: labelsOf(value) }));
  const edges = [...sections.edges.values()];
  return [
    ...checkDuplicates(edges),
    ...edges.flatMap((entry) => {
      const origins = placeOrigins(entry.value, clusters);
      const written = origins.flatMap((origin) => origin.written ?? []);
      return [
        ...checkCount(entry),
        ...checkOrigins(entry, origins),
        ...checkEdgeSettings(entry, origins.length),
        ...checkEvidence(entry, written),
        ...checkManual(entry, written),
      ];
    }),
    ...checkRegionNames(sections),
  ];
}

/**
 * Clusters behind origins whose region Azure does not call so. Such a label works for everything but service health,
 * which speaks of `West Europe`; a region may also be younger than our table.
 */
function checkRegionNames({ edges, clusters }: MergedFleet['sections']): readonly Finding[] {
  return [...clusters.values()].flatMap(({ name, value, part, path }) => {
    const cluster = { name, labels: labelsOf(value) };
    const { region } = cluster.labels;
    const isBehind = [...edges.values()].some((edge) => placeOrigins(edge.value, [cluster]).length > 0);
    if (region === undefined || !isBehind || isListedRegion(region)) {
      return [];
    }
    const message =
      `\`${region}\` is no name of an Azure region that we know: an alert of service health about its region ` +
      `is no vote for its origins; expected one such as westeurope, and other labels for other names`;
    const below = value.region === undefined ? ['labels', 'region'] : ['region'];
    return [part.document.remark([...path, ...below], { severity: 'note', code: 'no-effect', message })];
  });
}

/** Two names for one edge would be two sets of rules for it. */
function checkDuplicates(edges: readonly Entry<Edge>[]): readonly Finding[] {
  const seen = new Map<string, string>();
  return edges.flatMap(({ name, value, part, path }) => {
    const { id } = edgeIdsOf(value);
    const twin = twinOf(value);
    const earlier = seen.get(id);
    const ofTwin = [...(twin === undefined ? [] : [twin.originGroup, ...twin.routes])];
    const other = ofTwin.map((one) => (one === id ? name : seen.get(one))).find((one) => one !== undefined);
    const twice = (twin?.routes ?? []).find((route, index, all) => all.indexOf(route) < index);
    [id, ...ofTwin].forEach((one) => seen.set(one, seen.get(one) ?? name));
    const below = [...path, 'frontDoor', 'twin'];
    const findings: Finding[] = [];
    if (earlier !== undefined) {
      const message = `is the same edge as \`${earlier}\``;
      findings.push(part.document.remark(path, { code: 'conflict', message, atKey: true }));
    }
    if (other !== undefined) {
      const message = `a group or route of the twin is \`${other}\`'s already`;
      findings.push(part.document.remark(below, { code: 'conflict', message, atKey: true }));
    }
    if (twice !== undefined) {
      const message = `route \`${nameIn(twice)}\` is there twice`;
      findings.push(part.document.remark([...below, 'routes'], { code: 'conflict', message }));
    }
    return findings;
  });
}

/** A selector without clusters is told like any other; a map without entries only here. */
function checkCount({ value, part, path }: Entry<Edge>): readonly Finding[] {
  const message = 'names no origin: the edge is left out';
  return Object.keys(value.origins).length > 0
    ? []
    : [part.document.remark([...path, 'origins'], { severity: 'warning', code: 'no-effect', message })];
}

type Placed = PlacedOrigin<LabelledCluster>;

function checkOrigins(entry: Entry<Edge>, origins: readonly Placed[]): readonly Finding[] {
  // Names, not ids: what is measured comes by name, whatever the type of an endpoint.
  const taken = new Map<string, string>();
  return origins.flatMap((origin) => {
    const { cluster, written } = origin;
    if (written === undefined) {
      return [unfilled(entry.part, [...entry.path, ...origin.path], origin)];
    }
    const name = parseOriginName(written).name.toLowerCase();
    const other = taken.get(name);
    taken.set(name, cluster.name);
    const message = `clusters ${other ?? ''} and ${cluster.name} would both be origin \`${name}\``;
    return [
      ...(other === undefined ? [] : [remark(entry, origin, { code: 'conflict', message })]),
      ...checkName(entry, origin, written),
      ...checkRegion(entry, origin, written),
    ];
  });
}

/**
 * Letters, digits and hyphens; 50 by Microsoft's template reference, 90 by Terraform's provider: the service decides.
 * https://learn.microsoft.com/azure/templates/microsoft.cdn/profiles/origingroups/origins
 */
const FRONT_DOOR_ORIGIN = /^[A-Za-z0-9]([A-Za-z0-9-]{0,88}[A-Za-z0-9])?$/;

function checkName(entry: Entry<Edge>, origin: Placed, written: string): readonly Finding[] {
  if (entry.value.frontDoor === undefined) {
    return [];
  }
  const { isTyped, name } = parseOriginName(written);
  if (isTyped) {
    const message = `\`${written}\`: only endpoints of Traffic Manager have a type`;
    return [remark(entry, origin, { code: 'not-valid', message })];
  }
  const message = `\`${name}\` is no name of a Front Door origin, expected letters, digits and hyphens, 90 at most`;
  return FRONT_DOOR_ORIGIN.test(name) ? [] : [remark(entry, origin, { code: 'not-valid', message })];
}

/** An origin without region would be drained for none. */
function checkRegion(entry: Entry<Edge>, origin: Placed, written: string): readonly Finding[] {
  const message = `cluster ${origin.cluster.name} has no label \`region\`, which origin \`${written}\` needs`;
  return regionOf(origin.cluster) === undefined ? [remark(entry, origin, { code: 'missing', message })] : [];
}

function remark(
  { part, path }: Entry<Edge>,
  { path: below }: Placed,
  { code, message }: Pick<Finding, 'code' | 'message'>,
): Finding {
  return part.document.remark([...path, ...below], { code, message });
}
