import type { EffectNumbers, PlanEffect } from '../reconcile/plan-effect.ts';
import { percent, spell } from './names.ts';
import type { DrillReport } from './drill.ts';
import type { Report, Times } from './report.ts';
import type { StepReport } from './steps.ts';

/** One part of a report in any format: a table of plain text, whose cells nobody has escaped yet. */
export interface Block {
  readonly heading: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** What to say where there are no rows. */
  readonly none: string;
}

/** A report's parts in the order in which they are read. Pure. */
export function blocksOf(report: Report): readonly Block[] {
  const { timeline, facts, intents, approvals, steps, rules, pages, times, drills, shares, numbers } = report;
  return [
    ...drills.map((drill) => block(headingOf(drill, drills.length), ['What', 'Came of it'], drillRows(drill))),
    { heading: 'Times', head: ['From', 'To', 'Took'], rows: timeRows(times), none: '' },
    ...(shares === undefined
      ? []
      : [
          block('Measured at the edge', ['What', 'Value'], numberRows(numbers), 'Nothing has been measured of it yet.'),
        ]),
    block(
      'Timeline',
      ['When', 'What', 'Detail'],
      timeline.map(({ at, what, detail }) => [at, what, detail]),
    ),
    block(
      'Facts',
      ['About', 'Says', 'Taken', 'Age at the decision'],
      facts.map(({ about, says, at, ageMs }) => [about, says, at, spell(ageMs)]),
    ),
    block(
      'Intents',
      ['Subject', 'Wants', 'Asked for by', 'Mode', 'Reason', 'Now'],
      intents.map(({ subject, wants, askedBy, mode, reason, now, isReplaced }) => [
        subject,
        wants,
        askedBy,
        mode,
        reason,
        isReplaced ? `${now} (asked for anew since)` : now,
      ]),
    ),
    block(
      'Approvals',
      ['Who', 'Said', 'When', 'Digest'],
      approvals.map(({ by, said, at, digest }) => [by, said, at, digest]),
      'Nobody was asked.',
    ),
    block('Steps', ['Step', 'From', 'To', 'Outcome', 'Sent', 'Ended', 'Sends', 'Evidence'], steps.map(stepRow)),
    block(
      'Rules',
      ['Rule', 'How', 'Detail'],
      rules.map(({ rule, how, detail }) => [rule, how, detail]),
    ),
    block(
      'Pages',
      ['When', 'Detail'],
      pages.map(({ at, detail }) => [at, detail]),
      'Nobody was called.',
    ),
  ];
}

function numberRows({ shares = {}, dnsShares = {}, errorRate, latencyMs }: EffectNumbers = {}): Block['rows'] {
  return [
    ...Object.entries(shares).map(([name, share]) => [`requests to ${name}`, percent(share)]),
    ...Object.entries(dnsShares).map(([name, share]) => [`DNS answers that name ${name}`, percent(share)]),
    ...(errorRate === undefined ? [] : [['failed requests', percent(errorRate)]]),
    ...(latencyMs === undefined ? [] : [['slowest answers', `${Math.round(latencyMs)} ms`]]),
  ];
}

/** A drill of a region may be one of several origins. */
function headingOf({ origin }: DrillReport, count: number): string {
  return count === 1 ? 'Outcome of the drill' : `Outcome of the drill of ${origin}`;
}

function drillRows({ verdict, why, rows }: DrillReport): readonly (readonly string[])[] {
  return [[verdict, why], ...rows];
}

function block(
  heading: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  none = 'Nothing is recorded.',
): Block {
  return { heading, head, rows, none };
}

/** What is said instead of a time. */
const NO_EFFECT: Readonly<Record<PlanEffect['state'], string>> = {
  waiting: 'not yet',
  effective: 'not yet',
  'not-effective': 'not yet: it is still served as before',
  unknown: 'not known: nothing measured tells',
  overtaken: 'not measured: another plan came first',
};

function timeRows({
  toDecideMs,
  voteToWriteMs,
  toWriteMs,
  totalMs,
  toEffectMs,
  effect,
}: Times): readonly (readonly string[])[] {
  const maybe = (ms: number | undefined): string => (ms === undefined ? 'not yet' : spell(ms));
  return [
    ['signal heard', 'decided', spell(toDecideMs)],
    ['decided', 'first write sent', maybe(toWriteMs)],
    ...(voteToWriteMs === undefined ? [] : [['last needed vote', 'first write sent', spell(voteToWriteMs)]]),
    ['signal heard', 'last write there', maybe(totalMs)],
    [
      'signal heard',
      'effective at the edge',
      toEffectMs === undefined ? NO_EFFECT[effect ?? 'waiting'] : spell(toEffectMs),
    ],
  ];
}

function stepRow(step: StepReport): readonly string[] {
  const { title, from, to, outcome, attempts, sentAt = '', endedAt = '', evidence, notes, bakeMs, instruction } = step;
  const baked = bakeMs === undefined ? [] : [`the next waited ${spell(bakeMs)}`];
  const people = instruction === undefined ? [] : [`for people: ${instruction}`];
  const shown = [...people, ...(evidence === undefined ? [] : [evidence]), ...notes, ...baked].join('; ');
  return [title, from, to, outcome, sentAt, endedAt, String(attempts), shown];
}

/** What stands under the title, one line each: name and value. Pure. */
export function headOf({ plan, outcome }: Report): readonly (readonly [string, string])[] {
  return [
    ['Outcome', outcome],
    ['Target', plan.target],
    ['Plan', `${plan.id} (revision ${plan.revision})`],
    ['Digest', plan.digest],
    ['Made', plan.created],
  ];
}
