import { randomFillSync } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { InMemoryBlobStore } from '../shared/adapters/in-memory/blob-store.ts';
import { parseImageReference } from '../shared/domain/image/reference.ts';
import { planImageEdit } from '../shared/domain/image/yaml-edit/edit.ts';
import type { Intent } from '../shared/intents/intent.ts';
import { observeBranch } from '../shared/targets/git-branch/observe.ts';
import { TreeIndex } from '../shared/targets/git-branch/tree-index.ts';
import { commitAndPush, createBenchRepository, git, timed, type BenchRepository } from './git-host.ts';

const IMAGE = 'contoso.azurecr.io/shop/web';
const FILE = 'clusters/prod/web.yaml';
const MANIFEST = `kind: Deployment\nspec:\n  containers:\n    - image: ${IMAGE}:1.4.0 # keep me\n`;
const MEGABYTE = 1_000_000;

/**
 * One tag in repositories of several sizes: read and committed through the API, against clone, edit and push by the Git
 * binary. The rest of a repository is files that do not compress, of 1 MB each, as images, archives and charts are.
 *
 * @param sizes - in MB.
 */
export async function benchCommit(sizes: readonly number[]): Promise<void> {
  console.log('one tag to a commit on the branch: through the API without an index, and clone, edit, push by git');
  for (const size of sizes) {
    const root = await mkdtemp(join(tmpdir(), 'reflex-commit-'));
    try {
      const big = await createBenchRepository(root, async (work) => {
        await fill(work, size);
      });
      await rm(join(root, 'work'), { recursive: true });
      big.host.requests = 0;
      const api = await timed(() => commitTag(big));
      const { requests } = big.host;
      const shallow = await timed(() => cloneEditPush(root, big, '1.6.0', ['--depth=1']));
      const whole = await timed(() => cloneEditPush(root, big, '1.7.0', []));
      console.log(
        `${String(size).padStart(5)} MB: API ${seconds(api)}, ${requests} requests; ` +
          `clone --depth=1 ${seconds(shallow)} (${(shallow / api).toFixed(1)} x), clone ${seconds(whole)} (${(whole / api).toFixed(1)} x)`,
      );
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  }
}

async function fill(work: string, size: number): Promise<void> {
  await mkdir(join(work, 'clusters/prod'), { recursive: true });
  await mkdir(join(work, 'assets'));
  await writeFile(join(work, FILE), MANIFEST);
  const bytes = Buffer.allocUnsafe(MEGABYTE);
  for (let at = 0; at < size; at += 1) {
    await writeFile(join(work, `assets/a${at}.bin`), randomFillSync(bytes));
  }
}

/** As the branch's loop does: head, tree, texts that name the image, a splice, one commit. */
async function commitTag({ repository }: BenchRepository): Promise<void> {
  const value = {
    image: IMAGE,
    stage: 'prod',
    tag: '1.5.0',
    digest: `sha256:${'a'.repeat(64)}`,
    paths: ['clusters/**'],
  };
  const index = new TreeIndex(new InMemoryBlobStore());
  const wish = { subject: `${IMAGE}@prod`, kind: 'image', value } as unknown as Intent;
  const { head, files } = await observeBranch({ repository, branch: 'main', fleetFiles: [], index, key: 'bench' }, [
    wish,
  ]);
  const image = parseImageReference(IMAGE);
  const changes = files.flatMap((file) => {
    const { after } = image === undefined ? { after: file.text } : planImageEdit(file, { image }, { tag: value.tag });
    return after === file.text ? [] : [{ ...file, content: new TextEncoder().encode(after) }];
  });
  if (changes.length !== 1) {
    throw new Error(`expected one changed file, there are ${changes.length}`);
  }
  await repository.commit({ branch: 'main', expectedHead: head, headline: 'bench', body: '', changes });
}

async function cloneEditPush(
  root: string,
  { directory }: BenchRepository,
  tag: string,
  options: readonly string[],
): Promise<void> {
  const work = join(root, 'clone');
  await git(root, ['clone', '--quiet', ...options, `file://${directory}`, 'clone']);
  const text = await readFile(join(work, FILE), 'utf8');
  await writeFile(join(work, FILE), text.replace(/:1\.\d\.0/, `:${tag}`));
  await commitAndPush(work);
  await rm(work, { recursive: true });
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
