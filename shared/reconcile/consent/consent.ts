import type { AuditEntry } from '../../records/audit.ts';
import { intentKey, releasersOf, type Intent } from '../../intents/intent.ts';
import { withState } from '../../intents/lifecycle.ts';
import { servedStill } from '../writing/endings.ts';
import type { LookContext } from '../look-context.ts';
import { hasBegun, hasConsent, planDigest, serve, type Consent, type Plan, type Step } from '../plan.ts';
import { refusalKey } from './refusals.ts';
import type { TargetState } from '../target-rows.ts';

/** The plan that waits for people, if there is one. */
export async function waitingPlan<O, C>(
  { rows, target }: LookContext<O, C>,
  { lane }: TargetState,
): Promise<Plan | undefined> {
  const id = lane.previews['propose']?.plan;
  const plan = id === undefined ? undefined : await rows.plan(target, id);
  return plan?.state === 'waiting' ? plan : undefined;
}

/** True when the time for saying yes, and for acting on it, is over. Pure. */
export function isExpired({ consent }: Plan, now: Date): boolean {
  return consent !== undefined && Date.parse(consent.expires) <= now.getTime();
}

/** Why a plan that people agreed to stands still: what is left of it is no longer what they agreed to. */
export const PLAN_CHANGED = 'plan-changed';
/** Nobody has said yes in time: of a plan, and of what it was to serve. */
export const IN_VAIN = 'approval-expired';

/** People have said no to an intent, or to the end of one. */
export const DECLINED = 'declined';

/** When the time for saying yes to an intent ran out, in milliseconds since 1970; undefined if it did not. Pure. */
function askedInVainAt({ note = '' }: Pick<Intent, 'note'>): number | undefined {
  const at = note.startsWith(`${IN_VAIN}: `) ? Date.parse(note.slice(IN_VAIN.length + 2)) : NaN;
  return Number.isNaN(at) ? undefined : at;
}

/** When an intent came to nothing, or people had no more time to agree to it, in milliseconds since 1970. Pure. */
export function cameToNothingAt(intent: Intent): number | undefined {
  return intent.state === 'failed' ? Date.parse(intent.failedAt ?? intent.asOf) : askedInVainAt(intent);
}

/** True for an intent that people have said no to, or nothing: it is asked for anew, or never. Pure. */
export function wasAskedInVain({ mode, note = '' }: Intent): boolean {
  return mode === 'propose' && (note === DECLINED || askedInVainAt({ note }) !== undefined);
}

/** What a plan whose steps have changed is to do, and for whom. */
export interface Anew {
  readonly steps: readonly Step[];
  /** Those that its steps make true, or let go back. */
  readonly behind: readonly Intent[];
  /** What is asked for as an emergency: with a new one the time for it begins anew. */
  readonly isUrgentWish: (intent: Intent) => boolean;
  readonly now: Date;
}

/**
 * The plan with other steps after those that are done, for people to agree to anew, for as long as before. Steps that
 * go on changing meanwhile do not put that end off. Pure.
 */
export function askedAnew(plan: Plan, { steps, behind, isUrgentWish, now }: Anew): Plan {
  const done = plan.journal.flatMap((entry) => (hasBegun([entry]) ? [entry.step] : []));
  const all = [...done, ...steps];
  // What acts by itself is not theirs to agree to, nor to cancel.
  const joining = behind
    .filter(({ mode, state }) => mode === 'propose' && state !== 'leaving')
    .map(serve)
    .filter(({ key, value }) => !plan.serves.some((one) => one.key === key && one.value === value));
  const changed = { ...plan, joining, revision: plan.revision + 1, steps: all, digest: planDigest(plan.target, all) };
  const known = [...plan.serves, ...(plan.joining ?? [])];
  const isUrgent = behind.some((one) => isUrgentWish(one) && !known.some(({ key }) => key === intentKey(one)));
  const asked = askAgain(changed, isAskingAgain(plan) && !isUrgent ? undefined : now);
  const { consent } = asked;
  return consent === undefined ? asked : { ...asked, consent: asStrictAs(consent, behind) };
}

/** The consent that others must give as well: as many as for the strictest, and nobody who asks for it. Pure. */
function asStrictAs(consent: Consent, asking: readonly Intent[]): Consent {
  const some = asking.filter(({ mode, state }) => mode === 'propose' || state === 'leaving');
  const requesters = [...new Set([...consent.requesters, ...requestersOf(some)])];
  const needed = Math.max(consent.needed, neededFor(some));
  return { ...consent, needed, requesters, given: consent.given.filter(({ by }) => !requesters.includes(by)) };
}

