import * as z from 'zod';

import { CommandTaken } from '../../shared/api/people/schemas.ts';
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

const Became = z.looseObject({
  outcome: z.string().optional(),
  reason: z.string().optional(),
  plan: z.string().optional(),
  digest: z.string().optional(),
});

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
    return became?.outcome === 'refused' ? 1 : 0;
  });
}

async function outcomeOf(
  client: PeopleClient,
  location: string,
  { world }: Surroundings,
): Promise<z.infer<typeof Became> | undefined> {
  for (let looks = 1; looks <= MAX_LOOKS; looks += 1) {
    try {
      return await client.get(location, Became);
    } catch (error) {
      if (!(error instanceof ApiRefusal) || error.status !== 404) {
        throw error;
      }
    }
    await world.sleep(LOOK_MS);
  }
  return undefined;
}

function lines(location: string, became: z.infer<typeof Became> | undefined): readonly string[] {
  if (became === undefined) {
    return [`taken: ${location}`];
  }
  const { outcome = 'taken', reason, plan, digest } = became;
  return [
    `${printable(outcome)}${reason === undefined ? '' : `: ${printable(reason)}`}`,
    ...(plan === undefined ? [] : [`plan     ${printable(plan)}`, `follow   reflex plans watch ${printable(plan)}`]),
    ...(plan === undefined || digest === undefined
      ? []
      : [`approve  reflex plans approve ${printable(plan)} ${printable(digest).slice(0, 12)}`]),
  ];
}
