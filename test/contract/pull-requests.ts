import { describe, expect, it } from 'vitest';

import { NotFoundError, StaleHeadError, WriteRefusedError } from '../../shared/errors.ts';
import type { FileChange, GitRepository } from '../../shared/ports/git-repository.ts';
import { treeTrailer, type PullRequests, type TipRequest } from '../../shared/ports/pull-requests.ts';

/** What a person sees of a pull request beside its text. */
export interface Dressed {
  readonly labels: readonly string[];
  /** Teams as `team:SLUG`. */
  readonly reviewers: readonly string[];
  readonly autoMerge?: string | undefined;
}

/** Pull requests under test, and the hands of other people on them. */
export interface PullRequestsUnderTest {
  readonly pulls: PullRequests;
  readonly repository: GitRepository;
  readonly close: (number: number) => Promise<void>;
  readonly reopen: (number: number) => Promise<void>;
  readonly merge: (number: number) => Promise<void>;
  readonly dressed: (number: number) => Promise<Dressed>;
}

export interface PullRequestsBackend {
  readonly name: string;
  /** False where a host has no GraphQL. */
  readonly hasAutoMerge: boolean;
  /** A fresh repository whose branch `main` holds `files`. */
  readonly create: (files: readonly FileChange[]) => Promise<PullRequestsUnderTest>;
}

const HEAD = 'reflex/main/prod';
const BRANCHES = { head: HEAD, base: 'main' };

function file(path: string, text: string): FileChange {
  return { path, mode: '100644', content: new Uint8Array(Buffer.from(text)) };
}

