import { isSameJson } from '../../domain/json.ts';
import { PlanCommandError, RowConflictError } from '../../errors.ts';
import { intentKey, type Intent } from '../../intents/intent.ts';
import { failedOf, withState } from '../../intents/lifecycle.ts';
import { wantedAgain } from '../../intents/wanted-again.ts';
import type { AuditEntry } from '../../records/audit.ts';
import { askAgain, DECLINED, isAskingAgain, isExpired } from './consent.ts';
import { cancelCause, openedEntries, returnedBy } from '../writing/endings.ts';
import { hasConsent, leftBehind, type Plan } from '../plan.ts';
import { refusalKey } from './refusals.ts';
import { isAside } from '../situation.ts';
import type { TargetRef } from '../target-kind.ts';
import type { TargetRows, TargetState, Transition } from '../target-rows.ts';

/** Attempts against other writers of the same partition before the person hears of it. */
const MAX_ATTEMPTS = 20;

/** Who says something about a plan, and when; `by` is an object id. */
export interface PlanCommand {
  readonly plan: string;
  readonly by: string;
  readonly now: () => Date;
  readonly reason?: string;
}

/**
 * Adds one person's yes to exactly the steps that `digest` names.
 *
 * @returns the plan with its consent; `agreed` once enough people have said yes.
 * @throws PlanCommandError if the plan does not wait, has other steps, or this person asked for it.
 */
export async function approvePlan(
  rows: TargetRows,
  target: TargetRef,
  command: PlanCommand & { readonly digest: string; readonly groups?: readonly string[] },
): Promise<{ readonly plan: Plan; readonly agreed: boolean }> {
  const plan = await changePlan(rows, target, command, (_, found) => {
    const { consent } = found;
    if ((found.state !== 'waiting' && !isAskingAgain(found)) || consent === undefined) {
      throw new PlanCommandError('not-waiting', `the plan is ${found.state}`);
    }
    if (isExpired(found, command.now())) {
      throw new PlanCommandError('approval-expired', `the plan waited until ${consent.expires}`);
    }
    if (found.digest !== command.digest) {
      throw new PlanCommandError('plan-changed', 'its steps are not those that this digest names: read the plan again');
    }
    if (consent.requesters.some((person) => isSamePerson(person, command.by))) {
      throw new PlanCommandError('self-approval', 'whoever asked for a plan may not approve it');
    }
    const { groups } = command;
    const yes = { by: command.by.toLowerCase(), at: command.now().toISOString() };
    const earlier = consent.given.find(({ by }) => isSamePerson(by, command.by));
    if (earlier !== undefined && isSameJson(earlier.groups ?? [], groups ?? [])) {
      return { plan: found };
    }
    // Whoever says it again in another group is still one person.
    const others = consent.given.filter((one) => one !== earlier);
    const given = [...others, groups === undefined ? yes : { ...yes, groups }];
    const { note, joining, ...heard } = { ...found, consent: { ...consent, given } };
    const isReleased = isAskingAgain(found) && hasConsent(heard);
    return {
      plan: isReleased
        ? {
            ...heard,
            state: 'running',
            serves: [...new Map([...heard.serves, ...(joining ?? [])].map((one) => [one.key, one])).values()],
          }
        : { ...heard, ...(note === undefined ? {} : { note }), ...(joining === undefined ? {} : { joining }) },
      audit: [entryOf('approved', found, command)],
    };
  });
  return { plan, agreed: hasConsent(plan) };
}

/** Says no: the plan's intents are not tried again until they ask for something else. @throws PlanCommandError */
export async function rejectPlan(rows: TargetRows, target: TargetRef, command: PlanCommand): Promise<Plan> {
  return await changePlan(rows, target, command, (state, found) => {
    if (found.state !== 'waiting') {
      throw new PlanCommandError('not-waiting', `the plan is ${found.state}`);
    }
    const previews = Object.entries(state.lane.previews).filter(([, { plan }]) => plan !== found.id);
    // What acts by itself, or is carried out already, is nobody's to decline.
    const asked = served(state, found).filter(({ mode, state: at }) => mode === 'propose' && at !== 'leaving');
    const back = leftBehind([...state.intents.values()], found).filter(
      (intent) => intent.mode === 'propose' && !isAside(intent, found),
    );
    return {
      plan: { ...found, state: 'rejected' },
      lane: { refused: refusalKey(found, state.intents), previews: Object.fromEntries(previews) },
      clear: ['refusedAt'],
      intents: [
        ...asked.map((intent) => failedOf(intent, DECLINED, command.now().toISOString())),
        ...back.map((intent) => withState(intent, 'leaving', DECLINED)),
      ],
      audit: [entryOf('rejected', found, command)],
    };
  });
}

/**
 * Stops a running plan between two writes, or lets it go on. One whose steps have changed goes on by an approval of
 * those; resumed after the time for that is over, it asks for as long again.
 * @throws PlanCommandError
 */
