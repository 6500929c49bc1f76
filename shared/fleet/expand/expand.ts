import { digestOf } from '../../domain/digest.ts';
import { parseResourceId, type ResourceId } from '../../domain/azure/resource-id.ts';
import { canonicalJson, type Json } from '../../domain/json.ts';
import type { Mode } from '../../domain/mode.ts';
import { expandPromotion } from './expand-stage.ts';
import { expandEdges } from './expand-edges.ts';
import { expandGates } from './expand-gates.ts';
import { compareText } from '../findings.ts';
import { imagePatternOf, loginServerOf } from '../check/images.ts';
import type { Entries, Entry, MergedFleet } from '../read/merge.ts';
import type {
  FleetCluster,
  FleetImage,
  FleetRepository,
  FleetSections,
  FleetStage,
  LoadedFleet,
  ScaleUp,
} from '../model.ts';
import { tagPolicyOf } from '../schema/image-policy.ts';
import type { NamedSection, SectionEntry } from '../schema.ts';
import { clustersOfStage, fillIn, labelsOf, placeholdersOf } from '../selectors.ts';

/**
 * Turns checked and bounded sections into the fleet that the reactions read. What the ceiling took away (a registry, a
 * cluster, a repository) takes with it whatever needed it.
 *
 * @param fleetFiles - paths of fleet files per `owner/repo`, lower case.
 */
export function expandFleet(merged: MergedFleet, fleetFiles: LoadedFleet['fleetFiles']): LoadedFleet {
  const { sections, defaults, name } = merged;
  const clusters = [...sections.clusters.values()].flatMap((entry) => expandCluster(entry, defaults.mode));
  const repositories = [...sections.gitops.values()].map(expandRepository);
  const model = {
    name,
    timeZone: defaults.timeZone,
    registries: [...sections.registries.values()].flatMap((entry) =>
      withId(entry, (resourceId) => ({ name: entry.name, resourceId, loginServer: loginServerOf(entry.value) })),
    ),
    keyVaults: [...sections.keyVaults.values()].flatMap((entry) =>
      withId(entry, (resourceId) => ({ name: entry.name, resourceId })),
    ),
    repositories,
    clusters,
    images: expandImages(merged, clusters, repositories),
    edges: expandEdges(merged, clusters),
    fleetFiles,
    sections: carried(merged),
  };
  return { ...model, revision: digestOf(model as unknown as Json) };
}

function withId<T>(
  entry: Entry<{ readonly resourceId: string }>,
  make: (id: FleetCluster['resourceId']) => T,
): readonly T[] {
  const resourceId = parseResourceId(entry.value.resourceId);
  return resourceId === undefined ? [] : [make(resourceId)];
}

function expandCluster(entry: Entry<SectionEntry['clusters']>, defaultMode: Mode): readonly FleetCluster[] {
  const { perNode, scaleUp } = entry.value.capacity ?? {};
  return withId(entry, (resourceId) => ({
    name: entry.name,
    resourceId,
    labels: labelsOf(entry.value),
    ...(perNode === undefined ? {} : { capacityPerNode: perNode }),
    ...(scaleUp === undefined ? {} : { scaleUp: expandScaleUp(resourceId, scaleUp, defaultMode) }),
  }));
}

type AskedScaleUp = NonNullable<NonNullable<SectionEntry['clusters']['capacity']>['scaleUp']>;

function expandScaleUp(cluster: ResourceId, { pool, maxNodes, mode }: AskedScaleUp, defaultMode: Mode): ScaleUp {
  return {
    pool: `${cluster.key}/agentpools/${pool}`,
    ...(maxNodes === undefined ? {} : { maxNodes }),
    mode: mode ?? defaultMode,
  };
}

function expandRepository({ name, value }: Entry<SectionEntry['gitops']>): FleetRepository {
  const [owner = '', repo = ''] = value.github.split('/');
  const { branch, apiUrl, commits, pullRequests } = value;
  return {
    name,
    owner,
    repo,
    branch,
    ...(apiUrl === undefined ? {} : { apiUrl }),
    ...(commits === undefined ? {} : { commits: withoutGaps(commits) }),
    ...(pullRequests === undefined ? {} : { pullRequests: withoutGaps(pullRequests) }),
  };
}

/** What a file leaves out is absent, not undefined. */
function withoutGaps<T extends object>(settings: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as { [Key in keyof T]: Exclude<T[Key], undefined> };
}

function expandImages(
  merged: MergedFleet,
  clusters: readonly FleetCluster[],
  repositories: readonly FleetRepository[],
): readonly FleetImage[] {
  const { sections, defaults } = merged;
  const hosts = [...sections.registries.values()].map(({ value }) => loginServerOf(value));
  // Once per rollout: a thousand images on a thousand clusters share their stages.
  const expanded = new Map(
    [...sections.rollouts.values()].map(({ name, value }) => [
      name,
      value.flatMap((stage) => expandStage(stage, value, clusters, merged)),
    ]),
  );
  return [...sections.images.values()].flatMap(({ name, value, part }): FleetImage[] => {
    const gitops = repositories.find((repository) => repository.name === value.gitops);
    const { registry, repository } = imagePatternOf(value);
    if (gitops === undefined || !hosts.includes(registry)) {
      return [];
    }
    const stages = expanded.get(value.rollout) ?? [];
    const team = part.source.grant?.team;
    const policy = tagPolicyOf(value.policy);
    const rule = { name, registry, repository, gitops, stages, policy, mode: value.mode ?? defaults.mode };
    const { keys } = value;
    const gates = value.gates === undefined ? {} : { gates: expandGates(value.gates) };
    const guards = value.guards === undefined ? {} : { guards: value.guards };
    return [
      {
        ...rule,
        ...guards,
        ...(keys === undefined ? {} : { keys }),
        ...gates,
        ...(team === undefined ? {} : { team }),
      },
    ];
  });
}

type Stage = SectionEntry['rollouts'][number];

function expandStage(
  stage: Stage,
  rollout: SectionEntry['rollouts'],
  clusters: readonly FleetCluster[],
  merged: MergedFleet,
): readonly FleetStage[] {
  const { name, after, write, path } = stage;
  const meant = clustersOfStage(stage, rollout, clusters);
  const selected = placeholdersOf(path).length === 0 ? [] : meant;
  const paths = placeholdersOf(path).length === 0 ? [path] : selected.flatMap((cluster) => fillIn(path, cluster) ?? []);
  const unique = [...new Set(paths)].sort(compareText);
  if (unique.length === 0) {
    return [];
  }
  const expanded = { name, paths: unique, write, clusters: selected.map((cluster) => cluster.name) };
  return [{ ...expanded, ...(after === undefined ? {} : { after }), ...expandPromotion(stage, meant, merged) }];
}

function carried({ sections, freezes, discover }: MergedFleet): FleetSections {
  return {
    teams: plain(sections.teams),
    edges: plain(sections.edges),
    schedules: plain(sections.schedules),
    upgrades: plain(sections.upgrades),
    budgets: plain(sections.budgets),
    notify: plain(sections.notify),
    // Freezes are a set: in which file or order they stand means nothing.
    freezes: freezes
      .map(({ value }) => value)
      .toSorted((a, b) => compareText(canonicalJson(a as Json), canonicalJson(b as Json))),
    ...(discover === undefined ? {} : { discover: discover.value }),
  };
}

function plain<S extends NamedSection>(entries: Entries<S>): Readonly<Record<string, SectionEntry[S]>> {
  return Object.fromEntries([...entries].map(([name, { value }]) => [name, value]));
}
