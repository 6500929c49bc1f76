import { glob, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { useReflex } from '../../shared/composition.ts';
import { compose } from '../../shared/composition/compose.ts';
import { readSettings } from '../../shared/settings.ts';
import { crashPointsOf } from '../crash-points.ts';
import { LocalDurable } from '../durable/index.ts';
import { LocalHost, type LocalHostOptions } from '../host/host.ts';
import { TimerRows } from '../host/timer-rows.ts';
import { serve } from '../http/serve.ts';
import { secret, type Site } from './site.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** A person who restarts does not want to wait for ten minutes, as Azure would. */
const VISIBILITY_SECONDS = 15;

export interface StartedHost {
  readonly url: string;
  readonly keys: LocalHostOptions['keys'];
}

/** Runs the app's own entry points in the host. @param settingsFor - app settings, given the host's address. */
export async function startFunctionsApp(
  site: Omit<Site, 'options'>,
  settingsFor: (hostUrl: string) => Readonly<Record<string, string>>,
): Promise<StartedHost> {
  const { data, clock, random, log, say, port, onStop } = site;
  const timers = new TimerRows(join(data, 'timers.sqlite'));
  const file = join(data, 'durable.sqlite');
  const durable = new LocalDurable({ file, clock, random, log, taskHub: 'AksReflex', key: secret() });
  const keys = { master: secret(), functions: secret(), eventGrid: secret() };
  const started: { host?: LocalHost } = {};
  const served = await serve(
    async (request) => (await started.host?.handle(request)) ?? new Response(null, { status: 503 }),
    port(),
  );
  onStop(() => served.close());
  const settings = settingsFor(served.url);
  const crash = crashPointsOf(process.env);
  useReflex(compose(readSettings(settings), { clock, random, log, wrap: (name, one) => crash.wrap(name, one) }));
  const host = new LocalHost({
    entryPoints: await entryPoints(),
    ...(await hostJson()),
    settings,
    keys,
    timers,
    durable,
    origin: () => served.url,
    clock,
    random,
    log,
  });
  await host.start();
  started.host = host;
  onStop(async () => {
    await host.stop();
    timers.close();
  });
  const names = host.worker.functions().map(({ name }) => name);
  say(`functions ${names.join(', ')}`);
  return { url: served.url, keys };
}

async function entryPoints(): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const file of glob('functions/*/*.ts', { cwd: ROOT })) {
    files.push(join(ROOT, file));
  }
  return files.toSorted();
}

interface HostJson {
  readonly extensions: {
    readonly http: { readonly routePrefix: string };
    readonly queues: {
      readonly maxPollingInterval: string;
      readonly visibilityTimeout: string;
      readonly batchSize: number;
      readonly newBatchThreshold: number;
      readonly maxDequeueCount: number;
    };
  };
}

async function hostJson(): Promise<Pick<LocalHostOptions, 'routePrefix' | 'queues'>> {
  const { extensions } = JSON.parse(await readFile(join(ROOT, 'host.json'), 'utf8')) as HostJson;
  const { maxPollingInterval, visibilityTimeout, ...queues } = extensions.queues;
  return {
    routePrefix: extensions.http.routePrefix,
    queues: {
      ...queues,
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
