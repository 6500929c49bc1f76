import { join } from 'node:path';

import type { Fleet } from '../../shared/fleet/model.ts';
import type { Endpoints } from '../endpoints.ts';
import { createAppKey } from '../github/app-auth.ts';
import { LocalGitHub } from '../github/local-github.ts';
import { serve } from '../http/serve.ts';
import { seedFiles } from './seed.ts';
import { secret, type Site } from './site.ts';

const APP_ID = 1001;

export interface StartedGitHub {
  readonly url: string;
  readonly app: { readonly appId: number; readonly privateKeyPem: string };
  /** Clones, pushes, and switches faults. */
  readonly token: string;
  readonly repositories: Endpoints['github']['repositories'];
}

/** Serves the Git host with one repository for each of the fleet, seeded from beside the fleet file. */
export async function startGitHub(site: Site, fleet: Fleet, fleetFile: string): Promise<StartedGitHub> {
  const { options, data, clock, random, say, port, onStop } = site;
  const { privateKeyPem, publicKeyPem } = createAppKey();
  const token = secret();
  const app = { appId: APP_ID, publicKeyPem };
  const github = new LocalGitHub({ root: join(data, 'github'), clock, random, app, peopleToken: token });
  github.faults.latencyMs = options.githubLatency;
  const served = await serve(github.handler, port());
  const { url } = served;
  onStop(() => served.close());
  const repositories: Record<string, Endpoints['github']['repositories'][string]> = {};
  for (const one of fleet.repositories) {
    const { owner, repo: name, branch } = one;
    const files = await seedFiles(fleetFile, one);
    const { directory } = await github.createRepository({ owner, name, branch, files });
    repositories[one.name] = { clone: `${url}/${owner}/${name}.git`, path: directory, branch };
    say(`git       ${url}/${owner}/${name}.git`);
  }
  return { url, app: { appId: APP_ID, privateKeyPem }, token, repositories };
}
