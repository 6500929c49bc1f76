import { parseRegion } from '../domain/azure/regions.ts';
import type { Finding, FleetPath } from './findings.ts';
import type { Entry } from './read/merge.ts';
import { didYouMean } from './check/nearest.ts';
import type { SectionEntry } from './schema.ts';

/** A cluster by its name and everything that a selector or placeholder can ask for. */
export interface LabelledCluster {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** All labels of a cluster entry; the four of its own beat the same name under `labels`. */
export function labelsOf({ labels, environment, ring, app, region }: SectionEntry['clusters']): Record<string, string> {
  const own = Object.entries({ environment, ring, app, region }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  return { ...labels, ...Object.fromEntries(own) };
}

/** True if every label of `select` is there and equal. */
export function isSelected(select: Readonly<Record<string, string>>, { labels }: LabelledCluster): boolean {
  return Object.entries(select).every(([label, value]) => Object.hasOwn(labels, label) && labels[label] === value);
}

/** `westeurope` for the label `West-Europe`; a region that Azure does not know by that name as written, lower case. */
export function regionOf({ labels }: LabelledCluster): string | undefined {
  const region = Object.hasOwn(labels, 'region') ? labels['region'] : undefined;
  return region === undefined ? undefined : (parseRegion(region) ?? region.toLowerCase());
}

/** Names of placeholders in a template, `cluster` or a label. */
export function placeholdersOf(template: string): readonly string[] {
  return [...template.matchAll(/\{([A-Za-z][A-Za-z0-9-]*)\}/g)].map(([, name = '']) => name);
}

/** Fills in `{cluster}` and `{label}`; undefined if the cluster lacks one of the labels. */
export function fillIn(template: string, { name, labels }: LabelledCluster): string | undefined {
  const values: Readonly<Record<string, string>> = { ...labels, cluster: name };
  if (placeholdersOf(template).some((label) => !Object.hasOwn(values, label))) {
    return undefined;
  }
  return template.replaceAll(/\{([A-Za-z][A-Za-z0-9-]*)\}/g, (_, label: string) => values[label] ?? '');
}

interface Unfilled {
  readonly template: string;
  readonly cluster: LabelledCluster;
}

/** Says which label a cluster lacks for a template. */
export function unfilled(part: Entry<unknown>['part'], path: FleetPath, { template, cluster }: Unfilled): Finding {
  const known = ['cluster', ...Object.keys(cluster.labels)];
  const wrong = placeholdersOf(template).find((label) => !known.includes(label)) ?? '';
  const message = `cluster ${cluster.name} has no label \`${wrong}\` for \`${template}\`${didYouMean(wrong, known)}`;
  return part.document.remark(path, { code: 'unknown-reference', message });
}

/** The clusters of one stage: those it selects, or without a selector those that no other stage selects. */
export function clustersOfStage<C extends LabelledCluster>(
  stage: SectionEntry['rollouts'][number],
  rollout: SectionEntry['rollouts'],
  clusters: readonly C[],
): readonly C[] {
  const { select } = stage;
  if (select !== undefined) {
    return clusters.filter((cluster) => isSelected(select, cluster));
  }
  const others = rollout.flatMap((other) => (other.select === undefined ? [] : [other.select]));
  return clusters.filter((cluster) => !others.some((other) => isSelected(other, cluster)));
}
