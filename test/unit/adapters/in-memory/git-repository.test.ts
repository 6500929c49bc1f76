import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { InMemoryGitRepository } from '../../../../shared/adapters/in-memory/git-repository.ts';
import type { FileChange } from '../../../../shared/ports/git-repository.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'git-'));
  git(['init', '--quiet', '--bare']);
});

afterAll(() => rmSync(folder, { recursive: true }));

function git(args: readonly string[], input = Buffer.alloc(0)): string {
  return execFileSync('git', args, { cwd: folder, input, encoding: 'utf8' }).trim();
}

function file(path: string, text: string, mode: FileChange['mode'] = '100644'): FileChange {
  return { path, mode, content: Buffer.from(text) };
}

/** What Git itself makes of `files`. */
function realTree(files: readonly FileChange[]): string {
  git(['read-tree', '--empty']);
  for (const { path, mode, content } of files) {
    const oid = git(['hash-object', '-w', '--stdin'], Buffer.from(content));
    git(['update-index', '--add', '--cacheinfo', `${mode},${oid},${path}`]);
  }
  return git(['write-tree']);
}

function open(files: readonly FileChange[]): InMemoryGitRepository {
  return new InMemoryGitRepository({ clock: new VirtualClock(), branch: 'main', files });
}

describe('InMemoryGitRepository', () => {
  it.each([
    ['nothing', []],
    ['one file', [file('a', 'x')]],
    ['names that sort otherwise than JavaScript', ['a.b', 'a/b', 'a-b', 'a0', 'ab'].map((path) => file(path, path))],
    ['names of any script', ['Z', 'ümläut', '\uffee/x', '🚀'].map((path) => file(path, path))],
    ['deep folders and modes', [file('a/b/c/d', '1'), file('a/b/run', '2', '100755'), file('a/z', '3')]],
  ])('gives %s the tree id that Git gives', async (_, files) => {
    expect((await open(files).head('main')).tree).toBe(realTree(files));
  });

  it('gives a commit the id that Git gives', async () => {
    const repository = open([file('a', 'x')]);
    const { commit, tree } = await repository.head('main');
    realTree([file('a', 'x')]);
    const who = 'aks-reflex <aks-reflex@users.noreply.github.com> 1767600000 +0000';
    const text = `tree ${tree}\nauthor ${who}\ncommitter ${who}\n\nInitial commit`;
    expect(commit).toBe(git(['hash-object', '-t', 'commit', '-w', '--stdin'], Buffer.from(text)));
  });

  it('puts a file in the place of a folder, and a folder in the place of a file', async () => {
    const repository = open([file('a/b', '1'), file('c', '2')]);
    const { commit } = await repository.head('main');
    const changes = [file('a', '3'), file('c/d', '4')];
    await repository.commit({ branch: 'main', expectedHead: commit, headline: 'h', body: '', changes });
    expect((await repository.head('main')).tree).toBe(realTree(changes));
  });

  it('knows branches that were pushed by others, and how they have grown apart', async () => {
    const repository = open([file('a', '1')]);
    const { commit: base } = await repository.head('main');
    const change = { expectedHead: base, headline: 'h', body: '' };
    repository.setBranch('other', base);
    const { commit: mine } = await repository.commit({ ...change, branch: 'main', changes: [file('a', '2')] });
    const { commit: theirs } = await repository.commit({ ...change, branch: 'other', changes: [file('a', '3')] });
    expect(await repository.range(mine, theirs)).toMatchObject({ relation: 'diverged', commits: [{ commit: theirs }] });
  });

  it('lists at most 250 commits', async () => {
    const repository = open([file('a', '0')]);
    const { commit: base } = await repository.head('main');
    let expectedHead = base;
    for (let index = 1; index <= 251; index += 1) {
      const changes = [file('a', `${index}`)];
      ({ commit: expectedHead } = await repository.commit({
        branch: 'main',
        expectedHead,
        headline: `${index}`,
        body: '',
        changes,
      }));
    }
    const range = await repository.range(base, expectedHead);
    expect(range.truncated).toBe(true);
    expect(range.commits).toHaveLength(250);
    expect(range.commits[0]!.message).toBe('1');
  });
});
