import { Command } from 'commander';
import type * as z from 'zod';

import { KillSwitch } from '../../shared/api/people/schemas.ts';
import { printable } from '../output.ts';
import type { PeopleClient } from './client.ts';
import { connected, withConnection, type ConnectionOptions, type Surroundings } from './connection.ts';

interface SwitchOptions extends ConnectionOptions {
  readonly reason?: string;
}

/** `reflex kill-switch` */
export function killSwitchCommand(surroundings: Surroundings): Command {
  return new Command('kill-switch')
    .summary('stop every write, or let them go on')
    .description('Stops every write of reflex within one step, or lets them go on. Operations in flight are watched.')
    .addCommand(show(surroundings), { isDefault: true })
    .addCommand(turn('on', 'Stops every write. Needs the role Operator, and --reason.', surroundings))
    .addCommand(turn('off', 'Lets writes go on. Needs the role Approver.', surroundings))
    .helpCommand(false);
}

function show(surroundings: Surroundings): Command {
  return withConnection(new Command('show').description('Says whether writes are stopped, by whom and why.')).action(
    async (options: ConnectionOptions) => {
      await run(surroundings, options, async (client) => await client.get('kill-switch', KillSwitch));
    },
  );
}

function turn(state: 'on' | 'off', description: string, surroundings: Surroundings): Command {
  return withConnection(new Command(state).description(description))
    .option('--reason <text>', 'why, for the records')
    .action(async (options: SwitchOptions) => {
      const body = { on: state === 'on', ...(options.reason === undefined ? {} : { reason: options.reason }) };
      await run(surroundings, options, async (client) => {
        return await client.send('PUT', 'kill-switch', { body, schema: KillSwitch });
      });
    });
}

async function run(
  surroundings: Surroundings,
  options: ConnectionOptions,
  ask: (client: PeopleClient) => Promise<z.infer<typeof KillSwitch>>,
): Promise<void> {
  await connected(surroundings, options, async (client) => {
    const { on, by, at, reason } = await ask(client);
    const who = by === undefined ? '' : `, by ${client.who(by)}${at === undefined ? '' : ` at ${at}`}`;
    const why = reason === undefined ? '' : `: ${printable(reason)}`;
    const text = `the kill switch is ${on ? 'on' : 'off'}${who}${why}`;
    surroundings.output.out(options.json === true ? JSON.stringify({ on, by, at, reason }, null, 2) : text);
    return 0;
  });
}
