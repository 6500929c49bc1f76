import { beforeEach, describe, expect, it } from 'vitest';

import { UpstreamError } from '../../../shared/errors.ts';
import { BranchStage, textOf } from './branch-stage.ts';

describe('somebody reverts what a push has written', () => {
  let stage: BranchStage;
  let event: object;

  beforeEach(() => {
    stage = new BranchStage(['web', 'api']);
    event = stage.push('web', '1.5.0');
  });

  async function revert(): Promise<void> {
    await stage.commit('dev/web.yaml', textOf('web', '1.4.0'), 'Revert "web 1.5.0"');
  }

  it('is not written again by the same push, however often it is delivered', async () => {
    await stage.handle(event);
    await revert();
    await stage.minutes(5);
    await stage.handle(event);
    await stage.handle(event);
    await stage.minutes(60);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.4.0'));
  });

  it('is not written again by a push of another image', async () => {
    await stage.handle(event);
    await revert();
    await stage.handle(stage.push('api', '1.5.0'));
    await stage.minutes(5);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.4.0'));
    expect(await stage.text('dev/api.yaml')).toBe(textOf('api', '1.5.0'));
  });

  it('gives way to a newer digest', async () => {
    await stage.handle(event);
    await revert();
    await stage.handle(stage.push('web', '1.6.0'));
    await stage.minutes(5);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.6.0'));
  });

  it('is not written again when the answer to the commit was lost and the revert came before the next look', async () => {
    const commit = stage.git.commit.bind(stage.git);
    stage.git.commit = async (request) => {
      stage.git.commit = commit;
      await commit(request);
      throw new UpstreamError('commit', 0);
    };
    await expect(stage.handle(event)).rejects.toThrow();
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.5.0'));
    await revert();
    await stage.minutes(5);
    await stage.handle(event);
    await stage.minutes(5);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.4.0'));
    expect((await stage.kinds()).filter((kind) => kind === 'acted')).toHaveLength(1);
  });
});
