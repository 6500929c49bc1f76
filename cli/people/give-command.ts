import type * as z from 'zod';

import { CommandTaken, CommandView, PlanView } from '../../shared/api/people/schemas.ts';
import { printable } from '../output.ts';
import { ApiRefusal, type PeopleClient } from './client.ts';
import { connected, type ConnectionOptions, type Surroundings } from './connection.ts';
import { stepText } from './plan-text.ts';

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

type Became = z.infer<typeof CommandView>;

/** Where a command goes, and how what becomes of it is told. */
interface Told<T> {
  readonly path: string;
  readonly schema: z.ZodType<T>;
  readonly text: (became: T, client: PeopleClient) => readonly string[] | Promise<readonly string[]>;
  readonly isRefused: (became: T) => boolean;
}

/** Decisions that leave the command undone until somebody does something else. */
const REFUSED: readonly string[] = ['refuse', 'failstatic', 'escalate', 'needs-human'];

/** Gives a command about an edge and, unless told otherwise, waits for what becomes of it. */
export async function giveCommand(asked: object, options: GiveOptions, surroundings: Surroundings): Promise<void> {
  const { reason, override, dryRun } = options;
  await sendCommand({ ...asked, reason, override, dryRun }, options, surroundings, {
    path: 'commands',
    schema: CommandView,
    text: async (became, client) => [...lines(became, dryRun), ...(await previewText(became, dryRun, client))],
    isRefused: ({ decision }) => REFUSED.includes(decision),
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

function lines({ decision, reason, plan, digest }: Became, isDryRun: boolean): readonly string[] {
  const name = plan === undefined ? undefined : printable(plan);
  const isWaiting = decision === 'pending-approval' && digest !== undefined;
  return [
    `${printable(decision)}${reason === '' ? '' : `: ${printable(reason)}`}`,
    ...(name === undefined ? [] : [`plan     ${name}`]),
    ...(name === undefined || isDryRun ? [] : [`follow   reflex plans watch ${name}`]),
    ...(name === undefined || !isWaiting
      ? []
      : [`approve  reflex plans approve ${name} ${printable(digest).slice(0, 12)}`]),
  ];
}

/** What would be done; it is not for anybody to follow or to approve. */
async function previewText({ plan }: Became, isDryRun: boolean, client: PeopleClient): Promise<readonly string[]> {
  if (!isDryRun) {
    return [];
  }
  const steps =
    plan === undefined ? [] : (await client.get(`plans/${encodeURIComponent(plan)}`, PlanView)).steps.flatMap(stepText);
  return [...steps, 'dry run: nothing was changed'];
}
