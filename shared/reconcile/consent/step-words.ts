import { PlanCommandError } from '../../errors.ts';
import { releasersOf } from '../../intents/intent.ts';
import { goingOn, isLate } from '../manual-steps.ts';
import { changePlan, entryOf, type PlanCommand } from './plan-commands.ts';
import { distinct, type JournalEntry, type Plan } from '../plan.ts';
import type { TargetRef } from '../target-kind.ts';
import type { TargetRows, TargetState } from '../target-rows.ts';

/** A person's word about one step of exactly the plan that `digest` names. */
export interface StepCommand extends PlanCommand {
  readonly digest: string;
  /** Id of a step. */
  readonly step: string;
}

/**
 * Adds one person's word that a step of people's is done. Said twice it is said once. The last word that is needed lets a
 * plan go on that stands still because people were late.
 * @throws PlanCommandError if the plan is over or another one by now, the step is not asked for or needs nobody's word, or
 * this person asked for the plan.
 */
export async function confirmStep(rows: TargetRows, target: TargetRef, command: StepCommand): Promise<Plan> {
  const by = command.by.toLowerCase();
  return await changePlan(rows, target, command, (state, found) => {
    const entry = entryFor(found, command);
    if (requestersOf(state, found).some((person) => person.toLowerCase() === by)) {
      throw new PlanCommandError('self-approval', 'whoever asked for a plan may not say that its steps are done');
    }
    const { confirmed = [] } = entry;
    if (entry.state === 'done' || confirmed.some((word) => word.by === by)) {
      return { plan: found };
    }
    const plan = withWords(found, entry, [...confirmed, { by, at: command.now().toISOString() }]);
    const { kind, at, facts } = entryOf('confirmed', found, { ...command, by });
    return { plan, audit: [{ kind, at, facts: { ...facts, step: entry.step.id, title: entry.step.title } }] };
  });
}

/** Where the journal asks for the step, or has asked. */
function entryFor(plan: Plan, { digest, step: id }: StepCommand): JournalEntry {
  const isMeant = ({ step }: Pick<JournalEntry, 'step'>): boolean => step.id === id && step.manual !== undefined;
  const entry = plan.journal.findLast(isMeant);
  if (entry === undefined && !plan.steps.some((step) => isMeant({ step }))) {
    throw new PlanCommandError('no-such-step', `the plan has no step ${id.slice(0, 100)} for people`);
  }
  if (plan.digest !== digest) {
    throw new PlanCommandError('plan-changed', `its digest is ${plan.digest}: read it again`);
  }
  if (entry?.state === 'done') {
    return entry;
  }
  if (plan.state !== 'running' && plan.state !== 'paused' && plan.state !== 'going-back') {
    throw new PlanCommandError('wrong-state', `the plan is ${plan.state}`);
  }
  if (entry?.state !== 'asked') {
    throw new PlanCommandError('not-waiting', `${id} is ${entry?.state ?? 'not asked for yet'}`);
  }
  if (entry.step.manual?.approvals === 0) {
    throw new PlanCommandError('not-waiting', `${id} waits for its evidence alone`);
  }
  return entry;
}

function withWords(plan: Plan, entry: JournalEntry, confirmed: NonNullable<JournalEntry['confirmed']>): Plan {
  const said = { ...plan, journal: plan.journal.map((one) => (one === entry ? { ...one, confirmed } : one)) };
  const isEnough = distinct(confirmed) >= (entry.step.manual?.approvals ?? 0);
  return isLate(plan) && isEnough ? goingOn(said) : said;
}

/** Object ids of those who asked for what the plan does: forth, or back. */
function requestersOf({ intents }: TargetState, { consent, serves, steps }: Plan): readonly string[] {
  const subjects = new Set(steps.flatMap(({ changes }) => changes.map(({ subject }) => subject)));
  return [
    ...(consent?.requesters ?? []),
    ...[...intents].flatMap(([key, intent]) => {
      const { by, subject, state } = intent;
      const isServed = serves.some((one) => one.key === key) && 'person' in by;
      const isReleased = state === 'leaving' && subjects.has(subject);
      return [...(isServed ? [by.person] : []), ...(isReleased ? releasersOf(intent) : [])];
    }),
  ];
}
