import { Command, InvalidArgumentError } from 'commander';
import type * as z from 'zod';

import { PlanView } from '../../shared/api/people/plan-schemas.ts';
import { ApiRefusal, NoConnection, type PeopleClient } from './client.ts';
import { connected, withConnection, type ConnectionOptions, type Surroundings } from './connection.ts';
import { FollowUp } from './follow-up.ts';
import { planPath } from './plan-id.ts';
import { isOver, isWell, journalText, stateText } from './plan-text.ts';
import { stopOf } from './present.ts';

interface WatchOptions extends ConnectionOptions {
  readonly interval: number;
  readonly timeout?: number;
}

/** `reflex plans watch` */
export function watchCommand(surroundings: Surroundings): Command {
  return withConnection(
    new Command('watch')
      .summary('follow a plan until it has ended')
      .description(
        'Prints what happens to a plan as it happens, until it has ended and the edge shows it. Exit code 0: it is done;\n' +
          '1: it ended otherwise, the edge shows the opposite, or it has not ended in time. With --json one line of JSON for\n' +
          'each change.',
      ),
  )
    .argument('<id>', 'of the plan, or its first digits')
    .option('--interval <seconds>', 'between two looks', toSeconds, 2)
    .option('--timeout <seconds>', 'give up after so long (default: never)', toSeconds)
    .action(async (id: string, options: WatchOptions) => {
      await connected(
        surroundings,
        options,
        async (client) => await watch(await planPath(client, id), client, options, surroundings),
      );
    });
}

async function watch(
  path: string,
  client: PeopleClient,
  options: WatchOptions,
  { output, world }: Surroundings,
): Promise<0 | 1> {
  const { interval, timeout = Infinity, json = false } = options;
  const follow = new FollowUp(options, world);
  const end = world.now().getTime() + timeout * 1000;
  const told = new Set<string>();
  const tell = (line: string): void => {
    if (!told.has(line)) {
      told.add(line);
      output.out(line);
    }
  };
  for (let isFirst = true; ; isFirst = false) {
    const plan = await look(client, path, { isFirst, complain: (line) => output.err(line) });
    if (plan !== undefined) {
      const lines = json
        ? [JSON.stringify(plan)]
        : [...journalText(plan, follow), `it is ${stateText(plan, await stopOf(client, plan))}`];
      lines.forEach(tell);
      if (isOver(plan)) {
        return isWell(plan) ? 0 : 1;
      }
    }
    if (world.now().getTime() + interval * 1000 > end) {
      output.err('it has not ended in time');
      return 1;
    }
    await world.sleep(interval * 1000);
  }
}

/** A look that fails for a while is not the end of the plan; the first one must work. */
async function look(
  client: PeopleClient,
  path: string,
  { isFirst, complain }: { readonly isFirst: boolean; readonly complain: (line: string) => void },
): Promise<z.infer<typeof PlanView> | undefined> {
  try {
    return await client.get(path, PlanView);
  } catch (error) {
    const isPassing = error instanceof NoConnection || (error instanceof ApiRefusal && error.status >= 500);
    if (isFirst || !isPassing) {
      throw error;
    }
    complain(`${error.message}: trying again`);
    return undefined;
  }
}

function toSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 86_400)) {
    throw new InvalidArgumentError('expected seconds, up to a day');
  }
  return seconds;
}
