import { beforeEach, describe, expect, it } from 'vitest';

import { NotFoundError, RateLimitedError, StorageUnavailableError, UpstreamError } from '../../../shared/errors.ts';
import { BranchStage, textOf } from './branch-stage.ts';

describe('a branch that cannot be read', () => {
  let stage: BranchStage;
  let head: BranchStage['git']['head'];

  beforeEach(async () => {
    stage = new BranchStage(['web', 'api']);
    head = stage.git.head.bind(stage.git);
    await stage.handle(stage.push('web', '1.4.1'));
    await stage.minutes(1);
  });

  function refuse(error: Error): void {
    stage.git.head = () => Promise.reject(error);
  }

  async function pages(): Promise<readonly string[]> {
    return (await stage.kinds()).filter((kind) => kind.startsWith('page'));
  }

  it.each([
    ['because the App is suspended', new UpstreamError('read branch', 403)],
    ['because its key is no longer good', new UpstreamError('read branch', 401)],
    ['because the App may no longer see it', new NotFoundError('read branch: not found, or hidden from the app')],
  ])('%s calls people once, until it can be read again, and goes on then', async (_, error) => {
    refuse(error);
    await expect(stage.handle(stage.push('web', '1.5.0'))).rejects.toThrow(error);
    await stage.minutes(3);
    expect(await pages()).toEqual(['paged']);
    stage.git.head = head;
    await stage.minutes(2);
    await stage.sweep();
    expect(await pages()).toEqual(['paged', 'page-over']);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.5.0'));
  });

  it('because the host is down for a moment calls nobody', async () => {
    refuse(new UpstreamError('read branch', 502));
    await stage.minutes(5);
    stage.git.head = head;
    await stage.minutes(10);
    expect(await pages()).toEqual([]);
  });

  it('for a moment, twice, calls nobody: the second time is not counted from the first', async () => {
    for (let time = 0; time < 2; time += 1) {
      refuse(new UpstreamError('read branch', 502));
      await stage.minutes(8);
      stage.git.head = head;
      await stage.minutes(2);
    }
    expect(await pages()).toEqual([]);
  });

  it('because a limit is used up calls people when it takes long', async () => {
    refuse(new RateLimitedError('read branch', 3_600_000));
    await stage.minutes(9);
    expect(await pages()).toEqual([]);
    await stage.minutes(3);
    expect(await pages()).toEqual(['paged']);
  });

  it('because our own storage is in trouble calls nobody about the host', async () => {
    refuse(new StorageUnavailableError('read row'));
    await stage.minutes(20);
    expect(await pages()).toEqual([]);
  });

  it('is no trouble for the tick where it cannot be written down, and is written down by the next', async () => {
    const transact = stage.rows.transact.bind(stage.rows);
    refuse(new UpstreamError('read branch', 403));
    stage.rows.transact = () => Promise.reject(new StorageUnavailableError('write rows'));
    await stage.minutes(1);
    stage.rows.transact = transact;
    expect(await pages()).toEqual([]);
    await stage.minutes(1);
    expect(await pages()).toEqual(['paged']);
  });

  it('because the host is down for long calls people once, and again the next time', async () => {
    for (const expected of [['paged'], ['paged', 'page-over', 'paged']]) {
      refuse(new UpstreamError('read branch', 502));
      await stage.minutes(20);
      expect(await pages()).toEqual(expected);
      stage.git.head = head;
      await stage.minutes(1);
    }
  });
});
