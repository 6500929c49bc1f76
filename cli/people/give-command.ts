import type * as z from 'zod';

import { CommandTaken, CommandView } from '../../shared/api/people/schemas.ts';
import { REFUSING } from '../../shared/domain/traffic/answers.ts';
import { becameText, BEGUN, type Asked } from './became-text.ts';
import { ApiRefusal, type PeopleClient } from './client.ts';
import { connected, type ConnectionOptions, type Surroundings } from './connection.ts';
import { FollowUp } from './follow-up.ts';

/** Looks at what became of a command, one a second: intake, queue and the first look take a few. */
const MAX_LOOKS = 30;
const LOOK_MS = 1_000;

/** Options of every command that is sent and then waited for. */
export interface SendOptions extends ConnectionOptions {
  readonly key?: string;
  readonly wait: boolean;
}

/** Options of every command about an edge. */
export interface GiveOptions extends SendOptions {
  readonly reason: string;
  readonly override: readonly string[];
  readonly dryRun: boolean;
}

/** Where a command goes, and how what becomes of it is told. */
interface Told<T> {
  readonly path: string;
  readonly schema: z.ZodType<T>;
  readonly text: (became: T, client: PeopleClient) => readonly string[] | Promise<readonly string[]>;
  readonly isRefused: (became: T) => boolean;
}

/** Gives a command about an edge and, unless told otherwise, waits for what becomes of it. */
export async function giveCommand(asked: Asked, options: GiveOptions, surroundings: Surroundings): Promise<void> {
  const { reason, override, dryRun } = options;
  const follow = new FollowUp(options, surroundings.world);
  await sendCommand({ ...asked, reason, override, dryRun }, options, surroundings, {
    path: 'commands',
    schema: CommandView,
    text: async (became, client) => await becameText(became, { asked, dryRun, follow, client }),
    isRefused: ({ decision }) => (asked.command === 'drill' ? !BEGUN.includes(decision) : REFUSING.includes(decision)),
  });
}

/** Sends a command and, unless told otherwise, waits for what becomes of it. */
export async function sendCommand<T>(
  body: object,
  { key, wait, ...options }: SendOptions,
  surroundings: Surroundings,
  { path, schema, text, isRefused }: Told<T>,
): Promise<void> {
  const { output } = surroundings;
  await connected(surroundings, options, async (client) => {
    const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
    const taken = await client.send('POST', path, { body, headers, schema: CommandTaken });
    const became = wait ? await outcomeOf(client, { location: taken.location, schema }, surroundings) : undefined;
    if (options.json === true) {
      output.out(JSON.stringify(became ?? taken, null, 2));
    } else {
      const said = became === undefined ? [`taken: ${taken.location}`] : await text(became, client);
      said.forEach((line) => output.out(line));
    }
    return became !== undefined && isRefused(became) ? 1 : 0;
  });
}

async function outcomeOf<T>(
  client: PeopleClient,
  { location, schema }: { readonly location: string; readonly schema: z.ZodType<T> },
  { world }: Surroundings,
): Promise<T | undefined> {
  for (let looks = 1; looks <= MAX_LOOKS; looks += 1) {
    try {
      return await client.get(location, schema);
    } catch (error) {
      if (!(error instanceof ApiRefusal) || error.status !== 404) {
        throw error;
      }
    }
    await world.sleep(LOOK_MS);
  }
  return undefined;
}
