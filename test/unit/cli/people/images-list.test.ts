import { describe, expect, it } from 'vitest';
import type * as z from 'zod';

import type { ImageProgress as Schema } from '../../../../shared/api/people/progress-schemas.ts';
import { Desk, URL_OF_APP } from './desk.ts';

type ImageProgress = z.infer<typeof Schema>;

const DIGEST = `sha256:${'4d0b21545fa8'.padEnd(64, '0')}`;
const shown: ImageProgress = {
  ...{ image: 'contoso.azurecr.io/shop/web', stage: 'dev', gitops: 'shop', tag: '1.5.0', digest: DIGEST },
  ...{ verdict: 'pass', reason: 'all-passed', soakLeftMs: 0, waiting: [], held: [], good: [] },
};

describe('reflex images', () => {
  /** What the list says of one image in one stage, by the names of its columns. */
  async function list(more: Partial<ImageProgress>): Promise<Readonly<Record<string, string>>> {
    const answer = (): Promise<Response> => Promise.resolve(Response.json({ progress: [{ ...shown, ...more }] }));
    const { out } = await new Desk().reflexWith({ REFLEX_TOKEN: 'token' }, ['images', '--url', URL_OF_APP], answer);
    const [head = '', row = ''] = out.split('\n');
    const names = [...head.matchAll(/\S+(?: \S+)*/g)];
    return Object.fromEntries(
      names.map(({ 0: name, index }, at) => [name, row.slice(index, names[at + 1]?.index).trim()]),
    );
  }

  it('says what a verdict waits for, and nothing more of one that has passed', async () => {
    const reason = '0:workflow: run 7: queued';
    expect(await list({ verdict: 'pending', reason })).toMatchObject({ VERDICT: 'pending', 'WHY NOT PASSED': reason });
    expect(await list({})).toMatchObject({ TAG: '1.5.0', VERDICT: 'pass', 'SOAK LEFT': 'over', 'WHY NOT PASSED': '' });
  });

  it('says why no version is known in the place of the tag', async () => {
    const { tag, digest, ...rest } = shown;
    expect([tag, digest]).toEqual(['1.5.0', DIGEST]);
    expect(await list({ ...rest, tag: undefined, unsettled: 'mixed', verdict: 'pending', reason: 'x' })).toMatchObject({
      TAG: 'mixed',
      'WHY NOT PASSED': '',
    });
  });

  it('names what is held by its tag, or by the beginning of its digest where the tag is not known', async () => {
    const held = { digest: DIGEST, cause: 'guard-moved-tag', at: '2026-11-21T23:24:45.556Z', reason: 'moved' };
    expect(await list({ held: [{ ...held, tag: '1.6.0' }] })).toMatchObject({ HELD: '1.6.0 (guard-moved-tag)' });
    expect(await list({ held: [{ ...held, tag: '' }] })).toMatchObject({
      HELD: 'sha256:4d0b21545fa8 (guard-moved-tag)',
    });
  });

  it.each([
    [[], 'the fleet has no images'],
    [['api'], 'no image of the fleet has api in its name'],
  ])('says so where there is nothing to show (%j)', async (asked, text) => {
    const progress = asked.length === 0 ? [] : [shown];
    const answer = (): Promise<Response> => Promise.resolve(Response.json({ progress }));
    const { out } = await new Desk().reflexWith(
      { REFLEX_TOKEN: 'token' },
      ['images', ...asked, '--url', URL_OF_APP],
      answer,
    );
    expect(out).toBe(text);
  });
});
