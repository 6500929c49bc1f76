import { setImmediate } from 'node:timers/promises';

import { beforeEach, describe, expect, it } from 'vitest';

import { DEFAULT_GUARDS } from '../../../shared/domain/image/guards.ts';
import { UpstreamError } from '../../../shared/errors.ts';
import { sealEnvelope } from '../../../shared/pipeline/envelope.ts';
import { BranchStage, textOf } from './branch-stage.ts';

const TARGET = 'github.com/contoso/gitops#main';

describe('a push that a guard keeps back', () => {
  let stage: BranchStage;
  let written: object;

  beforeEach(async () => {
    stage = new BranchStage(['web', 'api']);
    written = stage.push('web', '1.5.0');
    await stage.handle(written);
  });

  async function pages(): Promise<number> {
    return (await stage.kinds()).filter((kind) => kind === 'paged').length;
  }

  async function calls(): Promise<readonly unknown[]> {
    const rows = await stage.rows.list(TARGET, 'audit|');
    return rows
      .map(({ value }) => value as { readonly kind: string; readonly facts: unknown })
      .filter(({ kind }) => kind === 'paged')
      .map(({ facts }) => facts);
  }

  async function holds(): Promise<readonly unknown[]> {
    const rows = await stage.rows.list(TARGET, 'intent|');
    return rows
      .map(({ value }) => value as { readonly kind: string; readonly cause: string; readonly state: string })
      .filter(({ kind, state }) => kind === 'hold' && state !== 'closed')
      .map(({ cause }) => cause);
  }

  it('a tag that has moved calls people once, and waits for their word', async () => {
    const moved = stage.push('web', '1.5.0');
    await stage.handle(moved);
    await stage.handle(moved);
    await stage.minutes(3);
    expect(await holds()).toEqual(['guard-moved-tag']);
    expect(await pages()).toBe(1);
  });

  it('calls nobody again when another tag of the image is pushed, and says what has moved, to what, and what lets it in', async () => {
    await stage.handle(stage.push('web', '1.5.0'));
    await stage.handle(stage.push('web', '1.4.9'));
    await stage.handle(stage.push('web', '1.4.8'));
    expect(await calls()).toEqual([
      {
        subject: 'contoso.azurecr.io/shop/web@dev',
        reason: 'guard-moved-tag',
        advice: expect.stringMatching(
          /^1\.5\.0 was sha256:\w{64} and is sha256:\w{64} now\. .*images release contoso\.azurecr\.io\/shop\/web dev$/,
        ) as string,
      },
    ]);
  });

  it('calls people again for another digest, and not while the tag goes to and fro', async () => {
    const first = stage.push('web', '1.5.0');
    await stage.handle(first);
    const second = stage.push('web', '1.5.0');
    await stage.handle(second);
    expect(await pages()).toBe(2);
    await stage.handle(stage.pushAgain('web', '1.5.0', written));
    await stage.handle(stage.pushAgain('web', '1.5.0', second));
    expect(await pages()).toBe(2);
  });

  it('is told once where it is written all the same', async () => {
    stage = new BranchStage(['web'], { ...DEFAULT_GUARDS, movedTag: 'alarm' });
    await stage.handle(stage.push('web', '1.5.0'));
    await stage.handle(stage.push('web', '1.5.0'));
    await stage.handle(stage.push('web', '1.4.9'));
    expect(await calls()).toMatchObject([{ advice: expect.stringContaining('It goes on all the same.') as string }]);
  });

  it('an image that was built from our own commit', async () => {
    const { commit } = await stage.git.head('main');
    await stage.handle(stage.push('web', '1.6.0', { 'org.opencontainers.image.revision': commit }));
    await stage.minutes(2);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.5.0'));
    expect(await holds()).toEqual(['guard-loop']);
    expect(await pages()).toBe(1);
    const asked = { command: 'release', image: 'contoso.azurecr.io/shop/web', stage: 'dev', reason: '' } as const;
    const given = { id: 'c1', by: 'alice', at: '', asked };
    await stage.handle(JSON.parse(sealEnvelope({ kind: 'image-command', given })) as object);
    await stage.minutes(2);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.6.0'));
  });

  it('is not let through by a Git host that refuses to be read, which leaves no read that nobody waits for', async () => {
    const [unheard, head] = [[] as unknown[], stage.git.head.bind(stage.git)];
    const hear = (error: unknown): void => void unheard.push(error);
    process.on('unhandledRejection', hear);
    stage.git.head = async () => {
      await setImmediate();
      throw new UpstreamError('read branch', 403);
    };
    const next = stage.push('web', '1.6.0');
    await expect(stage.deliver(next)).rejects.toThrow(UpstreamError);
    await setImmediate();
    process.off('unhandledRejection', hear);
    expect(unheard).toEqual([]);
    stage.git.head = head;
    await stage.handle(next);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.6.0'));
  });

  it('does not keep the next one back, nor another image', async () => {
    const { commit } = await stage.git.head('main');
    await stage.handle(stage.push('web', '1.6.0', { 'org.opencontainers.image.revision': commit }));
    await stage.handle(stage.push('api', '1.6.0'));
    await stage.handle(stage.push('web', '1.6.1'));
    await stage.minutes(2);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.6.1'));
    expect(await stage.text('dev/api.yaml')).toBe(textOf('api', '1.6.0'));
  });
});
