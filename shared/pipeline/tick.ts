import { reconcileAndWake, type ActorDependencies } from './actor.ts';
import { branchTarget } from './targets.ts';

/**
 * Looks at every branch of the fleet, whether or not anything is open, so that a lost message costs one tick.
 * One branch that fails does not keep the others from being looked at.
 */
export async function tickBranches(actor: ActorDependencies): Promise<void> {
  const fleet = await actor.fleet();
  for (const target of fleet.repositories.map(branchTarget)) {
    try {
      await reconcileAndWake(target, actor);
    } catch (error) {
      actor.log.error('tick failed for one target', {
        target: target.key,
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }
}