export async function holdPlan(
  rows: TargetRows,
  target: TargetRef,
  command: PlanCommand & { readonly hold: 'pause' | 'resume' },
): Promise<Plan> {
  return await changePlan(rows, target, command, (_, found) => {
    const [from, to] = command.hold === 'pause' ? (['running', 'paused'] as const) : (['paused', 'running'] as const);
    if (found.state !== from) {
      throw new PlanCommandError('wrong-state', `the plan is ${found.state}, not ${from}`);
    }
    if (isAskingAgain(found)) {
      if (!isExpired(found, command.now())) {
        throw new PlanCommandError(
          'plan-changed',
          'its steps have changed: read the plan again, and approve the digest that it has now',
        );
      }
      return { plan: askAgain(found, command.now()), audit: [entryOf('resumed', found, command)] };
    }
    return { plan: { ...found, state: to }, audit: [entryOf(to === 'paused' ? 'paused' : 'resumed', found, command)] };
  });
}

/**
 * Ends a plan on a person's word. What it wrote goes back by the fold without its intents; what it was bringing back is
 * wanted out again by that person. The operation in flight is driven to its end first.
 *
 * @param command.isReaction - `by` is a reaction: it says no to what the plan serves, and nothing of what comes back.
 * @throws PlanCommandError
 */
export async function cancelPlan(
  rows: TargetRows,
  target: TargetRef,
  command: PlanCommand & { readonly isReaction?: true },
): Promise<Plan> {
  return await changePlan(rows, target, command, (state, found) => {
    if (found.state === 'waiting') {
      throw new PlanCommandError(
        'wrong-state',
        'the plan has not begun: an Approver rejects it, or whoever asked takes that back (failback, unpin, unhold)',
      );
    }
    if (found.state === 'parked') {
      // Nobody waits for it any more: the way back is tried anew, with a plan of its own. One that has left its place to
      // another plan has nothing to give up.
      const isOwn = (state.lane.activePlan ?? found.id) === found.id;
      return {
        plan: { ...found, state: 'cancelled' },
        ...(isOwn ? { clear: ['activePlan'] } : {}),
        intents: isOwn
          ? served(state, found).map((intent) => failedOf(intent, 'cancelled', command.now().toISOString()))
          : [],
        audit: [entryOf('cancelled', found, command)],
      };
    }
    if (found.state !== 'running' && found.state !== 'paused') {
      const then =
        found.state === 'done' ? ', and is taken back by a command of its own (failback, images rollback)' : '';
      throw new PlanCommandError('wrong-state', `the plan is ${found.state}${then}`);
    }
    // What the plan itself has taken out, and is bringing back, is back when it is over: nobody wants that out again.
    const returned = returnedBy(state, found).filter(
      (intent) => !found.serves.some(({ key }) => key === intentKey(intent)),
    );
    const again = command.isReaction === true ? [] : wantedBy(returned, found, command);
    return {
      plan: { ...found, state: 'going-back' },
      intents: [
        ...served(state, found).map((intent) => failedOf(intent, 'cancelled', command.now().toISOString())),
        ...again,
      ],
      audit: [entryOf('cancelled', found, command), ...openedEntries(again)],
    };
  });
}

function wantedBy(intents: readonly Intent[], { id }: Plan, { by, now, reason }: PlanCommand): readonly Intent[] {
  return wantedAgain(intents, {
    by: { person: by },
    cause: cancelCause(id),
    reason: reason ?? 'the way back was cancelled',
    at: now().toISOString(),
  });
}

/** Changes a plan's row against other writers of the partition; nothing is written where `decide` returns the same plan. */
export async function changePlan(
  rows: TargetRows,
  target: TargetRef,
  { plan: id }: PlanCommand,
  decide: (state: TargetState, plan: Plan) => Transition & { readonly plan: Plan },
): Promise<Plan> {
  for (let attempt = 1; ; attempt += 1) {
    const state = await rows.load(target);
    const found = await rows.plan(target, id);
    if (found === undefined) {
      throw new PlanCommandError('no-such-plan', id);
    }
    const transition = decide(state, found);
    try {
      if (transition.plan !== found) {
        await rows.save(target, state, transition);
      }
      return transition.plan;
    } catch (error) {
      if (!(error instanceof RowConflictError) || attempt === MAX_ATTEMPTS) {
        throw error;
      }
    }
  }
}

function served({ intents }: TargetState, { serves }: Plan): readonly Intent[] {
  return serves
    .filter(({ stood }) => stood !== true)
    .flatMap(({ key }) => intents.get(key) ?? [])
    .filter(({ state }) => state !== 'closed');
}

/** The audit record of a person's word on a plan. Pure. */
export function entryOf(kind: AuditEntry['kind'], { id, digest }: Plan, { by, now, reason }: PlanCommand): AuditEntry {
  return {
    kind,
    at: now().toISOString(),
    facts: { plan: id, digest, by, ...(reason === undefined ? {} : { reason }) },
  };
}

function isSamePerson(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