/** How long a plan waits for people unless its intents say otherwise. */
const APPROVAL_MS = 3_600_000;

/** The strictest of all intents that wait, those that leave included: one at least. Pure. */
export function consentFor(waiting: readonly Intent[], now: Date): Consent {
  const within = Math.min(...waiting.map(({ approvals }) => approvals?.withinMs ?? APPROVAL_MS));
  return {
    needed: neededFor(waiting),
    requesters: requestersOf(waiting),
    expires: new Date(now.getTime() + within).toISOString(),
    withinMs: within,
    given: [],
  };
}

function neededFor(waiting: readonly Intent[]): number {
  return Math.max(1, ...waiting.map(({ approvals }) => approvals?.needed ?? 1));
}

function requestersOf(waiting: readonly Intent[]): readonly string[] {
  const people = waiting.flatMap((intent) => [
    ...('person' in intent.by ? [intent.by.person] : []),
    ...releasersOf(intent),
  ]);
  return [...new Set(people)];
}

/** The plan as one that stands still and waits for as many people as before; with `now` the time for it begins. Pure. */
export function askAgain(plan: Plan, now: Date | undefined): Plan {
  const { consent } = plan;
  if (consent === undefined) {
    return plan;
  }
  const expires = now === undefined ? consent.expires : new Date(now.getTime() + consent.withinMs).toISOString();
  return { ...plan, state: 'paused', note: PLAN_CHANGED, consent: { ...consent, given: [], expires } };
}

/** True if a plan stands still for want of people who agree to its new steps. Pure. */
export function isAskingAgain({ state, note }: Plan): boolean {
  return state === 'paused' && (note === PLAN_CHANGED || note === IN_VAIN);
}

/** True when nobody has agreed to a plan's new steps in time. Pure. */
export function isAskedInVain(plan: Plan, now: Date): boolean {
  return plan.state === 'paused' && plan.note === PLAN_CHANGED && isExpired(plan, now);
}

/** Half a plan stands there and nobody says how to go on: people are called once more, and it stays as it is. */
export async function stopAsking<O, C>(
  { rows, target, clock }: LookContext<O, C>,
  state: TargetState,
  plan: Plan,
): Promise<void> {
  const facts = { plan: plan.id, digest: plan.digest, reason: IN_VAIN };
  const at = clock.now().toISOString();
  const joined = (plan.joining ?? []).flatMap(({ key }) => state.intents.get(key) ?? []);
  await rows.save(target, state, {
    plan: { ...plan, note: IN_VAIN },
    intents: joined
      .filter(({ state: is }) => is === 'open' || is === 'blocked')
      .map((one) => withState(one, 'open', `${IN_VAIN}: ${at}`)),
    audit: [{ kind: 'paged', at, facts }],
  });
}

/**
 * Ends a plan that nobody may act on any more: its time is over, or the facts have moved and people agreed to other
 * steps. An expired one is not proposed again until its intents ask for something else; a moved one at once.
 */
export async function endWaiting<O, C>(
  { rows, target, clock }: LookContext<O, C>,
  state: TargetState,
  { plan, as }: { readonly plan: Plan; readonly as: 'expired' | 'superseded' },
): Promise<TargetState> {
  const previews = Object.fromEntries(Object.entries(state.lane.previews).filter(([mode]) => mode !== 'propose'));
  const facts = { plan: plan.id, digest: plan.digest, reason: as === 'expired' ? IN_VAIN : PLAN_CHANGED };
  const entry: AuditEntry = { kind: 'held', at: clock.now().toISOString(), facts };
  return await rows.save(target, state, {
    lane: { previews, ...(as === 'expired' ? { refused: refusalKey(plan, state.intents) } : {}) },
    clear: as === 'expired' ? ['refusedAt'] : [],
    plan: { ...plan, state: as },
    intents:
      as === 'expired'
        ? servedStill(state, plan).map((one) => withState(one, one.state, `${IN_VAIN}: ${entry.at}`))
        : [],
    // Who has agreed believes that it is done.
    audit: as === 'expired' && hasConsent(plan) ? [entry, { ...entry, kind: 'paged' }] : [entry],
  });
}
