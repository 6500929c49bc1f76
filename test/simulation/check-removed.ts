import { hasConsent } from '../../shared/reconcile/plan.ts';
import type { Sent } from './checker.ts';
import type { World } from './world.ts';

/** From the last look at the fleet to the write: a write is dropped 10 s after its transaction began. */
const UNDER_WAY_MS = 12_000;

/** What has left the fleet is put back when people have agreed to just that, and not touched otherwise. */
export function checkRemoved(world: World, { edge, origin, change }: Sent): void {
  const since = world.unnamedSince(origin);
  if (since === undefined || since > world.clock.time - UNDER_WAY_MS) {
    return;
  }
  const plan = world.checker.activePlan(edge.id);
  const isAsked = plan?.serves.some(({ key }) => key.includes('|reaction:fleet|')) === true;
  if (plan === undefined || !isAsked || !hasConsent(plan)) {
    world.checker.report('removed-unapproved', `${origin} ${JSON.stringify(change)} is no longer of the fleet`);
  }
}

/** Nothing is written on the word of people who may no longer give it. */
export function checkConsent(world: World, { edge, origin, change }: Sent): void {
  const plan = world.checker.activePlan(edge.id);
  const isOld = (by: string): boolean => (world.dismissed.get(by) ?? Infinity) <= world.clock.time - UNDER_WAY_MS;
  const count = plan?.consent?.given.filter(({ by }) => !isOld(by)).length ?? 0;
  // An emergency that may act by itself goes on in a plan that stands still, with what makes room for it.
  const roomFor = plan?.journal.at(-1)?.step.roomFor;
  const isFree = world.checker
    .intents()
    .some(
      ({ subject, kind, mode }) => kind === 'out' && mode === 'enforce' && (subject === origin || subject === roomFor),
    );
  if (plan?.consent !== undefined && !isFree && plan.state !== 'going-back' && count < plan.consent.needed) {
    world.checker.report('standing-consent', `${origin} ${JSON.stringify(change)} on ${count} yeses`);
  }
}

/** People are called once about each removal. */
export function checkRemovalPages({ checker, removals }: World): void {
  const told = checker
    .records()
    .filter(({ kind, facts }) => kind === 'paged' && facts['reason'] === 'removed-from-fleet');
  for (const [subject, pages] of Map.groupBy(told, ({ facts }) => JSON.stringify(facts['subject']))) {
    const times = removals.filter((id) => JSON.stringify(id) === subject).length;
    if (pages.length > times) {
      checker.report('one-page-per-removal', `${subject}: ${pages.length} pages, ${times} removals`);
    }
  }
}
