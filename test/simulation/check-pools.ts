import { hasConsent, openEntry } from '../../shared/reconcile/plan.ts';
import { clusterOf } from '../../shared/targets/cluster/index.ts';
import { waitsForPerson } from './check-quiet.ts';
import type { World } from './world.ts';

/** A plan stands still for a person, or the last one was refused: somebody was called. */
function needsPerson({ checker }: World, pool: string): boolean {
  const cluster = clusterOf(pool);
  const lane = checker.head()?.lanes[cluster];
  return checker.activePlan(cluster) !== undefined || lane?.refused !== undefined;
}

/** What may act by itself is told what became of it, pools as well as origins. */
export function checkFloors(world: World): void {
  for (const { kind, subject, mode, state, note = '' } of world.checker.intents()) {
    const isSilent = kind === 'floor' && state === 'open' && mode === 'enforce' && note === '';
    if (isSilent && !needsPerson(world, subject)) {
      world.checker.report('wanted-in-silence', `${kind} of ${subject}: nothing has become of it`);
    }
  }
}

/** Nobody wants more nodes any more: the least number of each pool is what it was. An edge that waits for a person may. */
export async function checkPools(world: World): Promise<void> {
  for (const { pool, min } of (await world.clusters?.changed()) ?? []) {
    const cluster = clusterOf(pool).split('/').at(-1);
    const isNeeded = world.edges.some(
      ({ edge: { id, origins } }) => origins.some((origin) => origin.cluster === cluster) && waitsForPerson(world, id),
    );
    if (!isNeeded && !needsPerson(world, pool)) {
      world.checker.report('back-at-baseline', `${pool} keeps ${min ?? 'no'} nodes`);
    }
  }
}

/**
 * A write of a pool stands in the journal, people have agreed where they have to, and nothing is written while all is
 * stopped.
 * @param underWayMs - from the last look at the switches to the write.
 */
export function checkPoolWrite({ checker, clock }: World, pool: string, underWayMs: number): void {
  const plan = checker.activePlan(clusterOf(pool));
  const entry = plan === undefined ? undefined : openEntry(plan);
  if (plan === undefined || entry?.step.changes.some(({ subject }) => subject === pool) !== true) {
    checker.report('journal-first', `${pool} is in no journal`);
    return;
  }
  if ((checker.killedSince ?? Infinity) < clock.time - underWayMs) {
    checker.report('kill-switch', `${pool} is written`);
  }
  const floors = checker.intents().filter(({ kind, subject }) => kind === 'floor' && subject === pool);
  const isFree = floors.some(({ mode }) => mode === 'enforce') || entry.step.effect === 'scale-back';
  if (!isFree && !hasConsent(plan)) {
    checker.report('unapproved', `${pool} for ${floors.map(({ mode }) => mode).join()}`);
  }
}
