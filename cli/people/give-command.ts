import type * as z from 'zod';

import { CommandTaken, CommandView } from '../../shared/api/people/schemas.ts';
import { printable } from '../output.ts';
import { ApiRefusal, type PeopleClient } from './client.ts';
import { connected, type ConnectionOptions, type Surroundings } from './connection.ts';

/** Looks at what became of a command, one a second: intake, queue and the first look take a few. */
const MAX_LOOKS = 30;
const LOOK_MS = 1_000;

/** Options of every command about an edge. */
export interface GiveOptions extends ConnectionOptions {
  readonly reason: string;
  readonly override: readonly string[];
  readonly dryRun: boolean;
  readonly key?: string;
  readonly wait: boolean;
}

type Became = z.infer<typeof CommandView>;

/** Decisions that leave the command undone until somebody does something else. */
const REFUSED: readonly string[] = ['refuse', 'failstatic', 'escalate', 'needs-human'];

/** Gives a command and, unless told otherwise, waits for what becomes of it. */
export async function giveCommand(asked: object, options: GiveOptions, surroundings: Surroundings): Promise<void> {
  const { reason, override, dryRun, key, wait, json = false } = options;
  const { output } = surroundings;
  await connected(surroundings, options, async (client) => {
    const body = { ...asked, reason, override, dryRun };
    const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
    const taken = await client.send('POST', 'commands', { body, headers, schema: CommandTaken });
    const became = wait ? await outcomeOf(client, taken.location, surroundings) : undefined;
    if (json) {
      output.out(JSON.stringify(became ?? taken, null, 2));
    } else {
      lines(taken.location, became).forEach((line) => output.out(line));
    }
    return became !== undefined && REFUSED.includes(became.decision) ? 1 : 0;
  });
}

async function outcomeOf(client: PeopleClient, location: string, { world }: Surroundings): Promise<Became | undefined> {
  for (let looks = 1; looks <= MAX_LOOKS; looks += 1) {
    try {
      return await client.get(location, CommandView);
    } catch (error) {
      if (!(error instanceof ApiRefusal) || error.status !== 404) {
        throw error;
      }
    }
    await world.sleep(LOOK_MS);
  }
  return undefined;
}

function lines(location: string, became: Became | undefined): readonly string[] {
  if (became === undefined) {
    return [`taken: ${location}`];
  }
  const { decision, reason, plan, digest } = became;
  const name = plan === undefined ? undefined : printable(plan);
  const isWaiting = decision === 'pending-approval' && digest !== undefined;
  return [
    `${printable(decision)}${reason === '' ? '' : `: ${printable(reason)}`}`,
    ...(name === undefined ? [] : [`plan     ${name}`, `follow   reflex plans watch ${name}`]),
    ...(name === undefined || !isWaiting
      ? []
      : [`approve  reflex plans approve ${name} ${printable(digest).slice(0, 12)}`]),
  ];
}
