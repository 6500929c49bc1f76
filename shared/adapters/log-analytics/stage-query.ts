import * as z from 'zod';

import type { LogsCheck } from '../../domain/image/verification.ts';
import { UpstreamError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { StageVerifier, VerificationAnswer, VerifiedStage } from '../../ports/stage-verifier.ts';
import { inTime } from '../ask-each.ts';
import { askLogs, type LogAccess, type LogTable } from './ask-logs.ts';

export interface LogsVerifierOptions extends LogAccess {
  readonly clock: Clock;
}

/** A tick waits for its slowest verification: a query that takes longer is one to rewrite. */
const WITHIN_MS = 15_000;
const MINUTE_MS = 60_000;

/** Compares what a Log Analytics query makes of the logs since a version is there with the check's limits. */
export class LogsVerifier implements StageVerifier<LogsCheck> {
  readonly kind = 'logs';
  readonly #options: LogsVerifierOptions;

  constructor(options: LogsVerifierOptions) {
    this.#options = options;
  }

  async verify(check: LogsCheck, stage: VerifiedStage): Promise<VerificationAnswer> {
    const { clock } = this.#options;
    const now = clock.now();
    const from = new Date(Math.max(Date.parse(stage.since), now.getTime() - check.minutes * MINUTE_MS));
    const question = {
      ...{ operation: 'query the logs of a stage', workspace: check.workspace },
      ...{ query: withVersion(check.query, stage), timespan: `${from.toISOString()}/${now.toISOString()}` },
    };
    const ask = async (signal: AbortSignal): Promise<LogTable> => await askLogs(this.#options, { ...question, signal });
    return judgeLogs(await inTime(clock, WITHIN_MS, ask), check);
  }
}

/**
 * The query with what it may ask of the version, as constants before it: `reflex_tag`, `reflex_digest`, `reflex_stage`,
 * `reflex_since`. Only those that it names, because a query that sets options must begin with them. Pure.
 */
export function withVersion(
  query: string,
  { tag, digest, stage, since }: Pick<VerifiedStage, 'tag' | 'digest' | 'stage' | 'since'>,
): string {
  const values = {
    reflex_tag: literal(tag),
    reflex_digest: literal(digest),
    reflex_stage: literal(stage),
    reflex_since: `datetime(${new Date(since).toISOString()})`,
  };
  const named = Object.entries(values).filter(([name]) => new RegExp(`\\b${name}\\b`).test(query));
  return [...named.map(([name, value]) => `let ${name} = ${value};`), query].join('\n');
}

/** A KQL string: JSON's escapes are a part of KQL's. https://learn.microsoft.com/kusto/query/scalar-data-types/string */
function literal(text: string): string {
  return JSON.stringify(text);
}

const value = z.number();
const samples = z.number().min(0);

/**
 * What the rows of an answer say. Pure. Each row is a subject of its own (a cluster, a route): one beyond a limit fails,
 * and all must have data enough to pass. No row, a null and `NaN` are no data.
 * @throws UpstreamError if the columns are not those that were asked for.
 */
export function judgeLogs({ columns, rows }: LogTable, { minData, max, min }: LogsCheck): VerificationAnswer {
  const names = columns.map(({ name }) => name);
  if (!names.includes('value') || !names.includes('samples')) {
    throw new UpstreamError(`logs: expected columns value and samples, got ${names.join() || 'none'}`, 502);
  }
  const said = rows.map((row) => {
    const count = samples.safeParse(row[names.indexOf('samples')]).data ?? 0;
    return { value: value.safeParse(row[names.indexOf('value')]).data, count };
  });
  const heard = said.filter(({ value: one, count }) => one !== undefined && count >= minData);
  const isWithin = (one = NaN): boolean => one <= (max ?? Infinity) && one >= (min ?? -Infinity);
  const worst = heard.find(({ value: one }) => !isWithin(one));
  if (worst !== undefined) {
    return { outcome: 'fail', reason: `logs: ${short(worst.value)} of ${worst.count} samples` };
  }
  if (heard.length < said.length || heard.length === 0) {
    const least = Math.min(...said.map(({ value: one, count }) => (one === undefined ? 0 : count)), minData);
    return { outcome: 'pending', reason: `logs: ${said.length === 0 ? 0 : least} of ${minData} samples` };
  }
  return { outcome: 'pass', reason: `logs: ${heard.map(({ value: one }) => short(one)).join(', ')}` };
}

function short(one = NaN): string {
  return String(Number(one.toPrecision(6)));
}
