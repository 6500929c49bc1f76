import { Command, InvalidArgumentError, Option } from 'commander';

/** What `npm start` can be told. */
export interface StartOptions {
  /** Play the tour, then end with 0 if it showed what it promises, else with 1. */
  readonly once: boolean;
  readonly tour: boolean;
  /** False: the services alone; `local/cell.ts` runs the app against them. */
  readonly app: boolean;
  readonly data: string;
  readonly fleet: string;
  /** First of a row of ports; undefined: free ones. */
  readonly port: number | undefined;
  /** Delay added to each call of the Git host, in milliseconds. */
  readonly githubLatency: number;
  /** How long an operation of Front Door takes, in seconds. */
  readonly frontDoorWrite: number;
  /** How long it takes afterwards until it shows at the edge, in seconds. */
  readonly frontDoorPropagation: number;
  /** How long the nodes take that a node pool's autoscaler starts, in seconds. */
  readonly nodeStart: number;
  /** How Event Grid hands events over: to the webhook in either schema, or straight to the queue. */
  readonly events: EventRoute;
}

export const EVENT_ROUTES = ['webhook', 'cloud-events', 'queue'] as const;
export type EventRoute = (typeof EVENT_ROUTES)[number];

const EXAMPLES = `
Examples:
  npm start                             play the tour once and stay up
  npm start -- --once                   play the tour and end
  npm start -- --no-tour --data .reflex keep state between runs, wait for your pushes
  npm start -- --fleet my/fleet.yaml    your own fleet; seeds lie in my/gitops/REPOSITORY/

Files: DIR/endpoints.json holds every URL, key and token of the running services.
       DIR/github/OWNER/NAME.git are the repositories.
Stop with Ctrl-C, or by the pid in DIR/endpoints.json.`;

/** Reads the command line of `npm start`. Wrong usage ends the process with 2. */
export function readOptions(argv: readonly string[]): StartOptions {
  const program = new Command('npm start --')
    .description('Starts the whole product on this machine: no cloud, no Docker, loopback only.')
    .option('--once', 'play the tour, then end (0 if it worked)', false)
    .option('--no-tour', 'do not play the tour')
    .option('--no-app', 'the services alone; local/cell.ts runs the app')
    .option('--data <dir>', 'where state is kept', '.reflex')
    .option('--fleet <file>', 'fleet file', 'examples/contoso/fleet.yaml')
    .option('--port <number>', 'first of a row of ports (default: free ones)', toPort)
    .option('--github-latency <ms>', 'delay added to each call of the Git host', toCount('milliseconds'), 0)
    .option('--front-door-write <seconds>', "how long Front Door's operations take", toCount('seconds'), 2)
    .option('--front-door-propagation <seconds>', 'until a write shows at the edge', toCount('seconds'), 2)
    .option('--node-start <seconds>', 'how long new nodes of a cluster take', toCount('seconds'), 5)
    .addOption(
      new Option('--events <route>', 'how Event Grid hands events over').choices(EVENT_ROUTES).default('webhook'),
    )
    .addHelpText('after', EXAMPLES)
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : 2);
    });
  program.parse([...argv], { from: 'user' });
  const options = program.opts<Omit<StartOptions, 'port'> & { port?: number }>();
  return { ...options, port: options.port };
}

function toPort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_000) {
    throw new InvalidArgumentError('expected a port from 1 to 65000');
  }
  return port;
}

function toCount(unit: string): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (!Number.isInteger(count) || count < 0) {
      throw new InvalidArgumentError(`expected a whole number of ${unit}`);
    }
    return count;
  };
}
