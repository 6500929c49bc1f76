import { beforeEach, describe, expect, it } from 'vitest';

import { HOUR, PromotionStage, STAGES, textOf } from './promotion-stage.ts';

const [DEV, PROD] = STAGES;

describe('an image goes from stage to stage', () => {
  let stage: PromotionStage;

  beforeEach(async () => {
    stage = new PromotionStage();
    await stage.push('1.1.0');
    await stage.minutes(1);
  });

  it('when it has passed and soaked in the one before, and not a minute earlier', async () => {
    await stage.minutes(3 * HOUR);
    expect([await stage.tag('dev'), await stage.tag('prod')]).toEqual(['1.1.0', '1.0.0']);
    await stage.says('shop-dev', 'success');
    await stage.minutes(2 * HOUR);
    expect(await stage.tag('prod')).toBe('1.0.0');
    await stage.minutes(2);
    expect(await stage.tag('prod')).toBe('1.1.0');
    expect(await stage.text('prod')).toBe(textOf('1.1.0'));
  });

  it('once, whatever happens to it there later', async () => {
    await stage.says('shop-dev', 'success');
    await stage.minutes(2 * HOUR + 3);
    await stage.says('shop-prod', 'success');
    await stage.minutes(2);
    await stage.commit('prod/web.yaml', textOf('1.0.0'));
    await stage.minutes(5 * HOUR);
    expect(await stage.tag('prod')).toBe('1.0.0');
  });

  it('by a later commit that still holds it, and by no status of another cluster', async () => {
    await stage.says('shop-prod', 'success');
    await stage.minutes(3 * HOUR);
    await stage.commit('dev/other.yaml', 'a: 1\n');
    await stage.minutes(1);
    await stage.says('shop-dev', 'success');
    await stage.minutes(2 * HOUR + 3);
    expect(await stage.tag('prod')).toBe('1.1.0');
  });

  it('never without an answer: people are called, and a late one counts', async () => {
    await stage.minutes(HOUR);
    expect((await stage.row('dev')).verdict.outcome).toBe('inconclusive');
    expect(await stage.calls()).toEqual([expect.stringMatching(/^verification-inconclusive: 0:commitStatus/)]);
    await stage.says('shop-dev', 'success');
    await stage.minutes(2 * HOUR + 3);
    expect(await stage.tag('prod')).toBe('1.1.0');
  });

  it('never by a tag that means something else by now', async () => {
    await stage.says('shop-dev', 'success');
    await stage.minutes(HOUR);
    stage.store('1.1.0', 'another build');
    await stage.minutes(3 * HOUR);
    expect(await stage.tag('prod')).toBe('1.0.0');
  });

  it('across restarts', async () => {
    await stage.says('shop-dev', 'success');
    for (let minute = 0; minute < 2 * HOUR; minute += 10) {
      stage.restart();
      await stage.minutes(10);
      expect(await stage.tag('prod')).toBe('1.0.0');
    }
    stage.restart();
    await stage.minutes(3);
    expect(await stage.tag('prod')).toBe('1.1.0');
  });

  it('and a newer one starts the soak anew', async () => {
    await stage.says('shop-dev', 'success');
    await stage.minutes(HOUR);
    await stage.push('1.2.0');
    await stage.minutes(1);
    await stage.says('shop-dev', 'success');
    await stage.minutes(HOUR + 30);
    expect([await stage.tag('dev'), await stage.tag('prod')]).toEqual(['1.2.0', '1.0.0']);
    expect((await stage.row('dev')).starved).toMatchObject({ count: 1 });
    await stage.minutes(HOUR);
    expect(await stage.tag('prod')).toBe('1.2.0');
  });
});

describe('a stage where newer versions wait', () => {
  it('lets what soaks get through, and takes the newest then', async () => {
    const stage = new PromotionStage([{ ...DEV, newer: 'wait' }, PROD]);
    await stage.minutes(1);
    await stage.says('shop-dev', 'success');
    await stage.minutes(3 * HOUR);
    await stage.push('1.1.0');
    await stage.minutes(1);
    await stage.says('shop-dev', 'success');
    await stage.minutes(2);
    await stage.push('1.2.0');
    await stage.push('1.3.0');
    await stage.minutes(HOUR);
    expect(await stage.tag('dev')).toBe('1.1.0');
    await stage.minutes(HOUR + 5);
    expect([await stage.tag('dev'), await stage.tag('prod')]).toEqual(['1.3.0', '1.1.0']);
  });
});

