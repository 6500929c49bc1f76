import type { CurrentImage } from '../../domain/image/policy.ts';
import { parseImageReference } from '../../domain/image/reference.ts';
import type { FleetImage, FleetStage } from '../../fleet/model.ts';
import { standingAt, type ObservedBranch } from '../../targets/git-branch/index.ts';
import type { ActorDependencies } from '../actor.ts';
import { observePlaces, placeOf } from './observe-places.ts';
import { branchTarget } from './targets.ts';

/** What a branch shows, read once for each stage's files however often it is asked. */
export interface Standing {
  /** What stands at an image's places in the files of a stage. */
  readonly at: (image: string, rule: FleetImage, stage: FleetStage) => Promise<readonly CurrentImage[]>;
  /** The commit at which that was read. */
  readonly head: (image: string, rule: FleetImage, stage: FleetStage) => Promise<string>;
}

/** Reads what stands at stages, for as long as one signal is handled. */
export function standingBy(tools: Pick<ActorDependencies, 'branches' | 'clock'>): Standing {
  const seen = new Map<string, Promise<ObservedBranch>>();
  const observe = async (image: string, rule: FleetImage, stage: FleetStage): Promise<ObservedBranch> => {
    const target = branchTarget(rule.gitops);
    const place = placeOf(image, rule, stage);
    const key = JSON.stringify([target.key, image, place.paths, place.keys]);
    const observing = seen.get(key) ?? observePlaces(target, [place], tools);
    seen.set(key, observing);
    return await observing;
  };
  return {
    at: async (image, rule, stage) => {
      const name = parseImageReference(image);
      return name === undefined ? [] : standingAt(await observe(image, rule, stage), name, placeOf(image, rule, stage));
    },
    head: async (image, rule, stage) => (await observe(image, rule, stage)).head,
  };
}
