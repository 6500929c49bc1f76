import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { NotFoundError, StaleHeadError } from '../../shared/errors.ts';
import type { CommitRequest, CommitStatus, FileChange, GitRepository } from '../../shared/ports/git-repository.ts';

/** What a host may lack, with the route that it then does not know; everything else every host must have. */
export const CAPABILITIES = {
  graphql: 'POST /graphql',
  statuses: 'GET /repos/{owner}/{repo}/commits/{ref}/status',
} as const;
export type Capability = keyof typeof CAPABILITIES;

/** A repository under test, seeded with the files asked for, and the hands of other people in it. */
export interface GitUnderTest {
  readonly repository: GitRepository;
  readonly setStatus: (commit: string, status: CommitStatus) => Promise<void>;
}

export interface GitBackend {
  readonly name: string;
  readonly lacks: readonly Capability[];
  /** A fresh repository whose branch `main` holds `files`. */
  readonly create: (files: readonly FileChange[]) => Promise<GitUnderTest>;
}

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, index) => index);
const LATIN_1 = Buffer.from('name: caf\xe9\n', 'latin1');
const UNKNOWN_ID = '0123456789012345678901234567890123456789';

function file(path: string, content: string | Uint8Array, mode: FileChange['mode'] = '100644'): FileChange {
  return { path, mode, content: new Uint8Array(Buffer.from(content as string)) };
}

function blobId(content: Uint8Array): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

async function contents(repository: GitRepository): Promise<Record<string, string>> {
  const { tree } = await repository.head('main');
  const entries = await repository.listTree(tree);
  const blobs = await repository.readBlobs(entries.map(({ oid }) => oid));
  return Object.fromEntries(entries.map(({ path, oid }) => [path, Buffer.from(blobs.get(oid)!).toString('latin1')]));
}

async function requestFrom(repository: GitRepository, ...changes: FileChange[]): Promise<CommitRequest> {
  const { commit } = await repository.head('main');
  return { branch: 'main', expectedHead: commit, headline: 'chore: change', body: '', changes };
}

