import { describe, expect, it } from 'vitest';

import { BranchStage, textOf } from './branch-stage.ts';

const IMAGES = Array.from({ length: 12 }, (_, index) => `app${index}`);

/** Before each of the next commits of ours somebody else is a moment faster. */
function contend(stage: BranchStage, times: number): () => number {
  const commit = stage.git.commit.bind(stage.git);
  let left = times;
  stage.git.commit = async (request) => {
    if (left > 0 && request.body !== '') {
      left -= 1;
      await stage.commit(`notes/${left}.md`, `${left}\n`, `note ${left}`);
    }
    return await commit(request);
  };
  return () => left;
}

describe('pushes against a busy branch', () => {
  it('lose no push and no commit of anybody else', async () => {
    const stage = new BranchStage(IMAGES);
    const { commit: start } = await stage.git.head('main');
    const left = contend(stage, 10);
    const events = IMAGES.map((image) => stage.push(image, '1.5.0'));
    await stage.clock.run(Promise.all(events.map((event) => stage.deliver(event))));
    await stage.minutes(10);
    for (const image of IMAGES) {
      expect(await stage.text(`dev/${image}.yaml`)).toBe(textOf(image, '1.5.0'));
    }
    const log = await stage.log(start);
    expect(left()).toBe(0);
    expect(log.filter((line) => line.startsWith('note'))).toHaveLength(10);
  });

  it('write each image once, however often its event comes', async () => {
    const stage = new BranchStage(IMAGES);
    const { commit: start } = await stage.git.head('main');
    contend(stage, 5);
    const events = IMAGES.map((image) => stage.push(image, '1.5.0'));
    await stage.clock.run(Promise.all([...events, ...events.toReversed()].map((event) => stage.deliver(event))));
    await stage.minutes(10);
    for (const event of events) {
      await stage.handle(event);
    }
    await stage.minutes(2);
    const ours = (await stage.log(start)).filter((line) => !line.startsWith('note'));
    expect(ours.length).toBeLessThanOrEqual(IMAGES.length);
    expect((await stage.kinds()).filter((kind) => kind === 'acted')).toHaveLength(IMAGES.length);
  });

  it('keep a newer value that somebody wrote by hand while we were about to write', async () => {
    const stage = new BranchStage(['web']);
    const commit = stage.git.commit.bind(stage.git);
    stage.git.commit = async (request) => {
      stage.git.commit = commit;
      await stage.commit('dev/web.yaml', textOf('web', '1.9.0'), 'by hand');
      return await commit(request);
    };
    await stage.handle(stage.push('web', '1.5.0'));
    await stage.minutes(5);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.9.0'));
  });
});
