import { placementSubject } from '../../domain/image/placement.ts';
import type { Intent } from '../../intents/intent.ts';
import type { TargetRef } from '../../reconcile/target-kind.ts';
import type { ObservedBranch } from '../../targets/git-branch/index.ts';
import type { ActorDependencies } from '../actor.ts';
import type { StagedImage } from './staged-images.ts';

/** Reads the files of all stages of some images at the head, as the loop would read them. */
export async function observeStages(
  target: TargetRef,
  images: readonly StagedImage[],
  { branches, clock }: ActorDependencies,
): Promise<ObservedBranch> {
  const now = clock.now();
  const acting = images.flatMap((staged) => lookingAt(staged, now.toISOString()));
  const others = { intents: [], fields: [] };
  return await branches.observe(target, {
    acting,
    leaving: [],
    fields: [],
    journal: [],
    others,
    isUndoing: false,
    now,
  });
}

/** Intents that are never stored: they only say which files are to be read. */
function lookingAt({ image, rule }: StagedImage, at: string): readonly Intent[] {
  return rule.stages.map((stage) => {
    const value = {
      image,
      stage: stage.name,
      paths: stage.paths,
      ...(rule.keys === undefined ? {} : { keys: rule.keys }),
    };
    return {
      ...{ schema: 1, subject: placementSubject(value), by: { reaction: 'image-promotion' }, cause: 'look', value },
      ...{
        kind: 'image',
        mode: 'observe',
        reason: 'what stands there',
        signals: [],
        asOf: at,
        openedAt: at,
        state: 'open',
      },
    } as const;
  });
}
