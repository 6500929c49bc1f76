import { branchKey } from './branch-key.ts';
import type { LoadedFleet } from './model.ts';

/** How much of what was in force a reload touches. */
export interface TargetChange {
  readonly changed: number;
  readonly of: number;
}

/** A reload that touches more of the targets than this waits for a person. */
const MAX_SHARE = 0.1;

/**
 * Counts targets that were there and are gone or point elsewhere, and places that an image's stage newly writes.
 * A new cluster, edge, branch or image rule touches nothing that was in force, so it does not count.
 */
export function compareTargets(before: LoadedFleet, after: LoadedFleet): TargetChange {
  const [old, now] = [targetsOf(before), targetsOf(after)];
  const gone = [...old.targets].filter((target) => !now.targets.has(target)).length;
  const widened = [...now.places].filter(([place, stage]) => old.stages.has(stage) && !old.places.has(place)).length;
  return { changed: gone + widened, of: old.targets.size };
}

/** True if the change waits for an approval. */
export function isLargeChange({ changed, of }: TargetChange): boolean {
  return changed > of * MAX_SHARE;
}

interface Targets {
  /** Everything that can be changed, each as one text. */
  readonly targets: ReadonlySet<string>;
  /** Place to the image and stage that it belongs to. */
  readonly places: ReadonlyMap<string, string>;
  readonly stages: ReadonlySet<string>;
}

function targetsOf(fleet: LoadedFleet): Targets {
  const places = new Map(
    fleet.images.flatMap((image) =>
      image.stages.flatMap(({ name, paths }) =>
        paths.map((path): [string, string] => [
          `place ${image.registry}/${image.repository} ${branchKey(image.gitops)} ${name} ${path}`,
          `${image.registry}/${image.repository} ${name}`,
        ]),
      ),
    ),
  );
  const targets = [
    ...fleet.clusters.map(({ resourceId }) => `cluster ${resourceId.key}`),
    ...fleet.repositories.map((repository) => `branch ${branchKey(repository)}`),
    ...fleet.edges.map(({ id }) => `edge ${id}`),
    ...fleet.edges.flatMap(({ origins }) => origins.map(({ id, cluster }) => `origin ${id} ${cluster}`)),
    ...places.keys(),
  ];
  return { targets: new Set(targets), places, stages: new Set(places.values()) };
}
