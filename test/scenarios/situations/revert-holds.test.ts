import { beforeEach, describe, expect, it } from 'vitest';

import type { Intent } from '../../../shared/intents/intent.ts';
import { BranchStage, textOf } from './branch-stage.ts';

const TARGET = 'github.com/contoso/gitops#main';

describe('what somebody has taken out again', () => {
  let stage: BranchStage;
  let first: object;

  beforeEach(async () => {
    stage = new BranchStage(['web', 'api']);
    first = stage.push('web', '1.5.0');
    await stage.handle(first);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.5.0'));
  });

  async function holds(): Promise<readonly Intent[]> {
    const rows = await stage.rows.list(TARGET, 'intent|');
    return rows.map(({ value }) => value as unknown as Intent).filter(({ kind }) => kind === 'hold');
  }

  async function edit(tag: string, message: string): Promise<void> {
    await stage.commit('dev/web.yaml', textOf('web', tag), message);
  }

  it.each([
    ['by a revert of the whole commit', '1.4.0', 'Revert "chore(images): shop/web 1.4.0 -> 1.5.0 (dev)"'],
    ['by hand, to an older tag than the one before', '1.3.9', 'web: back to what worked'],
  ])('%s is not written again by a push of the same digest', async (_, tag, message) => {
    await edit(tag, message);
    await stage.handle(stage.pushAgain('web', '1.5.0', first));
    await stage.minutes(10);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', tag));
    expect(await holds()).toMatchObject([
      { subject: 'contoso.azurecr.io/shop/web@dev', cause: 'revert', state: 'open' },
    ]);
    expect((await stage.kinds()).filter((kind) => kind === 'acted')).toHaveLength(1);
  });

  it('is not written again by a push of an older tag, from which the policy chooses it once more', async () => {
    await edit('1.4.0', 'Revert');
    await stage.handle(stage.push('web', '1.4.1'));
    await stage.minutes(5);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.4.0'));
  });

  it('goes on with another digest, and what was taken out stays out after it', async () => {
    await edit('1.4.0', 'Revert');
    await stage.handle(stage.pushAgain('web', '1.5.0', first));
    await stage.handle(stage.push('web', '1.6.0'));
    await stage.minutes(2);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.6.0'));
    expect((await holds())[0]?.value['refuses']).toHaveLength(1);
  });

  it('does not keep a newer push that waits already', async () => {
    const newer = stage.push('web', '1.6.0');
    await edit('1.4.0', 'Revert');
    await stage.handle(newer);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.6.0'));
    expect(await holds()).toEqual([]);
  });

  it('twice, version by version, is held twice', async () => {
    await edit('1.4.0', 'Revert');
    await stage.handle(stage.pushAgain('web', '1.5.0', first));
    const second = stage.push('web', '1.6.0');
    await stage.handle(second);
    await edit('1.4.0', 'Revert again');
    await stage.handle(stage.pushAgain('web', '1.6.0', second));
    await stage.minutes(5);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.4.0'));
    expect((await holds())[0]?.value['refuses']).toHaveLength(2);
  });

  it('is held also where many others have written since', async () => {
    await edit('1.4.0', 'Revert');
    for (let index = 0; index < 120; index += 1) {
      await stage.commit('other.txt', `${index}\n`, `other work ${index}`);
    }
    await stage.handle(stage.pushAgain('web', '1.5.0', first));
    await stage.minutes(2);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.4.0'));
    expect(await holds()).toHaveLength(1);
  });

  it('by a push that rewrites the branch calls people, and nothing is written', async () => {
    const [, before] = await stage.git.history((await stage.git.head('main')).commit);
    stage.git.setBranch('main', before?.commit ?? '');
    await stage.commit('other.txt', 'x\n', 'somebody else');
    await stage.handle(stage.pushAgain('web', '1.5.0', first));
    await stage.minutes(5);
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.4.0'));
    expect((await stage.kinds()).filter((kind) => kind === 'paged')).toHaveLength(1);
    await stage.handle(stage.push('web', '1.6.0'));
    expect(await stage.text('dev/web.yaml')).toBe(textOf('web', '1.6.0'));
  });

  it('does not hold anything else', async () => {
    await edit('1.4.0', 'Revert');
    await stage.handle(stage.push('api', '1.5.0'));
    await stage.handle(stage.pushAgain('web', '1.5.0', first));
    expect(await stage.text('dev/api.yaml')).toBe(textOf('api', '1.5.0'));
  });
});
