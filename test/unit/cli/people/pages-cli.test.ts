import { beforeEach, describe, expect, it } from 'vitest';

import { page } from '../../notify/pages.ts';
import { ALICE, RITA } from '../../api/people/people.ts';
import { Desk } from './desk.ts';

let desk: Desk;

beforeEach(() => {
  desk = new Desk();
});

describe('reflex pages', () => {
  it('lists what is open, and says that somebody has seen it', async () => {
    expect((await desk.reflex(RITA, 'pages')).out).toBe('no pages');
    await desk.office.paging.raise(page({ key: 'edges#1', title: 'no-data\u001b[31m: weu', whatToDo: 'reflex edges' }));
    const { out } = await desk.reflex(RITA, 'pages', 'list', '--limit', '5');
    expect(out).toMatch(/PAGE +RAISED +STATE[^]*due +critical +- +no-data\[31m: weu/);
    const [id = ''] = /^[0-9a-f]{12}/m.exec(out) ?? [];
    expect((await desk.reflex(RITA, 'pages', 'ack', id)).code).toBe(1);
    expect((await desk.reflex(ALICE, 'pages', 'ack', id)).out).toMatch(
      /is acknowledged, seen by alice at .*\nreflex edges$/,
    );
    expect(JSON.parse((await desk.reflex(ALICE, 'pages', 'ack', id, '--json')).out)).toMatchObject({
      state: 'acknowledged',
    });
    await desk.office.paging.resolve('edges#1');
    expect((await desk.reflex(ALICE, 'pages', 'ack', id)).out).toMatch(/is resolved since .*, seen by alice/);
    expect(JSON.parse((await desk.reflex(RITA, 'pages', '--state', 'resolved', '--json')).out)).toMatchObject({
      pages: [{ id }],
    });
    expect((await desk.reflex(ALICE, 'pages', 'ack', 'nothing')).code).toBe(1);
  });

  it('knows a page by the beginning of its id, if no other begins so', async () => {
    // Their ids, digests of their keys, are c83e63b7c61a and c83ee366921f.
    await desk.office.paging.raise(page({ key: 'edges#224' }));
    await desk.office.paging.resolve('edges#224');
    await desk.office.clock.advance(1_000);
    await desk.office.paging.raise(page({ key: 'edges#257' }));
    expect((await desk.reflex(ALICE, 'pages', 'ack', 'C83EE')).out).toMatch(/^c83ee366921f is acknowledged/);
    expect(await desk.reflex(ALICE, 'pages', 'ack', 'c83e')).toMatchObject({
      code: 1,
      err: 'refused: c83e is how c83ee366921f and c83e63b7c61a begin: give more digits [ambiguous-page]',
    });
    expect((await desk.reflex(ALICE, 'pages', 'ack', 'c83')).err).toBe(
      'refused: no page is known as c83: give at least 4 of its digits [no-such-page]',
    );
    expect((await desk.reflex(ALICE, 'pages', 'ack', 'ffff')).err).toBe(
      'refused: no page is known as ffff: reflex pages --state all lists them [no-such-page]',
    );
  });

  it('knows a page that is not among the hundred newest', async () => {
    await desk.office.paging.raise(page({ key: 'edges#224' }));
    for (let n = 0; n < 100; n += 1) {
      await desk.office.clock.advance(1_000);
      await desk.office.paging.raise(page({ key: `other#${n}` }));
    }
    expect((await desk.reflex(ALICE, 'pages', 'ack', 'c83e6')).code).toBe(0);
  });
});
