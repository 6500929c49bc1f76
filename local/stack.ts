import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { glob } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { SystemClock } from '../shared/adapters/node/system-clock.ts';
import { SystemRandom } from '../shared/adapters/node/system-random.ts';
import { useReflex } from '../shared/composition.ts';
import { compose } from '../shared/composition/compose.ts';
import type { FleetRegistry } from '../shared/fleet/model.ts';
import type { Log } from '../shared/ports/log.ts';
import { readSettings } from '../shared/settings.ts';
import { startAzurite } from './azurite/azurite.ts';
import { crashPointsOf } from './crash-points.ts';
import { LocalDurable } from './durable/index.ts';
import { removeEndpoints, writeEndpoints, type Endpoints } from './endpoints.ts';
import { LocalEventGrid } from './event-grid/local-event-grid.ts';
import { createAppKey } from './github/app-auth.ts';
import { LocalGitHub } from './github/local-github.ts';
import { LocalHost } from './host/host.ts';
import { serve, type Served } from './http/serve.ts';
import type { StartOptions } from './options.ts';
import { LocalRegistry } from './registry/local-registry.ts';
import { readFleet, seedFiles } from './seed.ts';
import { stackSettings } from './stack-settings.ts';
import { TimerRows } from './timer-rows.ts';

/** The running stack. */
export interface Stack {
  readonly endpoints: Endpoints;
  stop(): Promise<void>;
}

const ROOT = resolve(import.meta.dirname, '..');
const APP_ID = 1001;
/** A person who restarts does not want to wait for ten minutes, as Azure would. */
const VISIBILITY_SECONDS = 15;

