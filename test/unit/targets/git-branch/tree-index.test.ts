import { describe, expect, it } from 'vitest';

import { InMemoryBlobStore } from '../../../../shared/adapters/in-memory/blob-store.ts';
import { InMemoryGitRepository } from '../../../../shared/adapters/in-memory/git-repository.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { StorageUnavailableError } from '../../../../shared/errors.ts';
import type { TreeEntry } from '../../../../shared/ports/git-repository.ts';
import { decodeIndex, encodeIndex } from '../../../../shared/targets/git-branch/index-file.ts';
import { observeBranch } from '../../../../shared/targets/git-branch/observe.ts';
import type { ObservedBranch } from '../../../../shared/targets/git-branch/observed.ts';
import { TreeIndex } from '../../../../shared/targets/git-branch/tree-index.ts';
import { IMAGE, wish } from './branch.ts';

/** A repository that counts what it is asked for. */
class CountedRepository extends InMemoryGitRepository {
  trees = 0;
  blobs = 0;
  commits: (string | undefined)[] = [];
  /** Of every file, as the host tells it. */
  size: number | undefined = 1;
  /** Entries that Git itself could hold and the constructor cannot make. */
  odd: readonly TreeEntry[] = [];

  override async listTree(tree: string): Promise<readonly TreeEntry[]> {
    this.trees += 1;
    const entries = (await super.listTree(tree)).map(({ path, mode, oid }) => ({ path, mode, oid, ...this.#sized() }));
    return [...entries, ...this.odd];
  }

  #sized(): { readonly size?: number } {
    return this.size === undefined ? {} : { size: this.size };
  }

  override async readBlobs(oids: readonly string[], commit?: string): Promise<ReadonlyMap<string, Uint8Array>> {
    this.blobs += oids.length;
    this.commits.push(commit);
    return await super.readBlobs(oids);
  }
}

const OURS = `image: ${IMAGE}:1.0.0\n`;

function repositoryOf(files: Readonly<Record<string, string | Uint8Array>>): CountedRepository {
  const list = Object.entries(files).map(([path, content]) => ({
    path,
    mode: '100644' as const,
    content: typeof content === 'string' ? new TextEncoder().encode(content) : content,
  }));
  return new CountedRepository({ clock: new VirtualClock(), branch: 'main', files: list });
}

/** Files under `clusters/dev/`, two of which name the image. */
function manyFiles(count: number): Readonly<Record<string, string>> {
  const others = Array.from({ length: count }, (_, at): [string, string] => [
    `clusters/dev/${at}.yaml`,
    `image: other/api:${at}\n`,
  ]);
  return { ...Object.fromEntries(others), 'clusters/dev/web.yaml': OURS, 'clusters/dev/x/web.json': '{"a":"web"}' };
}

async function look(
  repository: InMemoryGitRepository,
  index: TreeIndex,
  value: Readonly<Record<string, unknown>> = {},
): Promise<ObservedBranch> {
  const intent = wish('dev', '2.0.0');
  const acting = [{ ...intent, value: { ...intent.value, ...value } as typeof intent.value }];
  return await observeBranch({ repository, branch: 'main', fleetFiles: [], index, key: 'k#main' }, acting);
}

const paths = ({ files }: ObservedBranch): readonly string[] => files.map(({ path }) => path);

describe('a look at a branch', () => {
  it('brings the files that name the image, and reads nothing the second time', async () => {
    const repository = repositoryOf(manyFiles(120));
    const index = new TreeIndex(new InMemoryBlobStore());
    expect(paths(await look(repository, index))).toEqual(['clusters/dev/web.yaml', 'clusters/dev/x/web.json']);
    expect([repository.trees, repository.blobs]).toEqual([1, 122]);
    await look(repository, index);
    expect([repository.trees, repository.blobs]).toEqual([1, 122]);
  });

  it('never reads back what we have written', async () => {
    const repository = repositoryOf(manyFiles(120));
    const index = new TreeIndex(new InMemoryBlobStore());
    await look(repository, index);
    const text = `image: ${IMAGE}:1.1.0 # ä\n`;
    const { commit } = await repository.head('main');
    await repository.commit({
      branch: 'main',
      expectedHead: commit,
      headline: 'ours',
      body: '',
      changes: [{ path: 'clusters/dev/web.yaml', mode: '100644', content: new TextEncoder().encode(text) }],
    });
    await index.keep('k#main', [text]);
    const seen = await look(repository, index);
    expect(seen.files.map((file) => file.text)).toContain(text);
    expect([repository.trees, repository.blobs]).toEqual([2, 122]);
  });

  it('in another process reads only those files, by the index in the store', async () => {
    const repository = repositoryOf(manyFiles(120));
    const store = new InMemoryBlobStore();
    await look(repository, new TreeIndex(store));
    repository.blobs = 0;
    expect(paths(await look(repository, new TreeIndex(store)))).toHaveLength(2);
    expect(repository.blobs).toBe(2);
  });

  it('after a commit reads what the commit has changed', async () => {
    const repository = repositoryOf(manyFiles(60));
    const index = new TreeIndex(new InMemoryBlobStore());
    const { head } = await look(repository, index);
    const content = new TextEncoder().encode(OURS.replace('1.0.0', '1.1.0'));
    const changes = [{ path: 'clusters/dev/3.yaml', mode: '100644' as const, content }];
    await repository.commit({ branch: 'main', expectedHead: head, headline: 'x', body: '', changes });
    repository.blobs = 0;
    expect(paths(await look(repository, index))).toContain('clusters/dev/3.yaml');
    expect([repository.trees, repository.blobs]).toEqual([2, 1]);
  });

  it('asks for many unknown files at once, unless the tree is large or nobody knows how large', async () => {
    const files = manyFiles(1200);
    for (const [size, expected] of [
      [1, ['head']],
      [64 * 1024, [undefined, undefined]],
      [undefined, [undefined, undefined]],
    ] as const) {
      const repository = repositoryOf(files);
      repository.size = size;
      const { head } = await look(repository, new TreeIndex(new InMemoryBlobStore()));
      expect(repository.commits.map((commit) => (commit === head ? 'head' : commit))).toEqual(expected);
    }
  });

  it('brings files with exact keys whatever they name', async () => {
    const repository = repositoryOf({ 'clusters/dev/a.yaml': 'build: 1.0.0\n', 'clusters/dev/b.yaml': 'c: 1\n' });
    const observed = await look(repository, new TreeIndex(new InMemoryBlobStore()), {
      keys: { '**/a.yaml': ['build'] },
    });
    expect(paths(observed)).toEqual(['clusters/dev/a.yaml']);
  });

  it('follows no link and no submodule, leaves out what is large or no text, and says so', async () => {
    const repository = repositoryOf({
      'clusters/dev/web.yaml': OURS,
      'clusters/dev/b.yaml': Uint8Array.of(0xff, 0xfe),
    });
    const oid = 'f'.repeat(40);
    repository.odd = [
      { path: 'clusters/dev/link.yaml', mode: '120000', oid },
      { path: 'clusters/dev/module.yaml', mode: '160000', oid },
      { path: 'clusters/dev/large.yaml', mode: '100644', oid, size: 1024 * 1024 + 1 },
      { path: 'clusters/dev/../../up.yaml', mode: '100644', oid, size: 1 },
      { path: 'clusters/dev/.git/config.yaml', mode: '100644', oid, size: 1 },
    ];
    const observed = await look(repository, new TreeIndex(new InMemoryBlobStore()));
    expect(paths(observed)).toEqual(['clusters/dev/web.yaml']);
    expect(observed.warnings).toEqual([
      'clusters/dev/link.yaml: a symbolic link is not followed',
      'clusters/dev/module.yaml: a submodule is not followed',
      'clusters/dev/large.yaml: larger than 1048576 bytes',
      'clusters/dev/../../up.yaml: not a plain path inside the repository',
      'clusters/dev/.git/config.yaml: not a plain path inside the repository',
      'clusters/dev/b.yaml: not UTF-8 text',
    ]);
  });

  it('does without a store that is down, and lets a defect show', async () => {
    const store = new InMemoryBlobStore();
    const repository = repositoryOf(manyFiles(60));
    store.get = () => Promise.reject(new StorageUnavailableError('down'));
    store.put = () => Promise.reject(new StorageUnavailableError('down'));
    expect(paths(await look(repository, new TreeIndex(store)))).toHaveLength(2);
    store.get = () => Promise.reject(new TypeError('a defect'));
    const index = new TreeIndex(store);
    await expect(look(repository, index)).rejects.toThrow(TypeError);
    store.get = () => Promise.resolve(undefined);
    expect(paths(await look(repository, index))).toHaveLength(2);
  });
});

describe('the bytes of an index', () => {
  const words = new Map([
    ['a'.repeat(40), Uint32Array.of(1, 0xffffffff)],
    ['0'.repeat(40), undefined],
    ['b'.repeat(40), Uint32Array.of()],
  ]);

  it('say the same when they are read', () => {
    expect(decodeIndex(encodeIndex(words))).toEqual(words);
  });

  it('that are cut off or another thing are no index', () => {
    const bytes = encodeIndex(words);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeIndex(bytes.subarray(0, length))).toEqual(new Map());
    }
    expect(decodeIndex(bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte)))).toEqual(new Map());
  });
});
