import { beforeEach, describe, expect, it } from 'vitest';

import { page } from '../../notify/pages.ts';
import { ALICE, BOB, Office, RITA } from './people.ts';

interface Listed {
  readonly pages: readonly { readonly id: string; readonly key: string; readonly state: string }[];
  readonly next?: string;
}

describe('pages', () => {
  let office: Office;

  beforeEach(async () => {
    office = new Office();
    for (const [index, key] of ['edges#1', 'github.com/contoso/shop#main#2', 'edges#3'].entries()) {
      await office.clock.advance(60_000 * index);
      await office.paging.raise(page({ key, title: `trouble ${key}` }));
    }
  });

  const list = async (query = ''): Promise<Listed> => await office.call<Listed>(`GET /pages${query}`, RITA);

  it('are listed newest first, cut into parts, without those that are resolved unless they are asked for', async () => {
    await office.paging.resolve('edges#3');
    expect((await list()).pages.map(({ key }) => key)).toEqual(['github.com/contoso/shop#main#2', 'edges#1']);
    expect((await list('?state=resolved')).pages).toMatchObject([
      { key: 'edges#3', resolvedAt: expect.any(String) as string },
    ]);
    const first = await list('?state=all&limit=2');
    expect(first.pages.map(({ key }) => key)).toEqual(['edges#3', 'github.com/contoso/shop#main#2']);
    const rest = await list(`?state=all&limit=2&after=${first.next ?? ''}`);
    expect([rest.pages.map(({ key }) => key), rest.next]).toEqual([['edges#1'], undefined]);
  });

  it('are acknowledged by an operator or approver, once, under an id that a path survives', async () => {
    const [{ id } = { id: '' }] = (await list()).pages.slice(1);
    expect(id).toMatch(/^[0-9a-f]{12}$/);
    const acknowledge = `POST /pages/${id}/acknowledge`;
    expect(await office.call(acknowledge, RITA, {})).toMatchObject({ status: 403 });
    const seen = { key: 'github.com/contoso/shop#main#2', state: 'acknowledged', acknowledged: { by: 'alice' } };
    expect(await office.call(acknowledge, ALICE, {})).toMatchObject(seen);
    expect(await office.call(acknowledge, BOB, {})).toMatchObject(seen);
    expect((await list('?state=acknowledged')).pages).toHaveLength(1);
  });

  it('that are resolved stay so, and what nobody has raised is not found', async () => {
    await office.paging.resolve('edges#1');
    const [{ id } = { id: '' }] = (await list('?state=resolved')).pages;
    expect(await office.call(`POST /pages/${id}/acknowledge`, ALICE, {})).toMatchObject({ state: 'resolved' });
    expect(await office.call('POST /pages/nothing/acknowledge', ALICE, {})).toMatchObject({ status: 404 });
  });
});
