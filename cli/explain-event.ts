import { readFile, stat } from 'node:fs/promises';

import { Command } from 'commander';

import { decodeBody } from '../shared/signals/decode.ts';
import { checkFreshness } from '../shared/signals/freshness.ts';
import { parseInstant } from '../shared/signals/instant.ts';
import type { Decoded } from '../shared/signals/signal.ts';
import type { Fleet } from '../shared/fleet/model.ts';
import { voteInWords, voteOf, type ExplainedVote } from './explain-vote.ts';
import { collectRepository, readFleet, type FleetOptions } from './fleet-files.ts';
import { answerLines, type CommandIo, type LineAnswer } from './json-lines.ts';
import { printable } from './output.ts';
import { processIo } from './process-io.ts';

export interface ExplainEventOptions {
  /** Body of a delivery, as it came; absent for a batch. */
  readonly file?: string;
  readonly json?: boolean;
  /** JSON lines on the input: `{id, body, headers?}`. */
  readonly jsonl?: boolean;
  /** Says of each signal whether it could be a normal delivery at this time (RFC 3339). */
  readonly now?: string;
  /** Fleet file: says of which edges and origins an alert speaks, or why it counts for nobody. */
  readonly fleet?: string;
  /** As for the commands on fleet files. */
  readonly repo?: FleetOptions['repo'];
}

/** One event as the command prints it; `family` is `unknown` where it cannot be told. */
interface Explained {
  readonly outcome: Decoded['outcome'];
  readonly family: string;
  readonly type?: string;
  readonly source?: string;
  readonly id?: string;
  readonly time?: Date;
  readonly schema?: string;
  readonly code?: string;
  readonly reason?: string;
  /** Of an alert. */
  readonly vote?: ExplainedVote;
  readonly freshness?: 'fresh' | 'stale' | 'future';
  readonly data?: object;
}

interface Asked {
  readonly now: Date | undefined;
  readonly fleet: Fleet | undefined;
}

/** More than any body that the decoder takes. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/**
 * Says what each event of a delivery is taken for, and why.
 *
 * @returns the exit code: 0 explained (whatever the outcome), 2 wrong usage or a file that cannot be read.
 */
export async function explainEvent(options: ExplainEventOptions, io: CommandIo): Promise<0 | 2> {
  const { file, jsonl = false, json = false } = options;
  const now = options.now === undefined ? undefined : parseInstant(options.now);
  if (options.now !== undefined && now === undefined) {
    return wrong(io, '--now must be a time such as 2026-09-14T02:10:11Z');
  }
  if ((file === undefined) !== jsonl) {
    return wrong(io, 'give either a FILE or --jsonl');
  }
  const fleet = await fleetOf(options);
  if (typeof fleet === 'string') {
    return wrong(io, fleet);
  }
  const asked = { now, fleet };
  if (file === undefined) {
    await answerLines(io, (line) => explainLine(line, asked));
    return 0;
  }
  const body = await readBody(file);
  if (typeof body === 'string') {
    return wrong(io, body);
  }
  const signals = decodeBody(body).map((decoded) => explain(decoded, asked));
  await io.print(json ? `${JSON.stringify({ signals }, undefined, 2)}\n` : signals.map(inWords).join('\n'));
  return 0;
}

/** `reflex explain event`. */
export function explainEventCommand(): Command {
  return new Command('event')
    .description('say what the events or the alert of a delivery are taken for')
    .argument('[file]', 'body of the delivery, as it came')
    .option('--json', 'print JSON instead of text')
    .option('--jsonl', 'answer JSON lines {id, body, headers?} on stdin with {id, signals}')
    .option('--now <time>', 'say whether each signal could be a normal delivery at this time')
    .option('--fleet <file>', 'say of which edges and origins an alert speaks, or why it counts for nobody')
    .option('--repo <owner/name=dir>', 'where a repository that the fleet includes lies', collectRepository, {})
    .action(async (file: string | undefined, options: ExplainEventOptions) => {
      process.exitCode = await explainEvent({ ...options, ...(file === undefined ? {} : { file }) }, processIo());
    });
}

function explainLine(line: Readonly<Record<string, unknown>>, asked: Asked): LineAnswer {
  if (!Object.hasOwn(line, 'body')) {
    return { error: { code: 'no-body', message: 'the line has no body' } };
  }
  const family = isHandshake(line['headers']) ? 'event-grid' : 'unknown';
  return { signals: decodeBody(line['body']).map((decoded) => explain(decoded, asked, family)) };
}

/**
 * Event Grid names its own events in a header, which tells the family of a body that does not. Nothing else is taken
 * from headers: whoever can forge a body can forge them.
 */
function isHandshake(headers: unknown): boolean {
  const [, type] =
    Object.entries(typeof headers === 'object' && headers !== null ? headers : {}).find(
      ([name]) => name.toLowerCase() === 'aeg-event-type',
    ) ?? [];
  return type === 'SubscriptionValidation' || type === 'SubscriptionDeletion';
}

function explain(decoded: Decoded, { now, fleet }: Asked, fallback = 'unknown'): Explained {
  if (decoded.outcome !== 'known') {
    const { outcome, family = fallback, ...rest } = decoded;
    return { outcome, family, ...rest };
  }
  const { family, type, source, id, time, schema, data } = decoded.signal;
  const vote = voteOf(decoded.signal, fleet);
  const told = vote === undefined ? {} : { vote };
  const known = { outcome: decoded.outcome, family, type, source, id, time, schema, ...told, data };
  if (now === undefined) {
    return known;
  }
  const freshness = checkFreshness(decoded.signal, now);
  return freshness.isFresh
    ? { ...known, freshness: 'fresh' }
    : { ...known, freshness: freshness.code, reason: freshness.reason };
}

/** Indented `name: value` lines below `outcome family type`. */
function inWords({ outcome, family, type = '', data = {}, vote, ...rest }: Explained): string {
  const said = vote === undefined ? {} : { vote: voteInWords(vote) };
  const details = [...Object.entries({ ...rest, ...said }), ...Object.entries(data)].map(
    ([name, value]: [string, unknown]) => {
      return `  ${printable(name)}: ${printable(shownAs(value))}\n`;
    },
  );
  const head = `${outcome.padEnd(8)} ${family.padEnd(16)} ${printable(type)}`.trimEnd();
  return `${head}\n${details.join('')}`;
}

function shownAs(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  return value instanceof Date ? value.toISOString() : JSON.stringify(value);
}

/** The fleet of a file, or why there is none. */
async function fleetOf({ fleet: file, repo = {} }: ExplainEventOptions): Promise<Fleet | undefined | string> {
  if (file === undefined) {
    return undefined;
  }
  try {
    return (await readFleet(file, { repo })).fleet ?? `${file} makes no fleet: reflex validate says why`;
  } catch (error) {
    return `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function readBody(file: string): Promise<Uint8Array | string> {
  try {
    const { size } = await stat(file);
    return size > MAX_FILE_BYTES ? `${file} is too large` : await readFile(file);
  } catch (error) {
    return `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function wrong({ complain }: CommandIo, message: string): 2 {
  complain(`reflex explain event: ${message}\n`);
  return 2;
}
