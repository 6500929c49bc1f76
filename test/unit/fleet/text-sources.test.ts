import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { InMemoryBlobStore } from '../../../shared/adapters/in-memory/blob-store.ts';
import { InMemoryGitRepository } from '../../../shared/adapters/in-memory/git-repository.ts';
import { FileTextSource } from '../../../shared/adapters/node/file-text-source.ts';
import { NotFoundError } from '../../../shared/errors.ts';
import { parseFleetLocation } from '../../../shared/fleet/location.ts';
import { BlobTextSource, RepositoryTextSource } from '../../../shared/fleet/read/text-sources.ts';
import type { Clock } from '../../../shared/ports/clock.ts';
import type { TextSource } from '../../../shared/ports/text-source.ts';

const FILES = {
  'fleet.yaml': 'version: 1\n',
  'teams/a.yaml': 'a: 1\n',
  'teams/b.yaml': 'b: 2\n',
  'teams/deep/c.yaml': 'c: 3\n',
};
const directories: string[] = [];
let nowMs = 0;
const clock: Clock = { now: () => new Date(nowMs), sleep: async () => await Promise.resolve() };

afterEach(async () => {
  await Promise.all(directories.splice(0).map(async (directory) => await rm(directory, { recursive: true })));
});

async function fromFiles(): Promise<TextSource> {
  const directory = await mkdtemp(join(tmpdir(), 'fleet-'));
  directories.push(directory);
  await mkdir(join(directory, 'teams', 'deep'), { recursive: true });
  await Promise.all(Object.entries(FILES).map(async ([path, text]) => await writeFile(join(directory, path), text)));
  return new FileTextSource(directory);
}

async function fromBlobs(): Promise<TextSource> {
  const store = new InMemoryBlobStore();
  for (const [path, text] of Object.entries(FILES)) {
    await store.put(path, new TextEncoder().encode(text), 'new');
  }
  return new BlobTextSource(store);
}

function repository(): InMemoryGitRepository {
  const files = Object.entries(FILES).map(([path, text]) => ({
    path,
    content: new TextEncoder().encode(text),
    mode: '100644' as const,
  }));
  return new InMemoryGitRepository({ clock, branch: 'main', files });
}

async function fromRepository(): Promise<TextSource> {
  await Promise.resolve();
  return new RepositoryTextSource(repository(), 'main', { clock, freshMs: 5000 });
}

describe.each([
  ['a directory', fromFiles],
  ['a blob container', fromBlobs],
  ['a repository', fromRepository],
])('text source over %s', (_, create) => {
  it('reads a text with a version, and nothing where there is no file', async () => {
    const source = await create();
    const read = await source.read('teams/a.yaml');
    expect(read?.text).toBe('a: 1\n');
    expect(await source.read('teams/a.yaml')).toEqual(read);
    expect(await source.read('teams/none.yaml')).toBeUndefined();
  });

  it('lists what a glob matches, ascending', async () => {
    const source = await create();
    expect(await source.list('teams/*.yaml')).toEqual(['teams/a.yaml', 'teams/b.yaml']);
    expect(await source.list('teams/**/*.yaml')).toEqual(['teams/a.yaml', 'teams/b.yaml', 'teams/deep/c.yaml']);
    expect(await source.list('nowhere/*.yaml')).toEqual([]);
  });
});

describe('directory', () => {
  it('reads nothing outside itself, not even through a link', async () => {
    const outer = await mkdtemp(join(tmpdir(), 'outer-'));
    directories.push(outer);
    await mkdir(join(outer, 'inner'));
    await writeFile(join(outer, 'secret.yaml'), 'secret: 1\n');
    await symlink(join(outer, 'secret.yaml'), join(outer, 'inner', 'link.yaml'));
    const source = new FileTextSource(join(outer, 'inner'));
    expect(await source.read('link.yaml')).toBeUndefined();
    expect(await source.read('../secret.yaml')).toBeUndefined();
  });
});

describe('repository', () => {
  it('asks for the head once for all files of a load, and sees a newer head after that', async () => {
    const host = repository();
    let heads = 0;
    const counted = Object.assign(Object.create(host) as InMemoryGitRepository, {
      head: async (branch: string) => {
        heads += 1;
        return await host.head(branch);
      },
      listTree: async (tree: string) => await host.listTree(tree),
      readBlobs: async (oids: readonly string[]) => await host.readBlobs(oids),
    });
    const source = new RepositoryTextSource(counted, 'main', { clock, freshMs: 5000 });
    await Promise.all([source.read('fleet.yaml'), source.read('teams/a.yaml'), source.list('teams/*.yaml')]);
    expect(heads).toBe(1);
    const { commit } = await host.head('main');
    const content = new TextEncoder().encode('a: 9\n');
    const changes = [{ path: 'teams/a.yaml', content, mode: '100644' as const }];
    await host.commit({ branch: 'main', expectedHead: commit, headline: 'change', body: '', changes });
    expect((await source.read('teams/a.yaml'))?.text).toBe('a: 1\n');
    nowMs += 5000;
    expect((await source.read('teams/a.yaml'))?.text).toBe('a: 9\n');
    expect((await source.read('fleet.yaml'))?.text).toBe('version: 1\n');
    expect(heads).toBe(2);
  });

  it('passes on that the branch is not there, and asks again the next time', async () => {
    const source = new RepositoryTextSource(repository(), 'nowhere', { clock, freshMs: 5000 });
    await expect(source.read('fleet.yaml')).rejects.toBeInstanceOf(NotFoundError);
    await expect(source.read('fleet.yaml')).rejects.toBeInstanceOf(NotFoundError);
  });
});

describe('location', () => {
  it.each([
    ['file:examples/contoso/fleet.yaml', { kind: 'file', path: 'examples/contoso/fleet.yaml' }],
    ['blob:fleet/fleet.yaml', { kind: 'blob', name: 'fleet/fleet.yaml' }],
    [
      'github:contoso/platform/fleet/fleet.yaml@release/1',
      { kind: 'github', owner: 'contoso', repo: 'platform', path: 'fleet/fleet.yaml', branch: 'release/1' },
    ],
  ])('reads %s', (setting, location) => {
    expect(parseFleetLocation(setting)).toEqual(location);
  });

  it.each(['fleet.yaml', 'file:', 'github:contoso/platform', 'https://contoso/fleet.yaml'])('refuses %s', (setting) => {
    expect(() => parseFleetLocation(setting)).toThrow(expect.objectContaining({ setting: 'REFLEX_FLEET' }) as Error);
  });
});
