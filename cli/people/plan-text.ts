import type * as z from 'zod';

import type { Consent, PlanSummary, PlanView } from '../../shared/api/people/plan-schemas.ts';
import { IN_VAIN, PLAN_CHANGED } from '../../shared/reconcile/consent/consent.ts';
import { bakesUntil, OVER_STATES } from '../../shared/reconcile/plan.ts';
import { printable, table } from '../output.ts';
import { originTable, type Edge } from './edge-text.ts';
import type { FollowUp } from './follow-up.ts';
import { intentLines, type Who } from './intent-text.ts';

export type Plan = z.infer<typeof PlanView>;
type Summary = z.infer<typeof PlanSummary>;

/** What stands around a plan now; each is absent where it says nothing about the plan, or could not be asked. */
export interface Present {
  /** Whether writes are stopped: of a plan that is agreed to and has not begun. */
  readonly isStopped?: boolean;
  /** The edge that the plan is about, until the plan is over. */
  readonly edge?: Edge;
  /** How people are named. */
  readonly who?: Who;
}

/** True if there is nothing more to wait for. Pure. */
export function isOver({ state, effect }: Pick<Plan, 'state' | 'effect'>): boolean {
  return hasEnded(state) && effect?.state !== 'waiting';
}

/** True if enough have agreed, and the loop has not looked yet. Pure. */
export function isAgreed({ state, consent }: Pick<Plan, 'state' | 'consent'>): boolean {
  return state === 'waiting' && consent !== undefined && consent.given.length >= consent.needed;
}

/** True if somebody's yes to its steps is still missing. Pure. */
export function isAsking({ state, note, consent }: Pick<Plan, 'state' | 'note' | 'consent'>): boolean {
  return (
    (state === 'waiting' && consent !== undefined && !isAgreed({ state, consent })) ||
    (state === 'paused' && note === PLAN_CHANGED)
  );
}

/** True if a plan is done, and the edge does not show the opposite. Pure. */
export function isWell({ state, effect }: Pick<Plan, 'state' | 'effect'>): boolean {
  return state === 'done' && effect?.state !== 'not-effective';
}

/** A list of plans as a table. Pure. */
export function planTable(plans: readonly Summary[]): readonly string[] {
  const rows = plans.map(({ id, target, created, written, titles, ...plan }) => [
    id,
    created.slice(0, 19),
    isAgreed(plan) ? 'approved' : plan.state,
    `${written}/${titles.length}`,
    shortName(target),
    printable(titles[0] ?? ''),
  ]);
  return plans.length === 0
    ? ['no plans']
    : table([['PLAN', 'CREATED', 'STATE', 'STEPS', 'TARGET', 'FIRST STEP'], ...rows]);
}

/** A plan for somebody who is to judge it. Pure. */
export function planText(plan: Plan, follow: FollowUp, present: Present): readonly string[] {
  const { id, target, state, created, digest, steps } = plan;
  const isWaiting = state === 'waiting' && isAsking(plan);
  return [
    `plan     ${id}`,
    `target   ${printable(target)}`,
    `state    ${isWaiting ? state : stateText(plan, present)}`,
    ...intentLines(plan, present.who).map((line) => `asked    ${line}`),
    `created  ${created}`,
    `digest   ${digest}`,
    ...consentLines(plan),
    ...cutLines(plan, present.who ?? printable),
    ...drillLines(plan),
    ...(isWaiting && plan.behind !== undefined ? [`behind   ${behindText(plan.behind)}`] : []),
    ...(present.edge === undefined ? [] : ['', ...originTable(present.edge)]),
    '',
    ...steps.flatMap(stepText),
    ...(isAsking(plan) ? ['', `approve  ${follow.others('plans', 'approve', id, digest.slice(0, 12))}`] : []),
    ...(state === 'paused' && plan.note === IN_VAIN ? ['', `resume   ${follow.own('plans', 'resume', id)}`] : []),
    ...(plan.journal.length === 0 ? [] : ['', ...journalText(plan, follow)]),
  ];
}

/** Who has agreed, where the state does not say so; of what has ended nobody is asked any more. */
function consentLines(plan: Plan): readonly string[] {
  const { state, consent } = plan;
  if (consent === undefined || isAgreed(plan) || (hasEnded(state) && consent.given.length === 0)) {
    return [];
  }
  return [`consent  ${hasEnded(state) ? givenText(consent) : consentText(consent)}`];
}

/** A drill's plan is done only when its origin is back. */
function drillLines({ drilled }: Plan): readonly string[] {
  const at = drilled?.at?.slice(0, 19) ?? '';
  switch (drilled?.state) {
    case 'effective':
      return [`drill    the edge had left it at ${at}${measuredText(drilled.by)}`];
    case 'not-effective':
      return [`drill    not effective: at ${at} the edge still served it, or the others failed`];
    default:
      return [];
  }
}

/** A plan is done all the same when nobody waits for the end of its bake. */
function cutLines({ bakeCut }: Plan, who: Who): readonly string[] {
  return bakeCut === undefined ? [] : [`bake     cut short by ${who(bakeCut.by)} after ${bakeCut.afterSeconds} s`];
}

/** A step of a plan, with its place among them from 0. Pure. */
export function stepText(step: Plan['steps'][number], index: number): readonly string[] {
  return [
    `${index + 1}. ${printable(step.title)}`,
    ...(step.predicates ?? []).map((words) => `     only if ${printable(words)}`),
    ...(step.warnings ?? []).map((words) => `     mind: ${printable(words)}`),
    ...manualText(step),
    ...(step.bakeMs === undefined ? [] : [`     then wait ${step.bakeMs / 1000} s and look at what it serves`]),
  ];
}

