import { beforeEach, describe, expect, it } from 'vitest';

import { HOUR, PromotionStage, STAGES, textOf } from './promotion-stage.ts';

const [DEV, PROD] = STAGES;

describe('a stage that is written by pull request', () => {
  let stage: PromotionStage;

  beforeEach(async () => {
    stage = new PromotionStage([DEV, { ...PROD, write: 'pull-request', soakMs: HOUR * 60_000 }]);
    await stage.minutes(1);
    await stage.says('shop-dev', 'success');
    await stage.minutes(3 * HOUR);
    await stage.push('1.1.0');
    await stage.minutes(1);
    await stage.says('shop-dev', 'success');
    await stage.minutes(2 * HOUR + 2);
  });

  it('is asked for what has passed in the one before, once, and gets it when people merge', async () => {
    const before = await stage.proposals('prod');
    expect(before.map(({ state, title }) => [state, title])).toEqual([['open', expect.stringContaining('1.1.0')]]);
    expect(await stage.tag('prod')).toBe('1.0.0');
    stage.pulls.merge(before[0]!.number);
    await stage.minutes(2);
    expect(await stage.tag('prod')).toBe('1.1.0');
    const { current } = await stage.row('prod');
    expect(current).toMatchObject({ tag: '1.1.0', isForeign: false, commit: (await stage.git.head('main')).commit });
    await stage.minutes(2 * HOUR);
    expect(await stage.proposals('prod')).toHaveLength(1);
  });

  it('is asked to go back to the very bytes before when what was merged fails, and not for that version again', async () => {
    stage.pulls.merge((await stage.proposals('prod'))[0]!.number);
    await stage.minutes(2);
    await stage.says('shop-prod', 'failure');
    await stage.minutes(3);
    const [back] = await stage.proposals('prod');
    expect(back).toMatchObject({ state: 'open', title: expect.stringContaining('1.0.0') as string });
    expect(await stage.calls()).toContainEqual(
      expect.stringMatching(/^verification-failed: back to 1\.0\.0 by pull request/),
    );
    stage.pulls.merge(back!.number);
    await stage.minutes(3 * HOUR);
    expect(await stage.text('prod')).toBe(textOf('1.0.0'));
    expect((await stage.proposals('prod')).map(({ state }) => state)).toEqual(['merged', 'merged']);
  });

  it('is asked no longer when people have gone back in the stage before, and that has soaked', async () => {
    await stage.commit('dev/web.yaml', textOf('1.0.0'));
    await stage.minutes(1);
    await stage.says('shop-dev', 'success');
    await stage.minutes(2 * HOUR + 2);
    expect((await stage.proposals('prod')).map(({ state }) => state)).toEqual(['closed']);
  });
});