/** Starts every service and the app; `say` tells progress. What was started is stopped again if a later part fails. */
export async function startStack(options: StartOptions, log: Log, say: (line: string) => void): Promise<Stack> {
  const stops: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).toReversed()) {
      await one();
    }
  };
  try {
    const endpoints = await startAll(options, { log, say, stops });
    return { endpoints, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Starting {
  readonly log: Log;
  readonly say: (line: string) => void;
  readonly stops: (() => Promise<void> | void)[];
}

async function startAll(options: StartOptions, { log, say, stops }: Starting): Promise<Endpoints> {
  const [clock, random] = [new SystemClock(), new SystemRandom()];
  const data = resolve(options.data);
  const fleetFile = resolve(options.fleet);
  await mkdir(data, { recursive: true });
  const fleet = await readFleet(fleetFile, clock, log);
  say(`fleet     ${fleet.name}: ${fleet.clusters.length} clusters, ${fleet.images.length} images  (${options.fleet})`);
  const azurite = await startAzurite({ data: join(data, 'azurite') });
  stops.push(async () => await azurite.stop());
  say(`storage   Azurite, pid ${azurite.pid}`);
  const ports = portRow(options.port);
  const admin = secret();
  const key = createAppKey();
  const peopleToken = secret();
  const github = new LocalGitHub({
    root: join(data, 'github'),
    clock,
    random,
    app: { appId: APP_ID, publicKeyPem: key.publicKeyPem },
    peopleToken,
  });
  github.faults.latencyMs = options.githubLatency;
  const hostPort = ports();
  const githubServed = await serve(github.handler, ports());
  stops.push(async () => await githubServed.close());
  const repositories: Record<string, Endpoints['github']['repositories'][string]> = {};
  for (const one of fleet.repositories) {
    const { owner, repo: name, branch } = one;
    const { directory } = await github.createRepository({
      owner,
      name,
      branch,
      files: await seedFiles(fleetFile, one),
    });
    repositories[one.name] = { clone: `${githubServed.url}/${owner}/${name}.git`, path: directory, branch };
    say(`git       ${githubServed.url}/${owner}/${name}.git`);
  }
  const eventGrid = new LocalEventGrid({ file: join(data, 'event-grid.sqlite'), clock, random, log, fetch });
  const registries = [];
  for (const one of fleet.registries) {
    const served = await startRegistry(one, { data, port: ports(), eventGrid, stops });
    registries.push(served);
    say(`registry  ${served.served.url}  (${one.loginServer})`);
  }
  const timers = new TimerRows(join(data, 'timers.sqlite'));
  const durable = new LocalDurable({
    file: join(data, 'durable.sqlite'),
    clock,
    random,
    log,
    taskHub: 'AksReflex',
    key: admin,
  });
  const keys = { master: secret(), functions: secret(), eventGrid: secret() };
  const proxy: { host?: LocalHost } = {};
  const hostServed = await serve(
    async (request) => (await proxy.host?.handle(request)) ?? new Response(null, { status: 503 }),
    hostPort,
  );
  stops.push(async () => await hostServed.close());
  const settings = stackSettings({
    storage: azurite.connectionString,
    fleet: fleetFile,
    github: { url: githubServed.url, appId: APP_ID, privateKeyPem: key.privateKeyPem },
    registries,
    hostUrl: hostServed.url,
  });
  const crash = crashPointsOf(process.env);
  useReflex(compose(readSettings(settings), { clock, random, log, wrap: (name, port) => crash.wrap(name, port) }));
  const host = new LocalHost({
    entryPoints: await entryPoints(),
    ...(await hostJson()),
    settings,
    keys,
    timers,
    durable,
    origin: () => hostServed.url,
    clock,
    random,
    log,
  });
  await host.start();
  proxy.host = host;
  stops.push(async () => {
    await host.stop();
    timers.close();
  });
  say(
    `functions ${host.worker
      .functions()
      .map(({ name }) => name)
      .join(', ')}`,
  );
  eventGrid.subscribe({
    name: 'reflex',
    schema: 'EventGridSchema',
    destination: {
      kind: 'webhook',
      url: `${hostServed.url}/runtime/webhooks/eventgrid?functionName=event-grid&code=${keys.eventGrid}`,
    },
  });
  eventGrid.start();
  stops.push(async () => await eventGrid.stop());
  const endpoints: Endpoints = {
    pid: process.pid,
    host: { url: hostServed.url, masterKey: keys.master, functionKey: keys.functions, eventGridKey: keys.eventGrid },
    github: { url: githubServed.url, token: peopleToken, repositories },
    registries: Object.fromEntries(
      registries.map(({ name, served, loginServer, username, password }) => [
        name,
        { url: served.url, loginServer, username, password },
      ]),
    ),
    storage: { connectionString: azurite.connectionString, pid: azurite.pid },
  };
  say(`endpoints ${await writeEndpoints(data, endpoints)}`);
  stops.push(async () => await removeEndpoints(data));
  return endpoints;
}

interface RegistryStart {
  readonly data: string;
  readonly port: number;
  readonly eventGrid: LocalEventGrid;
  readonly stops: (() => Promise<void> | void)[];
}

async function startRegistry(
  { name, loginServer, resourceId }: FleetRegistry,
  { data, port, eventGrid, stops }: RegistryStart,
): Promise<{
  readonly name: string;
  readonly loginServer: string;
  readonly served: Served;
  readonly username: string;
  readonly password: string;
}> {
  const [clock, random] = [new SystemClock(), new SystemRandom()];
  const [username, password] = ['reflex', secret()];
  const registry = new LocalRegistry({
    file: join(data, `registry-${name}.sqlite`),
    loginServer,
    location: 'westeurope',
    username,
    password,
    clock,
    random,
    publish: (event) => {
      eventGrid.publish(resourceId.key, event);
      return Promise.resolve();
    },
  });
  const served = await serve(registry.handler, port);
  stops.push(async () => {
    await served.close();
    await registry.close();
  });
  return { name, loginServer, served, username, password };
}

async function entryPoints(): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const file of glob('functions/*/*.ts', { cwd: ROOT })) {
    files.push(join(ROOT, file));
  }
  return files.toSorted();
}

async function hostJson(): Promise<{
  readonly routePrefix: string;
  readonly queues: ConstructorParameters<typeof LocalHost>[0]['queues'];
}> {
  const { extensions } = JSON.parse(await readFile(join(ROOT, 'host.json'), 'utf8')) as {
    extensions: {
      http: { routePrefix: string };
      queues: {
        maxPollingInterval: string;
        visibilityTimeout: string;
        batchSize: number;
        newBatchThreshold: number;
        maxDequeueCount: number;
      };
    };
  };
  const { batchSize, newBatchThreshold, maxDequeueCount, maxPollingInterval, visibilityTimeout } = extensions.queues;
  return {
    routePrefix: extensions.http.routePrefix,
    queues: {
      batchSize,
      newBatchThreshold,
      maxDequeueCount,
      maxPollingIntervalMs: seconds(maxPollingInterval) * 1000,
      retryVisibilitySeconds: seconds(visibilityTimeout),
      visibilitySeconds: VISIBILITY_SECONDS,
    },
  };
}

/** `hh:mm:ss` */
function seconds(span: string): number {
  return span.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

function portRow(first: number | undefined): () => number {
  let next = first;
  return () => (next === undefined ? 0 : next++);
}

function secret(): string {
  return randomBytes(24).toString('base64url');
}
