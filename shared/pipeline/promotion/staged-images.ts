import { matchesGlob } from '../../domain/glob.ts';
import { formatImageName } from '../../domain/image/reference.ts';
import type { Fleet, FleetImage, FleetStage } from '../../fleet/model.ts';
import { branchTarget } from '../images/branch-target.ts';

/** An image of a branch with the rule that says through which stages it goes. */
export interface StagedImage {
  readonly image: string;
  readonly rule: FleetImage;
}

/**
 * Every image that the fleet takes through stages of a branch. A rule with a pattern says nothing of which images there
 * are: those of `subjects` that it names. Pure.
 *
 * @param target - key of the branch. @param subjects - `contoso.azurecr.io/shop/web@dev`.
 */
export function stagedImages({ images }: Fleet, target: string, subjects: Iterable<string>): readonly StagedImage[] {
  const known = [...new Set([...subjects].map(imageOf))].toSorted();
  return images
    .filter(({ gitops }) => branchTarget(gitops).key === target)
    .flatMap((rule) =>
      rule.repository.includes('*')
        ? known.filter((image) => isNamedBy(rule, image)).map((image) => ({ image, rule }))
        : [{ image: formatImageName(rule), rule }],
    );
}

/** The stage of a branch that an image is in, as the fleet describes it. Pure. */
export function stageOf(
  { images }: Fleet,
  target: string,
  { image, stage }: { readonly image: string; readonly stage: string },
): FleetStage | undefined {
  return images
    .filter((rule) => branchTarget(rule.gitops).key === target && isNamedBy(rule, image))
    .flatMap(({ stages }) => stages)
    .find(({ name }) => name === stage);
}

/** How many clusters read a branch, as far as stages name them. Pure. */
export function readersOf({ images }: Fleet, target: string): number {
  const rules = images.filter(({ gitops }) => branchTarget(gitops).key === target);
  return new Set(rules.flatMap(({ stages }) => stages.flatMap(({ clusters = [] }) => clusters))).size;
}

function isNamedBy({ registry, repository }: FleetImage, image: string): boolean {
  const slash = image.indexOf('/');
  return image.slice(0, slash) === registry && matchesGlob(image.slice(slash + 1), repository);
}

function imageOf(subject: string): string {
  return subject.slice(0, Math.max(subject.lastIndexOf('@'), 0));
}
