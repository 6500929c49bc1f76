import { placementSubject, type Placement } from '../../domain/image/placement.ts';
import type { FleetImage, FleetStage } from '../../fleet/model.ts';
import type { Intent } from '../../intents/intent.ts';
import type { TargetRef } from '../../reconcile/target-kind.ts';
import type { ObservedBranch } from '../../targets/git-branch/index.ts';
import type { ActorDependencies } from '../actor.ts';

/** Where an image stands in a stage: in which files, and at which keys. */
export type Place = Pick<Placement, 'image' | 'stage' | 'paths' | 'keys'>;

/** The place of an image in a stage. Pure. */
export function placeOf(image: string, { keys }: FleetImage, { name, paths }: FleetStage): Place {
  return { image, stage: name, paths, ...(keys === undefined ? {} : { keys }) };
}

/** Reads the files of some places at the head, as the loop would read them, so that both see the same. */
export async function observePlaces(
  target: TargetRef,
  places: readonly Place[],
  { branches, clock }: Pick<ActorDependencies, 'branches' | 'clock'>,
): Promise<ObservedBranch> {
  const now = clock.now();
  return await branches.observe(target, {
    acting: places.map((place) => lookingAt(place, now.toISOString())),
    leaving: [],
    fields: [],
    journal: [],
    others: { intents: [], fields: [] },
    isUndoing: false,
    now,
  });
}

/** An intent that is never stored: it only says which files are to be read. */
function lookingAt(place: Place, at: string): Intent {
  return {
    ...{ schema: 1, subject: placementSubject(place), by: { reaction: 'image-rollout' }, cause: 'look' },
    ...{ kind: 'look', mode: 'observe', reason: 'what stands there', signals: [], asOf: at, openedAt: at },
    state: 'open',
    value: place,
  };
}