/** Every PullRequests must pass this. */
export function describePullRequests({ name, hasAutoMerge, create }: PullRequestsBackend): void {
  const seed = [file('a.yaml', 'tag: v1\n'), file('b.yaml', 'tag: v1\n')];
  const tipOf = async (
    { repository }: PullRequestsUnderTest,
    text: string,
    expected?: string,
  ): Promise<TipRequest> => ({
    branch: HEAD,
    base: (await repository.head('main')).commit,
    ...(expected === undefined ? {} : { expected }),
    headline: 'chore(images): web',
    body: 'Reflex-Plan: p1',
    changes: [file('a.yaml', text)],
  });

  describe(`PullRequests contract: ${name}`, () => {
    it('puts a branch at one commit on top of the base, wherever it was', async () => {
      const world = await create(seed);
      expect(await world.pulls.tip(HEAD)).toBeUndefined();
      const first = await world.pulls.putTip(await tipOf(world, 'tag: v2\n'));
      const second = await world.pulls.putTip(await tipOf(world, 'tag: v3\n', first.commit));
      const { commit: base } = await world.repository.head('main');
      const tip = await world.pulls.tip(HEAD);
      expect(tip).toMatchObject({ commit: second.commit, parents: [base] });
      expect(tip?.message).toBe(`chore(images): web\n\nReflex-Plan: p1\n${treeTrailer(tip?.tree ?? '')}`);
      expect((await world.repository.listTree(tip?.tree ?? '')).map(({ path }) => path)).toEqual(['a.yaml', 'b.yaml']);
    });

    it('leaves a branch alone that is not where it was thought to be', async () => {
      const world = await create(seed);
      const { commit } = await world.pulls.putTip(await tipOf(world, 'tag: v2\n'));
      const { commit: elsewhere } = await world.repository.head('main');
      await expect(world.pulls.putTip(await tipOf(world, 'tag: v3\n'))).rejects.toThrow(StaleHeadError);
      await expect(world.pulls.putTip(await tipOf(world, 'tag: v3\n', elsewhere))).rejects.toThrow(StaleHeadError);
      expect((await world.pulls.tip(HEAD))?.commit).toBe(commit);
    });

    it('does not take a branch for another whose name begins alike', async () => {
      const world = await create(seed);
      await world.pulls.putTip({ ...(await tipOf(world, 'tag: v2\n')), branch: `${HEAD}-two` });
      expect(await world.pulls.tip(HEAD)).toBeUndefined();
    });

    it('opens one pull request for two branches, however often it is asked', async () => {
      const world = await create(seed);
      expect(await world.pulls.list(BRANCHES)).toEqual([]);
      await expect(world.pulls.open({ ...BRANCHES, title: 't', body: '' })).rejects.toThrow(WriteRefusedError);
      await world.pulls.putTip(await tipOf(world, 'tag: v2\n'));
      const first = await world.pulls.open({ ...BRANCHES, title: 'one', body: 'text' });
      const again = await world.pulls.open({ ...BRANCHES, title: 'two', body: 'other' });
      expect([first.number, first.state, first.title, first.body]).toEqual([again.number, 'open', 'one', 'text']);
      expect(again.title).toBe('one');
      expect(await world.pulls.list(BRANCHES)).toHaveLength(1);
      expect(await world.pulls.list({ head: HEAD, base: 'other' })).toEqual([]);
    });

    it('changes what it is told and tells how it stands: open, closed, merged', async () => {
      const world = await create(seed);
      const { commit } = await world.pulls.putTip(await tipOf(world, 'tag: v2\n'));
      const { number } = await world.pulls.open({ ...BRANCHES, title: 'one', body: 'text' });
      expect(await world.pulls.update(number, { title: 'new' })).toMatchObject({ title: 'new', body: 'text' });
      await world.close(number);
      const closed = await world.pulls.update(number, { body: 'late' });
      expect([closed.state, closed.body, closed.closedAt === undefined]).toEqual(['closed', 'late', false]);
      await world.reopen(number);
      expect((await world.pulls.list(BRANCHES))[0]).toMatchObject({ number, state: 'open' });
      expect(await world.pulls.update(number, { body: 'bye', state: 'closed' })).toMatchObject({ state: 'closed' });
      const second = await world.pulls.open({ ...BRANCHES, title: 'second', body: '' });
      await world.merge(second.number);
      const states = (await world.pulls.list(BRANCHES)).map((pull) => [pull.number, pull.state]);
      expect(states).toEqual([
        [second.number, 'merged'],
        [number, 'closed'],
      ]);
      const { tree } = await world.repository.head('main');
      expect(await world.repository.listTree(tree)).toEqual(
        await world.repository.listTree((await world.pulls.tip(HEAD))?.tree ?? ''),
      );
      expect((await world.pulls.tip(HEAD))?.commit).toBe(commit);
      await expect(world.pulls.update(999, { title: 'x' })).rejects.toThrow(NotFoundError);
    });

    it('adds labels and reviewers, twice as once', async () => {
      const world = await create(seed);
      await world.pulls.putTip(await tipOf(world, 'tag: v2\n'));
      const { number } = await world.pulls.open({ ...BRANCHES, title: 'one', body: '' });
      const dressing = { labels: ['images'], reviewers: ['octocat'], teamReviewers: ['platform'] };
      await world.pulls.dress(number, { labels: [], reviewers: [], teamReviewers: [] });
      expect(await world.dressed(number)).toMatchObject({ labels: [], reviewers: [] });
      await world.pulls.dress(number, dressing);
      await world.pulls.dress(number, dressing);
      expect(await world.dressed(number)).toMatchObject({
        labels: ['images'],
        reviewers: ['octocat', 'team:platform'],
      });
    });

    it(hasAutoMerge ? 'switches auto-merge on' : 'says that it cannot switch auto-merge on', async () => {
      const world = await create(seed);
      await world.pulls.putTip(await tipOf(world, 'tag: v2\n'));
      const { number } = await world.pulls.open({ ...BRANCHES, title: 'one', body: '' });
      const asked = world.pulls.dress(number, { labels: [], reviewers: [], teamReviewers: [], autoMerge: 'squash' });
      if (!hasAutoMerge) {
        await expect(asked).rejects.toThrow(WriteRefusedError);
        return;
      }
      await asked;
      expect((await world.dressed(number)).autoMerge).toBe('squash');
    });
  });
}
