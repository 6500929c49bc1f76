import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Command } from 'commander';
import * as z from 'zod';

import { printable, type Output } from '../output.ts';
import { ApiRefusal, NoConnection, PeopleClient } from './client.ts';
import type { Names } from './people-names.ts';

/** What the commands reach out with; tests hand in their own. */
export interface World {
  readonly fetch: typeof globalThis.fetch;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly now: () => Date;
}

/** The network and this process's environment. */
export const outside: World = {
  fetch: globalThis.fetch,
  environment: process.env,
  sleep: (ms) => sleep(ms),
  now: () => new Date(),
};

/** Where a command prints, and what it reaches out with. */
export interface Surroundings {
  readonly output: Output;
  readonly world: World;
}

/** Where `npm start` keeps the local stack's data. */
export const DEFAULT_DATA = '.reflex';

/** Options of every command that calls the HTTP API. */
export interface ConnectionOptions {
  readonly url?: string;
  readonly as?: string;
  readonly data: string;
  readonly json?: boolean;
}

const Endpoints = z.object({
  host: z.object({ url: z.url() }),
  entra: z.object({
    url: z.url(),
    tenantId: z.string(),
    audience: z.string(),
    client: z.object({ appId: z.string(), scope: z.string() }),
    users: z.record(z.string(), z.object({ password: z.string(), objectId: z.string().optional() })),
  }),
});
const Token = z.object({ access_token: z.string() });

/** Adds the options that say where the API is and who calls. */
export function withConnection(command: Command): Command {
  return command
    .option('--url <url>', 'address of the function app (default: REFLEX_URL, or the local stack with --as)')
    .option('--as <name>', 'call as a demo user of the local stack: alice, bob, carol or rita')
    .option('--data <dir>', 'data directory of the local stack', DEFAULT_DATA)
    .option('--json', 'print JSON instead of text')
    .addHelpText(
      'after',
      '\nWithout --as, REFLEX_TOKEN holds a delegated Entra token for our client with the scope reflex.act.\n' +
        'Exit codes: 0 done, 1 refused or failed, 2 wrong usage or no answer.',
    );
}

/** Runs a command's work against the API; what the API refuses ends with 1, no way to it with 2. */
export async function connected(
  { output, world }: Surroundings,
  options: ConnectionOptions,
  work: (client: PeopleClient) => Promise<0 | 1>,
): Promise<void> {
  try {
    output.exit(await work(await connect(options, world)));
  } catch (error) {
    if (error instanceof ApiRefusal) {
      output.err(`refused: ${printable(error.message)} [${printable(error.code)}]`);
      output.exit(1);
    } else if (error instanceof NoConnection) {
      output.err(`error: ${printable(error.message)}`);
      output.exit(2);
    } else {
      throw error;
    }
  }
}

async function connect({ url, as, data }: ConnectionOptions, world: World): Promise<PeopleClient> {
  const { REFLEX_URL = '', REFLEX_TOKEN = '' } = world.environment;
  if (as !== undefined) {
    const local = await readLocal(data);
    const token = await tokenOf(as, local.entra, world);
    return new PeopleClient(url ?? local.host.url, token, world.fetch, namesOf(local.entra));
  }
  const address = url ?? REFLEX_URL;
  if (address === '' || REFLEX_TOKEN === '') {
    throw new NoConnection('set REFLEX_TOKEN, and --url or REFLEX_URL; or --as NAME for a running local stack');
  }
  if (!URL.canParse(address)) {
    throw new NoConnection(`${address} is no URL`);
  }
  return new PeopleClient(address, REFLEX_TOKEN, world.fetch);
}

/** The local stack has no directory to ask: its people are those whom it was started with. */
function namesOf({ users }: z.infer<typeof Endpoints>['entra']): Names {
  return new Map(
    Object.entries(users).flatMap(([name, { objectId }]) =>
      objectId === undefined ? [] : [[objectId.toLowerCase(), name]],
    ),
  );
}

async function readLocal(data: string): Promise<z.infer<typeof Endpoints>> {
  try {
    return Endpoints.parse(JSON.parse(await readFile(join(data, 'endpoints.json'), 'utf8')));
  } catch (error) {
    throw new NoConnection(`no local stack runs in ${data}: start one with npm start, or name its --data`, {
      cause: error,
    });
  }
}

async function tokenOf(name: string, entra: z.infer<typeof Endpoints>['entra'], { fetch }: World): Promise<string> {
  const { url, tenantId, audience, client, users } = entra;
  const user = users[name];
  if (user === undefined) {
    throw new NoConnection(`the local stack knows ${Object.keys(users).join(', ')}, not ${name}`);
  }
  const form = {
    grant_type: 'password',
    client_id: client.appId,
    username: name,
    password: user.password,
    scope: `api://${audience}/${client.scope}`,
  };
  try {
    const body = new URLSearchParams(form);
    const answer = await fetch(`${url}/${tenantId}/oauth2/v2.0/token`, { method: 'POST', body });
    return Token.parse(await answer.json()).access_token;
  } catch (error) {
    throw new NoConnection(`the local stack gave no token for ${name}`, { cause: error });
  }
}
