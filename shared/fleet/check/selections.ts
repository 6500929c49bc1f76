import { isTemplate } from './edge-origins.ts';
import type { Finding, FleetPath } from '../findings.ts';
import type { Entry, MergedFleet } from '../read/merge.ts';
import { didYouMean } from './nearest.ts';
import type { SectionEntry } from '../schema.ts';
import {
  clustersOfStage,
  fillIn,
  isSelected,
  labelsOf,
  placeholdersOf,
  unfilled,
  type LabelledCluster,
} from '../selectors.ts';

type Rollout = SectionEntry['rollouts'];
type Select = Readonly<Record<string, string>>;

/** Stages, selectors and placeholders: order, what they select, and whether every cluster can fill them in. */
export function checkSelections(merged: MergedFleet): readonly Finding[] {
  const clusters = labelledClusters(merged);
  return [
    ...[...merged.sections.rollouts.values()].flatMap((entry) => checkRollout(entry, clusters)),
    ...selectors(merged).flatMap(({ entry, path, select }) =>
      clusters.some((cluster) => isSelected(select, cluster))
        ? []
        : [selectsNothing(entry, path, { select, clusters })],
    ),
  ];
}

/** The clusters of `clusters:` with their labels, by name. */
function labelledClusters({ sections }: MergedFleet): readonly LabelledCluster[] {
  return [...sections.clusters.values()].map(({ name, value }) => ({ name, labels: labelsOf(value) }));
}

function checkRollout(entry: Entry<Rollout>, clusters: readonly LabelledCluster[]): readonly Finding[] {
  const names = entry.value.map(({ name }) => name);
  return entry.value.flatMap((stage, index): readonly Finding[] => [
    ...checkStageName(entry, index, names),
    ...checkAfter(entry, index, names),
    ...checkPaths(entry, index, clustersOfStage(stage, entry.value, clusters)),
  ]);
}

function checkStageName(
  { value, part, path }: Entry<Rollout>,
  index: number,
  names: readonly string[],
): readonly Finding[] {
  const name = value[index]?.name ?? '';
  return names.indexOf(name) === index
    ? []
    : [
        part.document.remark([...path, index, 'name'], {
          code: 'conflict',
          message: `two stages are called \`${name}\``,
        }),
      ];
}

function checkAfter(
  { value, part, path }: Entry<Rollout>,
  index: number,
  names: readonly string[],
): readonly Finding[] {
  const after = value[index]?.after;
  if (after === undefined) {
    return [];
  }
  const here = [...path, index, 'after'];
  if (!names.includes(after)) {
    const message = `\`${after}\` is no stage of this rollout${didYouMean(after, names)}`;
    return [part.document.remark(here, { code: 'unknown-reference', message })];
  }
  const way = wayBack(value, index);
  const message = `stages wait for each other: ${way.join(' after ')}`;
  return way.length > 1 && way[0] === way.at(-1) ? [part.document.remark(here, { code: 'cycle', message })] : [];
}

/** Follows `after` from a stage until it ends or comes back to a stage that was there. */
function wayBack(rollout: Rollout, index: number): readonly string[] {
  const way: string[] = [];
  for (let stage = rollout[index]; stage !== undefined;) {
    const { name, after } = stage;
    const isRound = way.includes(name);
    way.push(name);
    stage = isRound ? undefined : rollout.find((other) => other.name === after);
  }
  return way;
}

function checkPaths(
  { value, part, path }: Entry<Rollout>,
  index: number,
  selected: readonly LabelledCluster[],
): readonly Finding[] {
  const template = value[index]?.path ?? '';
  if (placeholdersOf(template).length > 0 && selected.length === 0) {
    const message = `stage ${value[index]?.name ?? ''} selects no cluster: it writes nothing`;
    return [part.document.remark([...path, index], { severity: 'warning', code: 'selects-nothing', message })];
  }
  return selected.flatMap((cluster) =>
    fillIn(template, cluster) === undefined ? [unfilled(part, [...path, index, 'path'], { template, cluster })] : [],
  );
}

interface Selector {
  readonly entry: Entry<unknown>;
  readonly path: FleetPath;
  readonly select: Select;
}

/** Every selector outside rollouts, whose stages speak for themselves. */
function selectors({ sections, freezes }: MergedFleet): readonly Selector[] {
  return [
    ...[...sections.edges.values()].flatMap((entry) =>
      isTemplate(entry.value.origins)
        ? [{ entry, path: ['origins', 'select'], select: entry.value.origins.select }]
        : [],
    ),
    ...[...sections.schedules.values()].map((entry) => ({ entry, path: ['select'], select: entry.value.select })),
    ...[...sections.upgrades.values()].flatMap((entry) =>
      entry.value.stages.map(({ select }, index) => ({ entry, path: ['stages', index, 'select'], select })),
    ),
    ...freezes.flatMap((entry) =>
      entry.value.select === undefined ? [] : [{ entry, path: ['select'], select: entry.value.select }],
    ),
  ];
}

function selectsNothing(
  { part, path }: Entry<unknown>,
  below: FleetPath,
  { select, clusters }: { readonly select: Select; readonly clusters: readonly LabelledCluster[] },
): Finding {
  const [label = '', value = ''] =
    Object.entries(select).find(
      (pair) => !clusters.some((cluster) => isSelected(Object.fromEntries([pair]), cluster)),
    ) ?? [];
  const values = clusters.flatMap(({ labels }) => (Object.hasOwn(labels, label) ? [labels[label] ?? ''] : []));
  const hint =
    values.length === 0
      ? didYouMean(
          label,
          clusters.flatMap(({ labels }) => Object.keys(labels)),
        )
      : didYouMean(value, values);
  const message = label === '' ? 'selects no cluster' : `selects no cluster: none has ${label}: ${value}${hint}`;
  return part.document.remark([...path, ...below], { severity: 'warning', code: 'selects-nothing', message });
}
