import { beforeEach, describe, expect, it } from 'vitest';

import { HOUR, PromotionStage, textOf } from './promotion-stage.ts';

describe('what somebody takes out of a stage that promotions write', () => {
  let stage: PromotionStage;

  beforeEach(async () => {
    stage = new PromotionStage();
    await stage.push('1.1.0');
    await stage.minutes(1);
    await stage.says('shop-dev', 'success');
    await stage.minutes(2 * HOUR + 3);
    expect(await stage.tag('prod')).toBe('1.1.0');
  });

  async function edit(tag: string): Promise<void> {
    await stage.commit('prod/web.yaml', textOf(tag));
    await stage.minutes(2);
  }

  async function held(): Promise<readonly string[]> {
    const open = (await stage.intents()).filter(({ kind, state }) => kind === 'hold' && state !== 'closed');
    return [
      ...(await stage.row('prod')).held.map(({ tag, cause }) => `${tag} ${cause}`),
      ...open.map(({ subject, cause }) => `${subject.split('@')[1] ?? ''} ${cause}`),
    ];
  }

  it('is held there, before anybody asks for it again', async () => {
    await edit('1.0.0');
    expect(await held()).toEqual(['1.1.0 revert', 'prod revert']);
    await stage.minutes(5 * HOUR);
    expect(await stage.tag('prod')).toBe('1.0.0');
  });

  it('comes once more when somebody lets go of it', async () => {
    await edit('1.0.0');
    await stage.release('prod');
    await stage.minutes(5);
    expect(await stage.tag('prod')).toBe('1.1.0');
    expect(await held()).toEqual([]);
  });

  it('is no longer held when somebody puts it back', async () => {
    await edit('1.0.0');
    await edit('1.1.0');
    expect(await held()).toEqual([]);
    await edit('1.0.0');
    await stage.minutes(HOUR);
    expect(await stage.tag('prod')).toBe('1.0.0');
  });

  it('is not held for a version that was never there, which is no way back', async () => {
    stage.store('1.0.5');
    await edit('1.0.5');
    expect(await held()).toEqual([]);
  });

  it('keeps no other version out', async () => {
    await edit('1.0.0');
    await stage.push('1.2.0');
    await stage.minutes(2);
    await stage.says('shop-dev', 'success');
    await stage.minutes(2 * HOUR + 3);
    expect(await stage.tag('prod')).toBe('1.2.0');
    expect(await held()).toEqual(['1.1.0 revert', 'prod revert']);
  });
});
