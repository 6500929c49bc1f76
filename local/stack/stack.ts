import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { SystemClock } from '../../shared/adapters/node/system-clock.ts';
import { SystemRandom } from '../../shared/adapters/node/system-random.ts';
import type { Log } from '../../shared/ports/log.ts';
import { startAzurite } from '../azurite/azurite.ts';
import { sigstoreRootOf } from '../registry/sigstore-root.ts';
import { removeEndpoints, writeEndpoints, type Endpoints } from '../endpoints.ts';
import { LocalEventGrid } from '../event-grid/local-event-grid.ts';
import type { StartOptions } from '../options.ts';
import { writeAppSettings } from './app-settings.ts';
import { startEdges } from './edges.ts';
import { startEntra } from './entra.ts';
import { subscriptionFor } from './event-route.ts';
import { startFunctionsApp, type StartedHost } from './functions-app.ts';
import { setUpGates } from './gates.ts';
import { startGitHub, type StartedGitHub } from './github.ts';
import { startLogs } from './logs.ts';
import { startPager } from './pager.ts';
import { startRegistries, type StartedRegistry } from './registries.ts';
import { readFleet } from './seed.ts';
import { stackSettings } from './settings.ts';
import { portRow, type Site } from './site.ts';

/** The running stack. */
export interface Stack {
  readonly endpoints: Endpoints;
  stop(): Promise<void>;
}

/** Starts every service and the app; `say` tells progress. What was started is stopped again if a later part fails. */
export async function startStack(options: StartOptions, log: Log, say: (line: string) => void): Promise<Stack> {
  const stops: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).toReversed()) {
      await one();
    }
  };
  const site: Site = {
    options,
    data: resolve(options.data),
    clock: new SystemClock(),
    random: new SystemRandom(),
    log,
    say,
    port: portRow(options.port),
    onStop: (one) => void stops.push(one),
  };
  try {
    return { endpoints: await startAll(site), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Two accounts, as gates need them, of one Azurite: they have keys and data of their own, but they fail together. */
const GATE_ACCOUNTS = ['reflexgateweu', 'reflexgateneu'];

/** What is said of the app when it is started by somebody else. */
const NO_HOST: StartedHost = { url: '', keys: { master: '', functions: '', eventGrid: '' } };

async function startAll(site: Site): Promise<Endpoints> {
  const { options, data, clock, random, log, say, onStop } = site;
  const fleetFile = resolve(options.fleet);
  await mkdir(data, { recursive: true });
  const fleet = await readFleet(fleetFile, clock, log);
  say(`fleet     ${fleet.name}: ${fleet.clusters.length} clusters, ${fleet.images.length} images  (${options.fleet})`);
  const azurite = await startAzurite({ data: join(data, 'azurite'), others: GATE_ACCOUNTS });
  onStop(() => azurite.stop());
  say(`storage   Azurite, pid ${azurite.pid}`);
  const github = await startGitHub(site, fleet, fleetFile);
  const eventGrid = new LocalEventGrid({ file: join(data, 'event-grid.sqlite'), clock, random, log, fetch });
  const subscribed = Promise.withResolvers<undefined>();
  subscribed.promise.catch(() => undefined);
  // An event that is raised before anybody listens waits in its registry.
  const registries = await startRegistries(site, fleet, async (topic, event) => {
    await subscribed.promise;
    eventGrid.publish(topic, event);
  });
  onStop(() => subscribed.reject(new Error('the stack stops')));
  const entra = await startEntra(site);
  const gates = await setUpGates(site, azurite.others);
  const edges = await startEdges(site, fleet, gates);
  const pager = await startPager(site);
  const logs = await startLogs(site);
  const storage = azurite.connectionString;
  const app = { url: github.url, ...github.app };
  const shared = { storage, fleet: fleetFile, github: app, sigstoreRoot: sigstoreRootOf(data) };
  const sources = { ...shared, registries, entra, arm: edges.arm, gates, pager, logs };
  const settingsFor = (hostUrl: string): Record<string, string> => stackSettings({ ...sources, hostUrl });
  const host = options.app ? await startFunctionsApp(site, settingsFor) : NO_HOST;
  if (!options.app) {
    await writeAppSettings(data, settingsFor(''));
  }
  await eventGrid.subscribe(subscriptionFor(options.app ? options.events : 'queue', host, storage));
  eventGrid.start();
  subscribed.resolve(undefined);
  onStop(() => eventGrid.stop());
  say(`events    to the app by ${options.app ? options.events : 'queue'}`);
  const endpoints = endpointsOf({
    host,
    github,
    registries,
    entra,
    ...edges,
    pager,
    logs,
    storage: { connectionString: storage, pid: azurite.pid },
  });
  say(`endpoints ${await writeEndpoints(data, endpoints)}`);
  onStop(() => removeEndpoints(data));
  return endpoints;
}

interface Started extends Pick<Endpoints, 'arm' | 'edge' | 'pager' | 'logs'> {
  readonly host: StartedHost;
  readonly github: StartedGitHub;
  readonly registries: readonly StartedRegistry[];
  readonly entra: Endpoints['entra'];
  readonly storage: Endpoints['storage'];
}

function endpointsOf({ host, github, registries, ...rest }: Started): Endpoints {
  const { url, keys } = host;
  return {
    pid: process.pid,
    host: { url, masterKey: keys.master, functionKey: keys.functions, eventGridKey: keys.eventGrid },
    github: { url: github.url, token: github.token, repositories: github.repositories },
    registries: Object.fromEntries(
      registries.map(({ name, served, loginServer, username, password }) => [
        name,
        { url: served.url, loginServer, username, password },
      ]),
    ),
    ...rest,
  };
}
