import { expect, it } from 'vitest';

import type { ManualStepSettings } from '../../shared/domain/traffic/manual.ts';
import { PeopleStage } from './people-stage.ts';

/** What an edge's owner wants people to do before traffic leaves West Europe, and after. */
const MANUAL: readonly ManualStepSettings[] = [
  {
    ...{ name: 'promote-db', title: 'promote the database', instruction: '1. promote\n2. look' },
    ...{ when: 'before', on: 'drain', approvals: 1, timeoutMs: 1_200_000, onTimeout: 'pause' },
    evidence: { workspace: '00000000-0000-4000-8000-0000000000b1', query: 'print done = true' },
  },
  {
    ...{ name: 'tell', title: 'tell the shops', instruction: 'write to them' },
    ...{ when: 'after', on: 'drain', approvals: 1, timeoutMs: 1_200_000, onTimeout: 'pause' },
  },
];

it('a failover waits for what people do, by the command line alone', async () => {
  const stage = await PeopleStage.create({ manual: MANUAL });
  const { out } = await stage.reflex('alice', 'failover', 'shop', 'weu', '--reason', 'maintenance');
  const [, approve = ''] = /approve {2}reflex (.*)$/m.exec(out) ?? [];
  const plan = /plan +(\S+)/.exec(out)?.[1] ?? '';
  const show = async (): Promise<string> => (await stage.reflex('rita', 'plans', 'show', plan)).out;
  const say = async (by: string, step: string) =>
    await stage.reflex(by, 'plans', 'step-done', plan, `origin-weu:manual:${step}`, '--reason', 'did it');
  expect(await show()).toMatch(
    /1\. origin-weu: promote the database\n +for people[^]*2\. origin-weu: out[^]*3\. .*tell/,
  );
  expect((await stage.reflex('rita', 'plans', 'export', plan)).out).toContain('await_people');
  expect((await say('bob', 'promote-db')).err).toContain('wrong-state');

  expect(await stage.reflex('bob', ...approve.split(' '))).toMatchObject({ code: 0 });
  await stage.work();
  expect(await show()).toContain(
    `0 of 1 say that it is done: reflex plans step-done ${plan} origin-weu:manual:promote-db`,
  );
  expect((await say('alice', 'promote-db')).err).toContain('REFLEX_ROLE_MISSING');
  expect((await say('bob', 'tell')).err).toContain('not-waiting');
  expect(await say('bob', 'promote-db')).toMatchObject({ code: 0 });
  await stage.work();
  expect(await stage.enabled()).toEqual(['origin-neu', 'origin-weu']);

  stage.isShown = true;
  expect(await say('bob', 'promote-db')).toMatchObject({ code: 0 });
  await stage.work();
  expect(await stage.enabled()).toEqual(['origin-neu']);
  const { code, out: watched } = await stage.reflex('rita', 'plans', 'watch', plan, '--timeout', '1');
  expect([code, watched]).toEqual([1, expect.stringContaining('promote the database  done')]);
  await stage.reflex('rita', 'plans', 'watch', plan, '--interval', '1800', '--timeout', '1800');
  await say('bob', 'tell');
  await stage.work();
  expect(await stage.reflex('rita', 'plans', 'watch', plan)).toMatchObject({ code: 0 });
});
