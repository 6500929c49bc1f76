import { describe, expect, it } from 'vitest';

import { headBranch, USUAL_PULL_REQUESTS } from '../../shared/domain/image/writing-settings.ts';
import { RateLimitedError, UpstreamError } from '../../shared/errors.ts';
import { HEAD, PullRequestWorld } from './pull-request-world.ts';

describe('a stage that is written by pull request', () => {
  it('opens one with the change, its table, and nothing on the base', async () => {
    const world = new PullRequestWorld({ labels: ['images'], reviewers: ['octocat'], autoMerge: 'squash' });
    const before = await world.git.head('main');
    const event = await world.push('1.5.0');

    expect(await world.git.head('main')).toEqual(before);
    const [pull, ...others] = await world.all();
    expect(others).toEqual([]);
    expect(pull).toMatchObject({ number: 1, state: 'open', title: 'Images: shop/web 1.4.0 -> 1.5.0 (prod)' });
    expect(pull?.body).toContain('| `contoso.azurecr.io/shop/web` | `prod` | `1.4.0` | `1.5.0` | `1` |');
    expect(world.pulls.dressingOf(1)).toEqual({ labels: ['images'], reviewers: ['octocat'], autoMerge: 'squash' });
    expect(await world.text('prod/web.yaml', HEAD)).toBe(
      '# kept\nimage: contoso.azurecr.io/shop/web:1.5.0 # as well\n',
    );
    expect(await world.outcome(event)).toBe('held: waiting-for-merge: #1');
    expect(await world.intents()).toEqual(['web@prod open waiting-for-merge: #1']);
    expect(await world.kinds()).toEqual(['intent-opened', 'acted', 'plan-ended']);
  });

  it('updates it by the next push: one commit on top of the base, one pull request', async () => {
    const world = new PullRequestWorld({ labels: ['images'] });
    await world.push('1.5.0');
    await world.push('1.6.0');
    expect(await world.states()).toEqual(['#1 open']);
    expect((await world.all())[0]?.title).toContain('1.4.0 -> 1.6.0');
    const { commit } = await world.git.head('main');
    expect((await world.pulls.tip(HEAD))?.parents).toEqual([commit]);
    expect(await world.text('prod/web.yaml', HEAD)).toContain(':1.6.0');
  });

  it('closes the intent when people merge it, and forgets the pull request', async () => {
    const world = new PullRequestWorld();
    await world.push('1.5.0');
    world.pulls.merge(1);
    await world.tick();
    expect(await world.intents()).toEqual(['web@prod closed merged: #1']);
    const kinds = await world.kinds();
    await world.tick();
    await world.tick();
    expect(await world.kinds()).toEqual(kinds);
    expect(await world.text('prod/web.yaml')).toContain(':1.5.0');
    await world.push('1.6.0');
    expect(await world.states()).toEqual(['#1 merged', '#2 open']);
  });

  it('takes a closed one as no to these digests, until there is another', async () => {
    const world = new PullRequestWorld();
    await world.push('1.5.0');
    world.pulls.close(1);
    await world.tick();
    expect(await world.intents()).toEqual(['web@prod blocked closed-pull-request: #1']);
    const again = await world.push('1.4.1');
    await world.tick();
    expect(await world.states()).toEqual(['#1 closed']);
    expect(await world.outcome(again)).toBe('held: closed-pull-request: #1');
    await world.push('1.6.0');
    expect(await world.states()).toEqual(['#1 closed', '#2 open']);
    expect(await world.intents()).toEqual(['web@prod open waiting-for-merge: #2']);
  });

  it('goes on with one that is reopened', async () => {
    const world = new PullRequestWorld();
    await world.push('1.5.0');
    world.pulls.close(1);
    await world.tick();
    world.pulls.reopen(1);
    await world.tick();
    expect(await world.intents()).toEqual(['web@prod open waiting-for-merge: #1']);
  });

  it.each([
    ['of the line and more', 'image: contoso.azurecr.io/shop/web:TAG # theirs\n'],
    ['of the version alone', '# kept\nimage: contoso.azurecr.io/shop/web:TAG # as well\n'],
  ])('solves a conflict %s by computing the change anew on the new base', async (_, text) => {
    const world = new PullRequestWorld();
    await world.push('1.5.0');
    const base = world.commitAs('main', 'prod/web.yaml', text.replace('TAG', '1.4.5'));
    await world.tick();
    const tip = await world.pulls.tip(HEAD);
    expect(tip?.parents).toEqual([base]);
    expect(await world.text('prod/web.yaml', HEAD)).toBe(text.replace('TAG', '1.5.0'));
    expect(await world.states()).toEqual(['#1 open']);
    expect((await world.all())[0]?.body).toContain('`1.4.5`');
    await world.tick();
    expect(await world.pulls.tip(HEAD)).toEqual(tip);
  });

  it('leaves it alone when the base changes elsewhere', async () => {
    const world = new PullRequestWorld();
    await world.push('1.5.0');
    const tip = await world.pulls.tip(HEAD);
    world.commitAs('main', 'dev/web.yaml', 'image: contoso.azurecr.io/shop/web:1.5.0\n');
    await world.tick();
    expect(await world.pulls.tip(HEAD)).toEqual(tip);
  });

  it('closes one that has nothing left to say, with the reason, which is no refusal', async () => {
    const world = new PullRequestWorld();
    await world.push('1.5.0');
    world.commitAs('main', 'prod/web.yaml', 'image: contoso.azurecr.io/shop/web:1.5.0\n');
    await world.tick();
    expect(await world.states()).toEqual(['#1 closed']);
    expect((await world.all())[0]?.body).toContain('the base branch already holds these versions');
    expect(await world.intents()).toEqual(['web@prod closed already-true']);
    world.commitAs('main', 'prod/web.yaml', 'image: contoso.azurecr.io/shop/web:1.4.0\n');
    await world.push('1.6.0');
    expect(await world.states()).toEqual(['#1 closed', '#2 open']);
  });

  it('takes a revert of what was merged as no', async () => {
    const world = new PullRequestWorld();
    await world.push('1.5.0');
    world.pulls.merge(1);
    world.commitAs('main', 'prod/web.yaml', 'image: contoso.azurecr.io/shop/web:1.4.0\n');
    await world.tick();
    expect(await world.intents()).toEqual(['web@prod blocked reverted: #1']);
    expect(await world.states()).toEqual(['#1 merged']);
  });

  it("never moves a branch that holds other people's commits: it stops and calls, once", async () => {
    const world = new PullRequestWorld();
    await world.push('1.5.0');
    const theirs = world.commitAs(HEAD, 'prod/extra.yaml', 'by: hand\n');
    await world.tick();
    await world.push('1.6.0');
    await world.tick();
    await world.tick();
    expect((await world.pulls.tip(HEAD))?.commit).toBe(theirs);
    expect(await world.intents()).toEqual([`web@prod blocked foreign-commits: ${HEAD}`]);
    expect((await world.kinds()).filter((kind) => kind === 'paged')).toHaveLength(1);
    world.pulls.merge(1);
    world.git.setBranch(HEAD, world.git.tipOf('main')!.commit);
    await world.tick();
    expect(await world.states()).toEqual(['#1 merged', '#2 open']);
  });

  it('takes a commit of ours that people have amended for theirs', async () => {
    const world = new PullRequestWorld();
    await world.push('1.5.0');
    const tip = await world.pulls.tip(HEAD);
    const theirs = new TextEncoder().encode('by: hand\n');
    const change = { path: 'prod/web.yaml', mode: '100644' as const, content: theirs };
    const amended = world.git.commitOn(tip?.parents[0] ?? '', [change], () => tip?.message ?? '');
    world.git.setBranch(HEAD, amended);
    await world.push('1.6.0');
    expect((await world.pulls.tip(HEAD))?.commit).toBe(amended);
    expect(await world.intents()).toEqual([`web@prod blocked foreign-commits: ${HEAD}`]);
  });

  it('gathers pushes for a while, also while it waits for the merge of others', async () => {
    const world = new PullRequestWorld();
    await world.push('1.5.0');
    await world.tick();
    const start = world.clock.now().getTime();
    await world.push('1.5.0', { repository: 'shop/api' });
    expect(world.clock.now().getTime() - start).toBeGreaterThanOrEqual(2_000);
    expect((await world.all())[0]?.title).toBe('Images: update 2 images');
  });

  it.each([
    ['stage', [['prod', 'web', 'api']]],
    ['all', [['all', 'web', 'api']]],
    [
      'image',
      [
        ['image:contoso.azurecr.io/shop/web', 'web'],
        ['image:contoso.azurecr.io/shop/api', 'api'],
      ],
    ],
  ] as const)('makes one for each group: %s', async (group, expected) => {
    const world = new PullRequestWorld({ group });
    await world.push('1.5.0');
    await world.push('1.5.0', { repository: 'shop/api' });
    for (const [name, ...images] of expected) {
      const [pull, ...others] = await world.all(headBranch(USUAL_PULL_REQUESTS.branch, { base: 'main', group: name }));
      expect(others).toEqual([]);
      expect(['web', 'api'].filter((image) => pull?.body.includes(`shop/${image}`))).toEqual(images);
    }
  });

  it('shows what it would do in observe mode and opens nothing', async () => {
    const world = new PullRequestWorld({}, 'observe');
    const event = await world.push('1.5.0');
    expect(await world.states()).toEqual([]);
    expect(await world.outcome(event)).toBe('held: observe');
    expect(await world.kinds()).toEqual(['intent-opened', 'observed']);
  });

  it('waits out a limit in the middle and finishes', async () => {
    const world = new PullRequestWorld({ labels: ['images'] });
    const dress = world.pulls.dress.bind(world.pulls);
    world.pulls.dress = () => Promise.reject(new RateLimitedError('label', 5_000));
    await world.push('1.5.0');
    expect(await world.states()).toEqual(['#1 open']);
    world.pulls.dress = dress;
    await world.tick();
    expect(world.pulls.dressingOf(1).labels).toEqual(['images']);
    expect(await world.intents()).toEqual(['web@prod open waiting-for-merge: #1']);
  });

  it('is one pull request wherever a call loses its answer', async () => {
    for (const name of ['putTip', 'open', 'dress', 'update'] as const) {
      for (const isDone of [false, true]) {
        const world = new PullRequestWorld({ labels: ['images'] });
        const real = world.pulls[name].bind(world.pulls) as (...args: readonly unknown[]) => Promise<never>;
        Object.assign(world.pulls, {
          [name]: async (...args: readonly unknown[]) => {
            await (isDone ? real(...args) : undefined);
            throw new UpstreamError(name, 0);
          },
        });
        await expect(world.push('1.5.0')).rejects.toThrow('no answer');
        Object.assign(world.pulls, { [name]: real });
        await world.tick();
        await world.tick();
        await world.tick();
        expect([name, isDone, await world.states(), await world.intents()]).toEqual([
          name,
          isDone,
          ['#1 open'],
          ['web@prod open waiting-for-merge: #1'],
        ]);
        expect(world.pulls.dressingOf(1).labels).toEqual(['images']);
        expect(await world.text('prod/web.yaml', HEAD)).toContain(':1.5.0');
      }
    }
  });

  it('keeps the text of one that people close while it is being updated', async () => {
    const world = new PullRequestWorld();
    await world.push('1.5.0');
    const [before] = await world.all();
    const update = world.pulls.update.bind(world.pulls);
    world.pulls.update = async (number, change) => {
      world.pulls.close(number);
      world.pulls.update = update;
      return await update(number, change);
    };
    await world.push('1.6.0');
    const [closed, open] = await world.all();
    expect([closed?.state, closed?.title]).toEqual(['closed', before?.title]);
    expect([open?.state, open?.title]).toEqual(['open', 'Images: shop/web 1.4.0 -> 1.6.0 (prod)']);
  });
});