describe('a verification fails', () => {
  let stage: PromotionStage;
  let before: string;

  beforeEach(async () => {
    stage = new PromotionStage();
    await stage.minutes(1);
    await stage.says('shop-dev', 'success');
    await stage.minutes(3 * HOUR);
    before = (await stage.git.head('main')).commit;
    await stage.push('1.1.0');
    await stage.minutes(1);
  });

  it('and the bytes before come back; the version is held until a different one comes', async () => {
    await stage.says('shop-dev', 'failure');
    await stage.minutes(2);
    expect(await stage.text('dev')).toBe(textOf('1.0.0'));
    expect(await stage.headlines(before)).toHaveLength(2);
    expect(await stage.calls()).toEqual([expect.stringMatching(/^verification-failed: back to 1\.0\.0/)]);
    await stage.push('1.1.0');
    await stage.minutes(HOUR);
    expect(await stage.tag('dev')).toBe('1.0.0');
    expect((await stage.row('dev')).held).toMatchObject([{ tag: '1.1.0', cause: 'verification' }]);
    await stage.push('1.2.0');
    await stage.minutes(1);
    expect(await stage.tag('dev')).toBe('1.2.0');
  });

  it('while it soaks', async () => {
    await stage.says('shop-dev', 'success');
    await stage.minutes(HOUR);
    await stage.says('shop-dev', 'error');
    await stage.minutes(2);
    expect(await stage.tag('dev')).toBe('1.0.0');
    await stage.minutes(3 * HOUR);
    expect(await stage.tag('prod')).toBe('1.0.0');
  });

  it('in a file that somebody has changed since: their change stays', async () => {
    await stage.says('shop-dev', 'failure');
    await stage.commit('dev/web.yaml', `${textOf('1.1.0')}# theirs\n`);
    await stage.minutes(2);
    expect(await stage.text('dev')).toBe(`${textOf('1.0.0')}# theirs\n`);
  });

  it('also of what was gone back to: the next one back is for people', async () => {
    await stage.says('shop-dev', 'failure');
    await stage.minutes(2);
    await stage.says('shop-dev', 'failure');
    await stage.minutes(HOUR);
    expect(await stage.tag('dev')).toBe('1.0.0');
    expect((await stage.calls()).at(-1)).toMatch(/so has what was gone back to/);
    expect(await stage.headlines(before)).toHaveLength(2);
  });

  it('of what somebody else has written: it is left alone', async () => {
    await stage.commit('dev/web.yaml', textOf('1.0.5'));
    stage.store('1.0.5');
    await stage.minutes(1);
    await stage.says('shop-dev', 'failure');
    await stage.minutes(HOUR);
    expect(await stage.tag('dev')).toBe('1.0.5');
    expect((await stage.calls()).at(-1)).toMatch(/written by somebody else/);
  });
});

describe('when a stage takes anything', () => {
  const through = async (stage: PromotionStage): Promise<void> => {
    await stage.push('1.1.0');
    await stage.minutes(1);
    await stage.says('shop-dev', 'success');
    await stage.minutes(2 * HOUR + 5);
  };

  it('is its windows, in its own zone', async () => {
    const stage = new PromotionStage([DEV, { ...PROD, windows: ['Mon-Sun 18:00-19:00'], timeZone: 'Europe/Berlin' }]);
    await through(stage);
    expect(await stage.tag('prod')).toBe('1.0.0');
    const written: string[] = [];
    for (let minute = 0; minute < 24 * HOUR && written.length === 0; minute += 5) {
      await stage.minutes(5);
      if ((await stage.tag('prod')) === '1.1.0') {
        written.push(
          new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', hour: '2-digit' }).format(stage.clock.now()),
        );
      }
    }
    expect(written).toEqual(['18']);
  });

  it('is no day of a freeze, and a rollback goes through it', async () => {
    const freezes = [{ from: '2000-01-01', to: '2999-12-31' }];
    const stage = new PromotionStage([DEV, { ...PROD, freezes }]);
    await through(stage);
    expect(await stage.tag('prod')).toBe('1.0.0');
    expect((await stage.intents()).find(({ cause }) => cause === 'promotion')).toMatchObject({
      state: 'blocked',
      note: 'freeze',
    });
  });

  it('is when people have agreed, where they are asked', async () => {
    const stage = new PromotionStage([DEV, { ...PROD, approvals: { needed: 2, withinMs: 86_400_000 } }]);
    await through(stage);
    expect(await stage.tag('prod')).toBe('1.0.0');
    const plans = (await stage.rows.list('github.com/contoso/gitops#main', 'plan|')).map(({ value }) => value);
    expect(plans).toContainEqual(
      expect.objectContaining({ state: 'waiting', consent: expect.objectContaining({ needed: 2 }) as object }),
    );
  });

  it('is not passed by what was said of our commit when somebody puts it back later', async () => {
    const stage = new PromotionStage();
    await stage.push('1.1.0');
    await stage.minutes(1);
    await stage.says('shop-dev', 'success');
    await stage.minutes(1);
    await stage.commit('dev/web.yaml', textOf('1.0.5-unknown'));
    await stage.minutes(1);
    await stage.commit('dev/web.yaml', textOf('1.1.0'));
    await stage.minutes(3 * HOUR);
    expect(await stage.tag('prod')).toBe('1.0.0');
    await stage.says('shop-dev', 'success');
    await stage.minutes(2 * HOUR + 3);
    expect(await stage.tag('prod')).toBe('1.1.0');
  });
});
