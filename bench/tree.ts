import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { parseAllDocuments } from 'yaml';

import { InMemoryBlobStore } from '../shared/adapters/in-memory/blob-store.ts';
import type { Intent } from '../shared/intents/intent.ts';
import { observeBranch } from '../shared/targets/git-branch/observe.ts';
import { TreeIndex } from '../shared/targets/git-branch/tree-index.ts';
import { createBenchRepository, git, timed } from './git-host.ts';

const IMAGE = 'contoso.azurecr.io/shop/web';

/** Looks at a tree of many files for one image: at first, again, and in a new process that finds the stored index. */
export async function benchTree(files: number): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'reflex-tree-'));
  try {
    const texts = Array.from({ length: files }, (_, at) =>
      manifest(at === 0 ? IMAGE : `contoso.azurecr.io/shop/app-${at}`, at),
    );
    const { repository, host, directory } = await createBenchRepository(root, async (work) => {
      await fill(work, texts);
    });
    console.log(`a tree of ${files} files, ${(texts.join('').length / 1e6).toFixed(1)} MB, one image in it`);
    const store = new InMemoryBlobStore();
    const first = new TreeIndex(store);
    const rows: [string, TreeIndex | undefined][] = [
      ['cold: no index anywhere', first],
      ['warm: the same process', first],
      ['warm: new process, stored index', new TreeIndex(store)],
    ];
    for (const [title, index = first] of rows) {
      host.requests = 0;
      const used = process.cpuUsage();
      const ms = await timed(() =>
        observeBranch({ repository, branch: 'main', fleetFiles: [], index, key: 'bench' }, [wish()]),
      );
      console.log(
        `${title}: ${ms.toFixed(0)} ms, ${busyMs(used).toFixed(0)} ms of processor; ${host.requests} requests`,
      );
    }
    const clone = await timed(() => git(root, ['clone', '--quiet', '--depth=1', `file://${directory}`, 'clone']));
    console.log(`git clone --depth=1 of the same: ${clone.toFixed(0)} ms`);
    const parse = await timed(() => Promise.resolve(texts.map((text) => parseAllDocuments(text).length)));
    console.log(`parsing every file by yaml: ${parse.toFixed(0)} ms`);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Its manifests. */
async function fill(work: string, texts: readonly string[]): Promise<void> {
  for (const [at, text] of texts.entries()) {
    const path = join(work, `clusters/c${at % 100}/apps/a${at}.yaml`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

function manifest(image: string, at: number): string {
  const env = Array.from(
    { length: 20 },
    (_, index) => `        - { name: SETTING_${index}, value: 'v${at}-${index}' }`,
  );
  return [
    'apiVersion: apps/v1',
    'kind: Deployment',
    `metadata: { name: app-${at}, labels: { team: t${at % 50} } }`,
    'spec:',
    '  template:',
    '    spec:',
    '      containers:',
    `      - name: main`,
    `        image: ${image}:1.4.${at % 10} # note ${at}`,
    '        env:',
    ...env,
    '',
  ].join('\n');
}

function wish(): Intent {
  const value = {
    image: IMAGE,
    stage: 'dev',
    tag: '1.5.0',
    digest: `sha256:${'a'.repeat(64)}`,
    paths: ['clusters/**'],
  };
  return { subject: `${IMAGE}@dev`, kind: 'image', value } as unknown as Intent;
}

/** Time of this process alone, which other work on the machine does not stretch; Git's own is not in it. */
function busyMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}
