import { basename, dirname } from 'node:path';

import { FileTextSource } from '../adapters/node/file-text-source.ts';
import { parseCeiling } from '../fleet/ceiling.ts';
import type { FleetRoot } from '../fleet/read/gather.ts';
import { FleetLoader } from '../fleet/loader.ts';
import { parseFleetLocation } from '../fleet/location.ts';
import type { Fleet, FleetRepository } from '../fleet/model.ts';
import { BlobTextSource, RepositoryTextSource } from '../fleet/read/text-sources.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { GitRepository } from '../ports/git-repository.ts';
import type { Log } from '../ports/log.ts';
import type { TextSource } from '../ports/text-source.ts';
import type { Settings } from '../settings.ts';

/** The fleet in force now. */
export type FleetReader = () => Promise<Fleet>;

interface FleetPorts {
  readonly clock: Clock;
  readonly blobs: BlobStore;
  readonly git: (repository: FleetRepository) => Promise<GitRepository>;
  readonly log: Log;
}

/** Reads the fleet from where the settings say, at the first call; the loader keeps it fresh from then on. */
export function fleetReader(settings: Settings, ports: FleetPorts): FleetReader {
  let loader: FleetLoader | undefined;
  return async () => {
    loader ??= openLoader(settings, ports);
    return (await loader.current()).fleet;
  };
}

function openLoader(settings: Settings, ports: FleetPorts): FleetLoader {
  const { clock, blobs, log } = ports;
  const refreshMs = settings.fleetRefreshMs;
  const openRepository = (repo: string, branch: string): TextSource => lazily(repo, branch, { ...ports, refreshMs });
  const root = rootOf(settings, { blobs, openRepository });
  return new FleetLoader({
    root,
    openRepository,
    ceiling: parseCeiling(settings.ceiling),
    blobs,
    clock,
    refreshMs,
    log,
  });
}

interface Sources {
  readonly blobs: BlobStore;
  readonly openRepository: (repo: string, branch: string) => TextSource;
}

function rootOf({ fleet }: Settings, { blobs, openRepository }: Sources): FleetRoot {
  const location = parseFleetLocation(fleet);
  switch (location.kind) {
    case 'file':
      return { source: new FileTextSource(dirname(location.path)), path: basename(location.path), file: location.path };
    case 'blob':
      return { source: new BlobTextSource(blobs), path: location.name, file: fleet };
    case 'github': {
      const { owner, repo, path, branch } = location;
      const stored = { repo: `${owner}/${repo}`, path };
      return { source: openRepository(stored.repo, branch), path, file: fleet, stored };
    }
  }
}

/** A repository's files, opened when the first one is read: a fleet that has none needs no Git host. */
function lazily(
  repo: string,
  branch: string,
  { git, clock, refreshMs }: FleetPorts & { readonly refreshMs: number },
): TextSource {
  let opening: Promise<TextSource> | undefined;
  const open = async (): Promise<TextSource> => {
    const [owner = '', name = ''] = repo.split('/');
    const repository = await git({ name: repo, owner, repo: name, branch });
    return new RepositoryTextSource(repository, branch, { clock, freshMs: refreshMs });
  };
  const opened = (): Promise<TextSource> => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  return {
    read: async (path) => (await opened()).read(path),
    list: async (glob) => (await opened()).list(glob),
  };
}
