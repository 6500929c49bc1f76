import type { Plan } from '../../shared/reconcile/plan.ts';
import { findAuditFault, NO_AUDIT } from '../../shared/records/audit.ts';
import type { World } from './world.ts';

/** Ends of a plan; `preview` is a record of what would be done, and ends nothing. */
const ENDS: readonly Plan['state'][] = [
  'done',
  'gone-back',
  'paused',
  'rejected',
  'expired',
  'cancelled',
  'superseded',
  'refused',
  'parked',
  'preview',
];

/** Longest time between two ticks where nothing happens, and what a look takes. */
const LOOK_MS = 16 * 60_000;

/** Every plan has come to an end, and those that need a person have called one. */
export function checkPlans({ checker, clock }: World): void {
  const records = checker.records();
  for (const plan of checker.plans()) {
    // What was proposed late may still be agreed to, or its end has not been looked at yet.
    const isAsked = plan.state === 'waiting' && Date.parse(plan.consent?.expires ?? '') > clock.time - LOOK_MS;
    if (!ENDS.includes(plan.state) && !isAsked) {
      checker.report('plans-end', `${plan.id} is ${plan.state} after two quiet hours`);
    }
    const isTold = records.some(({ kind, facts }) => kind === 'paged' && facts['plan'] === plan.id);
    if ((plan.state === 'parked' || plan.state === 'refused') && !isTold) {
      checker.report('never-in-silence', `${plan.id} is ${plan.state} and nobody was called`);
    }
  }
}

/** Who may act is told what became of that: it is true, kept back, has failed, or waits behind a plan that stands still. */
export function checkWishes({ checker, edges }: World): void {
  for (const { subject, cause, kind, mode, state, note = '' } of checker.intents()) {
    const edge = edges.find(({ edge: { id } }) => subject === id || subject.startsWith(`${id}/`))?.edge;
    const isBehind = edge === undefined || checker.activePlan(edge.id) !== undefined;
    if (state === 'open' && mode === 'enforce' && note === '' && !isBehind) {
      checker.report('wanted-in-silence', `${kind} of ${subject} by ${cause}: nothing has become of it`);
    }
  }
}

/**
 * Rules that may keep back a way back, as they may keep back any other step. Known: where people have to agree to it
 * as well, only that is told, and nobody hears of the rule (seed 20).
 */
const RULES = /^(?:approvals|insufficient-capacity|nearest-region-overload|max-drain-fraction|safety-rule)/;

/** An edge's plan stands still for a person, or a rule keeps back its way back: somebody was called. */
export function waitsForPerson({ checker }: World, edge: string): boolean {
  const lane = checker.head()?.lanes[edge];
  const isKept = checker
    .intents()
    .some(
      ({ subject, kind, state, note = '' }) =>
        subject.startsWith(edge) && (state === 'leaving' || kind === 'removed') && RULES.test(note),
    );
  return isKept || lane?.kept !== undefined || checker.activePlan(edge) !== undefined || lane?.refused !== undefined;
}

/**
 * Nobody wants anything any more: what only we have changed is as it was. An edge that waits for a person does not count.
 *
 * @param touched - origins that others have changed, and origins and routes that we have in a time of which the rows know
 *   nothing: readiness tells of the routes.
 */
export function checkBaselines(world: World, touched: ReadonlySet<string>): void {
  const { checker, edges, arm } = world;
  for (const { edge, origins } of edges) {
    const needsPerson = waitsForPerson(world, edge.id);
    const routes = edge.twin?.routes ?? [];
    const groups = new Set(routes.map((route) => arm.routes.get(route)));
    if (!needsPerson && groups.size > 1 && !routes.some((route) => touched.has(route))) {
      checker.report('routes-together', `${edge.name} has routes to ${[...groups].join(' and ')}`);
    }
    // What the rows know nothing of may never come back, and what is divided by capacity is divided without it.
    const isDivided = checker
      .intents()
      .some(({ subject, state }) => state === 'leaving' && subject.startsWith(`${edge.id}/`) && touched.has(subject));
    for (const origin of needsPerson ? [] : origins) {
      const live = arm.live(origin.id);
      const isShut = checker.isShut(edge.id, origin.id.split('/').at(-1) ?? '');
      const hasWeight = live?.weight === origin.weight || (isDivided && edge.policy.redistribute === 'capacity');
      const isBack = live?.enabled === origin.enabled && hasWeight && !isShut;
      if (!isBack && !touched.has(origin.id)) {
        const [was, is] = [origin, live].map((one) => `${one?.enabled === true ? 'in' : 'out'}/${one?.weight ?? 0}`);
        checker.report('back-at-baseline', `${origin.id} was ${was ?? ''} and is ${is ?? ''}${isShut ? ', shut' : ''}`);
      }
    }
  }
}

/** The chain of audit records is whole, from the first to the one that the head names. */
export function checkWholeAudit({ checker }: World): void {
  const fault = findAuditFault(checker.records(), checker.head()?.audit ?? NO_AUDIT);
  if (fault !== undefined) {
    checker.report('audit-chain', fault);
  }
}
