import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Argument, Command } from 'commander';
import * as z from 'zod';

import { readEndpoints, type Endpoints } from './endpoints.ts';
import { regionAlerts, RULES } from './tour/region-alerts.ts';
import { StackClient, type RegionSwitch, type SeenRegion } from './tour/stack-client.ts';

/** What a region can be made. */
const STATES: Readonly<Record<string, RegionSwitch>> = {
  down: { healthy: false, errorRate: 1 },
  failing: { healthy: true, errorRate: 1 },
  // More than the group's latency sensitivity, 50 ms, and Front Door would send it nothing.
  slow: { latencyMs: 65 },
  well: { healthy: true, errorRate: 0, latencyMs: 20 },
};

/** Ids of the alerts that fire, by origin. */
const Runs = z.record(z.string(), z.string());

interface Options {
  readonly data: string;
  readonly alerts: boolean;
}

/** The regions of a running stack, and the monitors that watch them. */
class Regions {
  readonly #client: StackClient;
  readonly #endpoints: Endpoints;
  readonly #runs: string;

  constructor(endpoints: Endpoints, data: string) {
    this.#endpoints = endpoints;
    this.#client = new StackClient(() => endpoints);
    this.#runs = join(data, 'region-alerts.json');
  }

  async list(): Promise<readonly string[]> {
    return (await this.#client.regions()).map(lineOf);
  }

  async make(name: string, to: RegionSwitch, { isWell, alerts }: Made): Promise<readonly string[]> {
    const changed = await this.#client.switchRegion(name, to);
    const told: string[] = changed.map(lineOf);
    for (const one of alerts ? changed : []) {
      const name = `${one.edge} ${one.origin}`;
      const { [name]: known, ...rest } = await this.#firing();
      const run = known ?? (isWell ? undefined : String(Date.now()));
      if (run !== undefined) {
        const state = isWell ? 'Resolved' : 'Fired';
        await this.#send(one, run, state);
        await writeFile(this.#runs, JSON.stringify(isWell ? rest : { ...rest, [name]: run }));
        told.push(`alerts ${RULES} of ${one.origin}: ${state.toLowerCase()}`);
      }
    }
    return told;
  }

  async #send({ edge, origin }: SeenRegion, run: string, state: 'Fired' | 'Resolved'): Promise<void> {
    const { id, origins } = this.#endpoints.edge.edges[edge] ?? { id: '', origins: {} };
    const { cluster = '' } = origins[origin] ?? {};
    for (const alert of regionAlerts({ edge: id, name: origin, cluster }, run, state)) {
      await this.#client.alert(alert);
    }
  }

  /** Runs whose alerts fire, by origin. */
  async #firing(): Promise<z.infer<typeof Runs>> {
    return Runs.parse(JSON.parse(await readFile(this.#runs, 'utf8').catch(() => '{}')));
  }
}

interface Made extends Pick<Options, 'alerts'> {
  readonly isWell: boolean;
}

function lineOf({ edge, origin, place, healthy, errorRate, latencyMs, gate }: SeenRegion): string {
  const failing = errorRate === 0 ? 'requests succeed' : `${errorRate * 100} % of requests fail`;
  return `${edge}/${origin} (${place})  probes ${healthy ? 'pass' : 'fail'}, ${failing}, ${latencyMs} ms, gate ${gate}`;
}

/** `npm run region`: makes a region of the running local stack bad or well, as the tour does. */
async function main(): Promise<void> {
  await new Command('npm run region --')
    .description(
      'Makes a region of the running local stack bad or well, and sends what Azure Monitor would send: two alerts when it\n' +
        'goes down, their end when it is well. Without arguments: how the regions are.',
    )
    .argument('[name]', 'of an origin or of its region, such as origin-weu or weu')
    .addArgument(
      new Argument(
        '[state]',
        'down: nothing works; failing: probes pass, requests fail; slow: 45 ms more; well',
      ).choices(Object.keys(STATES)),
    )
    .option('--no-alerts', 'send no alerts: what the edge measures is all there is')
    .option('--data <dir>', 'data directory of the local stack', '.reflex')
    .action(async (name: string | undefined, state: string | undefined, options: Options) => {
      const endpoints = await readEndpoints(options.data);
      if (endpoints === undefined) {
        throw new Error(
          `no local stack runs in ${options.data}: start one with npm start -- --no-tour, or name its --data`,
        );
      }
      const regions = new Regions(endpoints, options.data);
      const made = { alerts: options.alerts && (state === 'down' || state === 'well'), isWell: state === 'well' };
      const to = STATES[state ?? ''];
      const lines = name === undefined || to === undefined ? await regions.list() : await regions.make(name, to, made);
      lines.forEach((line) => console.log(line));
    })
    .parseAsync();
}

try {
  await main();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
