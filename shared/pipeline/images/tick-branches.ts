import { reconcileAndWake, type ActorDependencies } from '../actor.ts';
import type { TargetRef } from '../../reconcile/target-kind.ts';
import { TargetRows } from '../../reconcile/target-rows.ts';
import { branchTarget, pullRequestTargets } from './targets.ts';

/**
 * Looks at every branch of the fleet and at its pull requests, whether or not anything is open, so that a lost message costs one tick.
 * One branch that fails does not keep the others from being looked at.
 */
export async function tickBranches(actor: ActorDependencies): Promise<void> {
  const fleet = await actor.fleet();
  const rows = new TargetRows(actor.rows);
  for (const branch of fleet.repositories.map(branchTarget)) {
    await unlessItFails(branch, actor, async () => {
      await reconcileAndWake(branch, actor);
    });
    await unlessItFails(branch, actor, async () => {
      for (const target of pullRequestTargets(branch, await rows.load(branch))) {
        await unlessItFails(target, actor, async () => {
          await reconcileAndWake(target, actor);
        });
      }
    });
  }
}

async function unlessItFails({ key }: TargetRef, { log }: ActorDependencies, look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error('tick failed for one target', { target: key, reason });
  }
}
