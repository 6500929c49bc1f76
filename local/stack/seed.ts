import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

import { FileTextSource } from '../../shared/adapters/node/file-text-source.ts';
import { InMemoryBlobStore } from '../../shared/adapters/in-memory/blob-store.ts';
import { NO_CEILING } from '../../shared/fleet/ceiling.ts';
import { FleetLoader } from '../../shared/fleet/loader.ts';
import type { Fleet, FleetRepository } from '../../shared/fleet/model.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Log } from '../../shared/ports/log.ts';

/** Reads a fleet file for the local stack, which must know registries and repositories before the app runs. */
export async function readFleet(file: string, clock: Clock, log: Log): Promise<Fleet> {
  const directory = dirname(file);
  const loader = new FleetLoader({
    root: { source: new FileTextSource(directory), path: relative(directory, file), file },
    openRepository: () => undefined,
    ceiling: NO_CEILING,
    blobs: new InMemoryBlobStore(),
    clock,
    refreshMs: 0,
    log,
  });
  return (await loader.current()).fleet;
}

/** First content of a repository: `gitops/NAME/` beside the fleet file, or a README where there is none. */
export async function seedFiles(fleetFile: string, { repo, owner }: FleetRepository): Promise<Record<string, string>> {
  const directory = join(dirname(fleetFile), 'gitops', repo);
  const files: Record<string, string> = {};
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.isFile()) {
      const path = join(entry.parentPath, entry.name);
      files[relative(directory, path).split(sep).join('/')] = await readFile(path, 'utf8');
    }
  }
  return Object.keys(files).length > 0 ? files : { 'README.md': `# ${owner}/${repo}\n\nPush your manifests here.\n` };
}
