import { readFile } from 'node:fs/promises';

import * as z from 'zod';

import { describeIssues } from '../json-question.ts';
import { printable, type Output } from '../output.ts';
import { playHistory, type PlayedHistory } from './image-history.ts';
import { outcomeOf, type Outcome } from './outcome.ts';
import { play } from './play.ts';
import { Scenario } from './scenario.ts';

/** What is to be played. */
export interface SimulateOptions {
  readonly suite: string;
  readonly cases: string;
  readonly only?: string;
  readonly jsonl?: boolean;
}

/** A scenario that could not be played. */
interface Failure {
  readonly id: string | number | null;
  readonly error: { readonly code: string; readonly message: string };
}

const Cases = z.union([z.array(z.unknown()), z.looseObject({ scenarios: z.array(z.unknown()) })]);

/**
 * Plays the scenarios of a file and says what came of each.
 * @returns the exit code: 0 all were played, 1 some could not be, 2 wrong usage or unreadable file.
 */
export async function simulate(
  { suite, cases, only, jsonl = false }: SimulateOptions,
  output: Output,
): Promise<0 | 1 | 2> {
  const suiteOf = SUITES.get(suite);
  if (suiteOf === undefined) {
    output.err(`reflex simulate: there is no suite ${suite}; expected ${[...SUITES.keys()].join(' or ')}`);
    return 2;
  }
  const scenarios = await readCases(cases);
  if ('problem' in scenarios) {
    output.err(`reflex simulate: ${scenarios.problem}`);
    return 2;
  }
  const wanted = scenarios.list.filter((one) => only === undefined || String(idOf(one)) === only);
  if (wanted.length === 0) {
    output.err(
      `reflex simulate: ${only === undefined ? 'the file has no scenario' : `no scenario has the id ${only}`}`,
    );
    return 2;
  }
  const decisions = new Map<string, number>();
  let failed = 0;
  for (const one of wanted) {
    const played = await suiteOf.play(one);
    const isFailure = !('decision' in played);
    failed += isFailure ? 1 : 0;
    const decision = isFailure ? 'not-played' : played.decision;
    decisions.set(decision, (decisions.get(decision) ?? 0) + 1);
    output.out(jsonl ? JSON.stringify(played) : inWords(played));
  }
  const counts = Object.fromEntries([...decisions].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const summary = { scenarios: wanted.length, played: wanted.length - failed, failed, decisions: counts };
  output.out(jsonl ? JSON.stringify({ summary }) : `${summary.played} of ${summary.scenarios} played`);
  return failed === 0 ? 0 : 1;
}

/** Plays one scenario; never throws. */
const SUITES: ReadonlyMap<string, { readonly play: (raw: unknown) => Promise<Outcome | PlayedHistory | Failure> }> =
  new Map([
    ['traffic', { play: playTraffic }],
    ['image', { play: playImage }],
  ]);

function playImage(raw: unknown): Promise<PlayedHistory | Failure> {
  try {
    return Promise.resolve(playHistory(raw));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return Promise.resolve({ id: idOf(raw), error: { code: 'invalid-scenario', message } });
  }
}

async function playTraffic(raw: unknown): Promise<Outcome | Failure> {
  const scenario = Scenario.safeParse(raw);
  if (!scenario.success) {
    return { id: idOf(raw), error: { code: 'invalid-scenario', message: describeIssues(scenario.error) } };
  }
  try {
    return await outcomeOf(scenario.data.id, await play(scenario.data));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id: idOf(raw), error: { code: 'not-played', message } };
  }
}

async function readCases(file: string): Promise<{ readonly list: readonly unknown[] } | { readonly problem: string }> {
  try {
    const cases = Cases.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return cases.success
      ? { list: Array.isArray(cases.data) ? cases.data : cases.data.scenarios }
      : { problem: `${file}: expected a list of scenarios, or an object with "scenarios"` };
  } catch (error) {
    return { problem: `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function idOf(raw: unknown): string | number | null {
  const id = typeof raw === 'object' && raw !== null && 'id' in raw ? raw.id : null;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}

function inWords(played: Outcome | PlayedHistory | Failure): string {
  if ('steps' in played) {
    const { id, decision, tag = 'none', changes, pushes, steps, error } = played;
    const head = `${id}  ${decision}  ${tag}  ${changes} changes by ${pushes} pushes`;
    const lines = steps.map(({ at = '', push, tag: to = '' }) => `  ${at === '' ? '' : `${at}  `}${push} -> ${to}`);
    return [head, ...(error === undefined ? [] : [`  ${error.message}`]), ...lines].map(printable).join('\n');
  }
  if (!('decision' in played)) {
    return `${played.id ?? '?'}  ${played.error.code}: ${played.error.message}`;
  }
  const { id, decision, reason, final, writes, page } = played;
  const origins = final.map(({ region, weight, enabled }) => `${region} ${enabled ? weight : 'out'}`).join(', ');
  const why = reason === undefined ? '' : ` (${reason})`;
  return `${id}  ${decision}${why}  ${origins}  ${writes} writes${page ? ', paged' : ''}`;
}
