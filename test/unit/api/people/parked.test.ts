import { describe, expect, it } from 'vitest';

import { Office, RITA } from './people.ts';

const DAY_MS = 86_400_000;

interface Parked {
  readonly day: string;
  readonly items: number;
  readonly byCode: Readonly<Record<string, number>>;
  readonly examples: readonly { readonly code: string; readonly reason: string }[];
}

async function office(): Promise<Office> {
  const one = new Office();
  const park = async (text: string, code: string): Promise<void> => {
    await one.parking.park(new TextEncoder().encode(text), { code, reason: `about ${text}`, via: 'alerts' });
  };
  await park('yesterday', 'REFLEX_X');
  await one.clock.advance(DAY_MS);
  await park('one', 'REFLEX_X');
  await one.clock.advance(3_600_000);
  await park('two', 'REFLEX_X');
  await park('three', 'not-REFLEX_X');
  return one;
}

describe('what was parked', () => {
  it('is told of today, counted over its hours', async () => {
    const parked = await (await office()).call<Parked>('GET /parked', RITA);
    expect(parked).toMatchObject({
      day: '2026-01-06',
      items: 3,
      dropped: 0,
      byCode: { REFLEX_X: 2, 'not-REFLEX_X': 1 },
    });
    expect(parked.examples.map(({ reason }) => reason).toSorted()).toEqual(['about one', 'about three', 'about two']);
  });

  it.each([
    ['?day=2026-01-05', 1, ['REFLEX_X']],
    ['?day=2020-01-01', 0, []],
    ['?code=reflex_x', 3, ['REFLEX_X', 'REFLEX_X']],
    ['?code=X', 3, []],
    ['?code=not-REFLEX_X&limit=1', 3, ['not-REFLEX_X']],
  ])('is told as asked for: %s', async (query, items, codes) => {
    const parked = await (await office()).call<Parked>(`GET /parked${query}`, RITA);
    expect([parked.items, parked.examples.map(({ code }) => code)]).toEqual([items, codes]);
  });

  it.each(['?day=../..', '?day=2026-1-5', '?limit=0', '?limit=101', '?code='])('refuses %s', async (query) => {
    expect(await (await office()).call(`GET /parked${query}`, RITA)).toMatchObject({ status: 400 });
  });

  it('comes with what was refused at the door', async () => {
    const one = await office();
    await one.call('GET /parked');
    await one.call('GET /parked', { ...RITA, exp: 0 });
    await one.refused.count('alerts', 'expired');
    expect(await one.call('GET /parked', RITA)).toMatchObject({
      items: 3,
      refused: { alerts: { expired: 1 }, people: { 'no-token': 1, expired: 1 } },
    });
    expect(await one.call('GET /parked?day=2026-01-05', RITA)).toMatchObject({ refused: { alerts: {}, people: {} } });
  });

  it('is for people with a role', async () => {
    expect(await (await office()).call('GET /parked', { oid: 'x', roles: [] })).toMatchObject({ status: 403 });
  });
});
