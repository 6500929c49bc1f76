import { beforeEach, describe, expect, it } from 'vitest';

import { StaleHeadError, WriteRefusedError } from '../../../shared/errors.ts';
import { BranchStage, textOf } from './branch-stage.ts';

describe('a commit that the Git host does not take', () => {
  let stage: BranchStage;
  let commit: BranchStage['git']['commit'];
  let tries: number;

  beforeEach(() => {
    stage = new BranchStage(['web', 'api']);
    commit = stage.git.commit.bind(stage.git);
    tries = 0;
  });

  function refuse(error: Error): void {
    stage.git.commit = () => {
      tries += 1;
      return Promise.reject(error);
    };
  }

  async function calls(): Promise<number> {
    return (await stage.kinds()).filter((kind) => kind === 'paged').length;
  }

  it('for good calls people once, is tried again now and then, and comes when the host takes it', async () => {
    refuse(new WriteRefusedError('commit: protected branch'));
    await stage.handle(stage.push('web', '1.5.0'));
    await stage.minutes(40);
    expect([tries, await calls()]).toEqual([3, 1]);
    stage.git.commit = commit;
    await stage.minutes(15);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.5.0'));
    expect(await calls()).toBe(1);
  });

  it('for good comes with the next push at once', async () => {
    refuse(new WriteRefusedError('commit: protected branch'));
    await stage.handle(stage.push('web', '1.5.0'));
    stage.git.commit = commit;
    await stage.handle(stage.push('api', '1.5.0'));
    await stage.minutes(1);
    expect([await stage.text('dev/web.yaml'), await stage.text('dev/api.yaml')]).toEqual([
      textOf('web', '1.5.0'),
      textOf('api', '1.5.0'),
    ]);
  });

  it('because somebody else is always faster is given up after some tries, with a call, and tried again later', async () => {
    refuse(new StaleHeadError('main'));
    await stage.handle(stage.push('web', '1.5.0'));
    await stage.minutes(10);
    expect([tries, await calls()]).toEqual([30, 1]);
    stage.git.commit = commit;
    await stage.minutes(15);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.5.0'));
  });
});