/** Every GitRepository must pass this. */
export function describeGitRepository({ name, lacks, create }: GitBackend): void {
  const seed = [file('a.yaml', 'tag: v1\n'), file('clusters/dev/b.yaml', 'tag: v1\n')];

  describe(`GitRepository contract: ${name}`, () => {
    it('lists the tree of the head in byte order, with Git object ids', async () => {
      const files = ['b/z', 'b.yaml', 'b/a/c', 'a', 'ümläut', 'Z', 'b-', '🚀/x', '\uffee'].map((path) =>
        file(path, path),
      );
      const { repository } = await create(files);
      const { commit, tree } = await repository.head('main');
      expect(commit).toMatch(/^[0-9a-f]{40}$/);
      const expected = [...files]
        .sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
        .map(({ path, content }) => ({ path, mode: '100644', oid: blobId(content) }));
      expect((await repository.listTree(tree)).map(({ path, mode, oid }) => ({ path, mode, oid }))).toEqual(expected);
    });

    it('reads bytes exactly: binary, CRLF, a BOM, no last line break, Latin-1, nothing', async () => {
      const bytes = [ALL_BYTES, Buffer.from('a\r\nb\r\n'), Buffer.from('\ufefftag: v1'), LATIN_1, Buffer.alloc(0)];
      const files = bytes.map((content, index) => file(`f${index}`, content));
      const { repository } = await create(files);
      const blobs = await repository.readBlobs(files.map(({ content }) => blobId(content)));
      expect([...blobs]).toEqual(files.map(({ content }) => [blobId(content), content]));
    });

    it('makes one commit of many files, or leaves the rest as it was', async () => {
      const { repository } = await create(seed);
      const request = await requestFrom(repository, file('a.yaml', 'tag: v2\n'), file('new/c.yaml', 'tag: v2\n'));
      const { commit } = await repository.commit(request);
      expect((await repository.head('main')).commit).toBe(commit);
      expect(await contents(repository)).toEqual({
        'a.yaml': 'tag: v2\n',
        'clusters/dev/b.yaml': 'tag: v1\n',
        'new/c.yaml': 'tag: v2\n',
      });
      expect((await repository.range(request.expectedHead, commit)).commits).toHaveLength(1);
    });

    it('writes bytes exactly', async () => {
      const { repository } = await create(seed);
      const changes = [
        file('bin', ALL_BYTES),
        file('crlf', 'a\r\nb\r\n'),
        file('bom', '\ufefftag'),
        file('latin1', LATIN_1),
        file('none', ''),
      ];
      await repository.commit(await requestFrom(repository, ...changes));
      const entries = await repository.listTree((await repository.head('main')).tree);
      const written = Object.fromEntries(entries.map(({ path, oid }) => [path, oid]));
      expect(written).toMatchObject(Object.fromEntries(changes.map(({ path, content }) => [path, blobId(content)])));
    });

    it('writes paths of any script', async () => {
      const { repository } = await create(seed);
      const changes = [file('ümläut/日本 🚀.yaml', 'x'), file("with space/o'brien #1?%20.yaml", 'y')];
      await repository.commit(await requestFrom(repository, ...changes));
      expect(await contents(repository)).toMatchObject({ [changes[0]!.path]: 'x', [changes[1]!.path]: 'y' });
    });

    it('refuses a commit made from an old head, and writes nothing', async () => {
      const { repository } = await create(seed);
      const request = await requestFrom(repository, file('a.yaml', 'tag: v2\n'));
      const { commit } = await repository.commit(request);
      const late = { ...request, changes: [file('a.yaml', 'tag: v3\n')] };
      await expect(repository.commit(late)).rejects.toThrow(StaleHeadError);
      expect((await repository.head('main')).commit).toBe(commit);
    });

    it('gives one winner to 20 commits from one head', async () => {
      const { repository } = await create(seed);
      const request = await requestFrom(repository);
      const tries = Array.from({ length: 20 }, (_, index) =>
        repository.commit({ ...request, headline: `try ${index}`, changes: [file('a.yaml', `tag: t${index}\n`)] }),
      );
      const outcomes = await Promise.allSettled(tries);
      const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
      const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
      expect(reasons).toHaveLength(19);
      expect(reasons.filter((reason) => !(reason instanceof StaleHeadError))).toEqual([]);
      expect((await contents(repository))['a.yaml']).toBe(`tag: t${winner}\n`);
    });

    it('tells a commit by its trailers in the range after the expected head', async () => {
      const { repository } = await create(seed);
      const first = await requestFrom(repository, file('a.yaml', 'tag: v2\n'));
      const body = 'why: ünicode\n\nReflex-Event: contoso#1\nReflex-Plan: p-1';
      const { commit } = await repository.commit({ ...first, headline: 'chore: web 1.7.2', body });
      const second = await requestFrom(repository, file('a.yaml', 'tag: v3\n'));
      const { commit: last } = await repository.commit(second);

      const range = await repository.range(first.expectedHead, last);
      expect(range).toMatchObject({ relation: 'ahead', truncated: false });
      expect(range.commits.map((one) => one.commit)).toEqual([commit, last]);
      expect(range.commits[0]!.message.trimEnd()).toBe(`chore: web 1.7.2\n\n${body}`);
      expect(range.commits[1]!.message.trimEnd()).toBe('chore: change');
    });

    it('tells the history of a commit, newest first, each with what it was made on', async () => {
      const { repository } = await create(seed);
      const first = await requestFrom(repository, file('a.yaml', 'tag: v2\n'));
      const { commit } = await repository.commit({ ...first, headline: 'chore: web', body: 'Reflex-Plan: p-1' });
      const { commit: last } = await repository.commit(await requestFrom(repository, file('a.yaml', 'tag: v3\n')));
      const [newest, before] = await repository.history(last);
      expect(newest).toMatchObject({ commit: last, parent: commit });
      expect(before).toMatchObject({ commit, parent: first.expectedHead });
      expect(before?.message.trimEnd()).toBe('chore: web\n\nReflex-Plan: p-1');
      expect((await repository.history(commit))[0]?.commit).toBe(commit);
    });

    it('tells how two commits relate', async () => {
      const { repository } = await create(seed);
      const request = await requestFrom(repository, file('a.yaml', 'tag: v2\n'));
      const { commit } = await repository.commit(request);
      expect(await repository.range(commit, commit)).toEqual({ relation: 'identical', commits: [], truncated: false });
      expect(await repository.range(commit, request.expectedHead)).toEqual({
        relation: 'behind',
        commits: [],
        truncated: false,
      });
    });

    it('answers NotFoundError for what is not there', async () => {
      const { repository } = await create(seed);
      const request = await requestFrom(repository, file('a.yaml', 'x'));
      await expect(repository.head('nobody/made-this')).rejects.toThrow(NotFoundError);
      await expect(repository.commit({ ...request, branch: 'nobody/made-this' })).rejects.toThrow(NotFoundError);
      await expect(repository.listTree(UNKNOWN_ID)).rejects.toThrow(NotFoundError);
      await expect(repository.readBlobs([UNKNOWN_ID])).rejects.toThrow(NotFoundError);
      await expect(repository.range(UNKNOWN_ID, request.expectedHead)).rejects.toThrow(NotFoundError);
    });

    it('answers nothing when nothing is asked', async () => {
      const { repository } = await create(seed);
      expect(await repository.readBlobs([])).toEqual(new Map());
    });

    it(
      lacks.includes('graphql') ? 'reads many contents, though without GraphQL' : 'reads many contents at once',
      async () => {
        const files = Array.from({ length: 130 }, (_, index) =>
          file(`f${index}`, index === 7 ? LATIN_1 : `${index}\r\n`),
        );
        const { repository } = await create(files);
        const oids = files.map(({ content }) => blobId(content));
        const blobs = await repository.readBlobs([...oids, ...oids]);
        expect(blobs.size).toBe(130);
        expect(oids.map((oid) => blobs.get(oid))).toEqual(files.map(({ content }) => content));
        await expect(repository.readBlobs([...oids, UNKNOWN_ID])).rejects.toThrow(NotFoundError);
      },
    );

    it('keeps and sets the executable mode', async () => {
      const { repository } = await create([...seed, file('run.sh', 'old', '100755')]);
      await repository.commit(
        await requestFrom(repository, file('run.sh', 'new', '100755'), file('a.yaml', 'tag: v2\n')),
      );
      const entries = await repository.listTree((await repository.head('main')).tree);
      const modes = Object.fromEntries(entries.map(({ path, mode }) => [path, mode]));
      expect(modes).toEqual({
        'a.yaml': '100644',
        'clusters/dev/b.yaml': '100644',
        'run.sh': '100755',
      });
    });

    if (lacks.includes('statuses')) {
      it('is known to have no statuses', async () => {
        const { repository } = await create(seed);
        const { commit } = await repository.head('main');
        await expect(repository.statuses(commit)).rejects.toThrow(NotFoundError);
      });
      return;
    }

    it('tells the newest status of each context', async () => {
      const { repository, setStatus } = await create(seed);
      const { commit } = await repository.head('main');
      expect(await repository.statuses(commit)).toEqual([]);
      await setStatus(commit, { context: 'ci', state: 'pending', description: 'started' });
      await setStatus(commit, { context: 'flux', state: 'success', description: '' });
      await setStatus(commit, { context: 'ci', state: 'failure', description: 'tests' });
      const statuses = [...(await repository.statuses(commit))].sort((a, b) => (a.context < b.context ? -1 : 1));
      expect(statuses).toEqual([
        { context: 'ci', state: 'failure', description: 'tests' },
        { context: 'flux', state: 'success', description: '' },
      ]);
    });
  });
}
