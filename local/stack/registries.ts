import { join } from 'node:path';

import type { Fleet, FleetRegistry } from '../../shared/fleet/model.ts';
import type { PublishedEvent } from '../event-grid/subscription.ts';
import { serve, type Served } from '../http/serve.ts';
import { LocalRegistry } from '../registry/local-registry.ts';
import { secret, type Site } from './site.ts';

/** Takes an event of a topic over for delivery. */
export type Publish = (topic: string, event: PublishedEvent) => Promise<void>;

export interface StartedRegistry {
  readonly name: string;
  readonly loginServer: string;
  readonly served: Served;
  readonly username: string;
  readonly password: string;
}

/** Serves one registry for each of the fleet; its events go to `publish`. */
export async function startRegistries(site: Site, fleet: Fleet, publish: Publish): Promise<readonly StartedRegistry[]> {
  const started: StartedRegistry[] = [];
  for (const one of fleet.registries) {
    const registry = await startRegistry(site, one, publish);
    started.push(registry);
    site.say(`registry  ${registry.served.url}  (${one.loginServer})`);
  }
  return started;
}

async function startRegistry(
  { data, clock, random, port, onStop }: Site,
  { name, loginServer, resourceId }: FleetRegistry,
  publish: Publish,
): Promise<StartedRegistry> {
  const [username, password] = ['reflex', secret()];
  const registry = new LocalRegistry({
    file: join(data, `registry-${name}.sqlite`),
    loginServer,
    location: 'westeurope',
    username,
    password,
    clock,
    random,
    publish: (event) => publish(resourceId.key, event),
  });
  const served = await serve(registry.handler, port());
  onStop(async () => {
    await served.close();
    await registry.close();
  });
  return { name, loginServer, served, username, password };
}
