import type { Placement } from '../domain/image/placement.ts';
import type { CurrentImage } from '../domain/image/policy.ts';
import { parseImageReference } from '../domain/image/reference.ts';
import type { FleetImage, FleetStage } from '../fleet/model.ts';
import type { Intent } from '../intents/intent.ts';
import { standingAt } from '../targets/git-branch/index.ts';
import type { ActorDependencies } from './actor.ts';
import { branchTarget } from './targets.ts';

/** Reads what stands at a stage as the loop would read it, so that both see the same files; each stage's files once. */
export function standingBy({ branches, clock }: Pick<ActorDependencies, 'branches' | 'clock'>) {
  const seen = new Map<string, ReturnType<typeof branches.observe>>();
  return async (image: string, rule: FleetImage, stage: FleetStage): Promise<readonly CurrentImage[]> => {
    const name = parseImageReference(image);
    if (name === undefined) {
      return [];
    }
    const now = clock.now();
    const target = branchTarget(rule.gitops);
    const place = { paths: stage.paths, ...(rule.keys === undefined ? {} : { keys: rule.keys }) };
    const key = JSON.stringify([target.key, place]);
    const observing =
      seen.get(key) ??
      branches.observe(target, {
        acting: [lookingAt({ ...place, image, stage: stage.name }, now.toISOString())],
        leaving: [],
        fields: [],
        journal: [],
        others: { intents: [], fields: [] },
        isUndoing: false,
        now,
      });
    seen.set(key, observing);
    const observed = await observing;
    return standingAt(observed, name, place);
  };
}

/** An intent that is never stored: it only says which files are to be read. */
function lookingAt(place: Pick<Placement, 'image' | 'stage' | 'paths' | 'keys'>, at: string): Intent {
  return {
    ...{ schema: 1, subject: `${place.image}@${place.stage}`, by: { reaction: 'image-rollout' }, cause: 'look' },
    ...{ kind: 'look', mode: 'observe', reason: 'what stands there', signals: [], asOf: at, openedAt: at },
    state: 'open',
    value: place,
  };
}