/** What has been sent and what people were asked for, oldest first, one line each. Pure. */
export function journalText({ id, journal }: Plan, follow: FollowUp): readonly string[] {
  return journal.flatMap(({ at, step, state, note, confirmed = [] }) => {
    const why = note === undefined ? '' : `: ${printable(note)}`;
    const line = `${at.slice(0, 19)}  ${printable(step.title)}  ${printable(state)}${why}`;
    return step.manual === undefined || state !== 'asked'
      ? [line]
      : [line, askedText(step, confirmed.length, follow.own('plans', 'step-done', id, step.id, '--reason', '...'))];
  });
}

/** What people are to do, and how that is known. */
function manualText({ id, manual }: Plan['steps'][number]): readonly string[] {
  if (manual === undefined) {
    return [];
  }
  const { approvals, evidence, timeoutMs, onTimeout } = manual;
  const tells = [
    ...(approvals === 0 ? [] : [`${approvals} of the approvers say so`]),
    ...(evidence === undefined ? [] : ['its query says so']),
  ];
  return [
    `     for people, step ${printable(id)}`,
    ...manual.instruction.split('\n').map((line) => `     | ${printable(line)}`),
    `     done when ${tells.join(' and ')}; after ${timeoutMs / 1000} s: ${onTimeout}`,
  ];
}

function askedText({ manual }: Plan['steps'][number], given: number, how: string): string {
  const { approvals = 0 } = manual ?? {};
  return approvals === 0
    ? '  waits until its query says that it is done'
    : `  ${given} of ${approvals} say that it is done: ${how}`;
}

/** How it stands, in one line. Pure. */
export function stateText(plan: Plan, { isStopped }: Pick<Present, 'isStopped'>): string {
  const { state, note, consent, journal, effect, behind } = plan;
  const why = note === undefined ? '' : `: ${printable(note)}`;
  if (state !== 'waiting' || consent === undefined) {
    const more = state === 'running' ? bakeText(bakesUntil(journal)) : effectText(effect);
    return `${state}${why}${more}`;
  }
  const first = [
    ...(isStopped === true ? ['the kill switch is off'] : []),
    ...(behind === undefined ? [] : [`${behindText(behind)} is over`]),
  ];
  const begins = first.length > 0 ? `when ${first.join(', and ')}` : isStopped === false ? 'now' : undefined;
  const next = begins === undefined ? '' : `: it begins ${begins}`;
  return isAgreed(plan) ? `approved, ${givenText(consent)}${next}` : `waiting, ${consentText(consent)}`;
}

/** What was written last is watched before anything else is done. */
function bakeText(until: string | undefined): string {
  return until === undefined ? '' : `, baking until ${until.slice(0, 19)}`;
}

/** The plan that has to be over first. Pure. */
export function behindText({ id, state, note, bakesUntil: until }: NonNullable<Plan['behind']>): string {
  return `${id.slice(0, 8)} (${state}${note === undefined ? '' : `: ${printable(note)}`}${bakeText(until)})`;
}

/** Done is the control plane's word; what the edge shows is told apart from it. */
function effectText(effect: Plan['effect']): string {
  switch (effect?.state) {
    case undefined:
      return '';
    case 'waiting':
      return `, waiting for the edge and its measurements, up to ${effect.until?.slice(0, 19) ?? 'its propagation'}`;
    case 'effective':
      return `, effective: the edge shows it since ${effect.at?.slice(0, 19) ?? ''}${measuredText(effect.by)}`;
    case 'not-effective':
      return ', not effective: the edge does not show it';
    case 'unknown':
      return ', and nothing measured tells whether the edge has it';
    case 'overtaken':
      return ', and another plan has moved the edge since';
  }
}

const MEASURES = {
  requests: 'requests',
  'dns-answers': 'DNS answers, which clients keep for the TTL',
  errors: 'errors',
  latency: 'latency',
  'public-host': 'the public host',
} as const;

/** What it is known by, and what nobody measures; nobody misses DNS answers where the edge sees requests. */
function measuredText(by: NonNullable<Plan['effect']>['by']): string {
  if (by === undefined || by.length === 0) {
    return '';
  }
  const others = Object.entries(MEASURES).flatMap(([name, words]) =>
    name === 'dns-answers' || by.some((one) => one === name) ? [] : [words],
  );
  const known = by.map((one) => MEASURES[one]).join(', ');
  return others.length === 0 ? ` (by ${known})` : ` (by ${known}; not measured: ${others.join(', ')})`;
}

/** The end of an ARM id, which is the part that people know it by; others as they are. Pure. */
export function shortName(target: string): string {
  return printable(target.startsWith('/') ? target.split('/').slice(-4).join('/') : target);
}

type Given = z.infer<typeof Consent>;

function consentText(consent: Given): string {
  const { needed, given, expires } = consent;
  return given.length >= needed ? givenText(consent) : `${givenText(consent)}, until ${expires}`;
}

function givenText({ needed, given }: Given): string {
  const { length } = given;
  return length > needed ? `${length} have said yes, ${needed} needed` : `${length} of ${needed} have said yes`;
}

function hasEnded(state: Plan['state']): boolean {
  return OVER_STATES.some((over) => over === state);
}
