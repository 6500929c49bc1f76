import { Argument, Command, InvalidArgumentError } from 'commander';

import type { EdgeCommand } from '../../shared/commands/edge-command.ts';
import { durationMs } from '../../shared/fleet/schema/scalars.ts';
import { withConnection, type Surroundings } from './connection.ts';
import { giveCommand, type GiveOptions } from './give-command.ts';

/** How long a drill lasts unless it is said. */
const DRILL_SECONDS = 600;

/** What a verb adds to what all commands have. */
type Asked = EdgeCommand extends infer One
  ? One extends EdgeCommand
    ? Omit<One, 'override' | 'dryRun' | 'reason'>
    : never
  : never;

interface MoveOptions extends GiveOptions {
  readonly steps?: readonly number[];
}

/** `reflex failover`, `failback`, `set-shares`, `set-weights`, `shift-weight`, `drill`, `pin`, `unpin`, `hold`, `unhold` */
export function edgeCommands(surroundings: Surroundings): readonly Command[] {
  const give = async (asked: Asked, options: GiveOptions): Promise<void> =>
    await giveCommand(asked, options, surroundings);
  return [
    moveCommand('failover', 'Takes an origin out of an edge.').action(
      async (edge: string, origin: string, options: MoveOptions) => {
        await give({ command: 'failover', edge, origin, ...stepsOf(options) }, options);
      },
    ),
    moveCommand('failback', 'Brings an origin back into an edge.')
      .option('--well', 'you have looked and it is well: for what is out and nobody else speaks of; needs --reason')
      .action(async (edge: string, origin: string, options: MoveOptions & { readonly well?: true }) => {
        const isWell = options.well === true ? { isWell: true as const } : {};
        await give({ command: 'failback', edge, origin, ...stepsOf(options), ...isWell }, options);
      }),
    verbCommand('set-shares', 'Divides the traffic between origins: parts in any unit.')
      .argument('<origin=part...>', 'such as weu=70 neu=30')
      .action(async (edge: string, parts: string[], options: GiveOptions) => {
        await give({ command: 'set-shares', edge, shares: toNumbers(parts) }, options);
      }),
    verbCommand('set-weights', 'Sets the weights of origins, 1 to 1000.')
      .argument('<origin=weight...>', 'such as weu=700 neu=300')
      .action(async (edge: string, weights: string[], options: GiveOptions) => {
        await give({ command: 'set-weights', edge, weights: toNumbers(weights) }, options);
      }),
    verbCommand('shift-weight', 'Takes a part of an origin\u2019s weight away.')
      .addArgument(originArgument())
      .argument('<percent>', 'of its weight, 0 to 100', toNumber)
      .action(async (edge: string, origin: string, percent: number, options: GiveOptions) => {
        await give({ command: 'shift-weight', edge, origin, percent }, options);
      }),
    verbCommand('drill', 'Takes an origin out for a while, to see that the others carry it.')
      .addArgument(originArgument())
      .option('--for <duration>', 'how long, such as 40m, from 1m to 24h (default: 10m)', toDuration)
      .action(async (edge: string, origin: string, options: GiveOptions & { readonly for?: number }) => {
        const { for: durationSeconds = DRILL_SECONDS } = options;
        await give({ command: 'drill', edge, origin, durationSeconds }, options);
      }),
    verbCommand('pin', 'Keeps an origin in or out, whatever machines want.')
      .addArgument(originArgument())
      .addArgument(new Argument('<state>', 'where it stays').choices(['in', 'out']))
      .option('--until <instant>', 'ISO 8601 in UTC (default: until it is unpinned)')
      .action(
        async (
          edge: string,
          origin: string,
          state: 'in' | 'out',
          options: GiveOptions & { readonly until?: string },
        ) => {
          const { until } = options;
          await give({ command: 'pin', edge, origin, state, ...(until === undefined ? {} : { until }) }, options);
        },
      ),
    verbCommand('hold', 'Keeps everything of an edge as it is: nothing is written.')
      .option('--until <instant>', 'ISO 8601 in UTC (default: until it is taken away)')
      .action(async (edge: string, options: GiveOptions & { readonly until?: string }) => {
        const { until } = options;
        await give({ command: 'hold', edge, ...(until === undefined ? {} : { until }) }, options);
      }),
    verbCommand('unhold', 'Takes a hold away.').action(async (edge: string, options: GiveOptions) => {
      await give({ command: 'unhold', edge }, options);
    }),
    verbCommand('unpin', 'Takes a pin away.')
      .addArgument(originArgument())
      .action(async (edge: string, origin: string, options: GiveOptions) => {
        await give({ command: 'unpin', edge, origin }, options);
      }),
  ];
}

function moveCommand(verb: string, description: string): Command {
  return verbCommand(verb, description)
    .addArgument(originArgument())
    .option('--steps <weights>', 'go by these weights, such as 500,250,100; at once if absent', toWeights);
}

function stepsOf({ steps }: MoveOptions): { readonly steps?: number[] } {
  return steps === undefined ? {} : { steps: [...steps] };
}

function verbCommand(verb: string, description: string): Command {
  return withConnection(new Command(verb).description(description))
    .argument('<edge>', 'name of the edge, or its ARM id')
    .option('--reason <text>', 'why: for the records and for whoever approves', '')
    .option(
      '--override <rule>',
      'a rule to override, such as max-drain-fraction; with a reason and the edge\u2019s approvals (repeatable)',
      collect,
      [],
    )
    .option('--dry-run', 'show the plan and change nothing', false)
    .option('--key <text>', 'Idempotency-Key: the same command given again is the same command')
    .option('--no-wait', 'do not wait for what becomes of it');
}

function originArgument(): Argument {
  return new Argument('<origin>', 'name of the origin, or of a region: all its origins');
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function toWeights(text: string): readonly number[] {
  return text.split(',').map(toNumber);
}

function toNumbers(pairs: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.lastIndexOf('=');
      if (at < 1) {
        throw new InvalidArgumentError(`${pair}: expected ORIGIN=NUMBER`);
      }
      return [pair.slice(0, at), toNumber(pair.slice(at + 1))];
    }),
  );
}

function toNumber(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number) || number < 0) {
    throw new InvalidArgumentError(`${text}: expected a number from 0`);
  }
  return number;
}

/** In whole seconds. */
function toDuration(text: string): number {
  const ms = durationMs(text);
  if (!(ms >= 60_000 && ms <= 86_400_000)) {
    throw new InvalidArgumentError('expected 1m to 24h');
  }
  return Math.round(ms / 1000);
}
