import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseNcrontab } from '../../../../local/host/ncrontab.ts';

const BASE = new Date('2026-01-05T08:00:00Z');

describe('parseNcrontab', () => {
  it.each([
    ['*/30 * * * * *', '2026-01-05T08:00:30.000Z'],
    ['0 */5 * * * *', '2026-01-05T08:05:00.000Z'],
    ['*/5 * * * *', '2026-01-05T08:05:00.000Z'],
    ['0 0 8 * * *', '2026-01-06T08:00:00.000Z'],
    ['0 30 9 * * Mon-Fri', '2026-01-05T09:30:00.000Z'],
    ['0 0 0 1 * *', '2026-02-01T00:00:00.000Z'],
    ['0 0 0 13 * Fri', '2026-02-13T00:00:00.000Z'],
    ['0 0 0 29 Feb *', '2028-02-29T00:00:00.000Z'],
    ['0 0 22-2 * * *', '2026-01-05T09:00:00.000Z'],
    ['0 5/20 * * * *', '2026-01-05T08:05:00.000Z'],
    ['0 0 0 * * 0', '2026-01-11T00:00:00.000Z'],
  ])('%s comes next at %s', (expression, expected) => {
    expect(parseNcrontab(expression).next(BASE).toISOString()).toBe(expected);
  });

  it.each([
    '',
    '* * *',
    '60 * * * * *',
    '0 0 24 * * *',
    '0 0 0 * * 7',
    '0 0 0 ? * *',
    '@daily',
    '0 0 0 L * *',
    'a b c d e',
  ])('refuses %j', (expression) => {
    expect(() => parseNcrontab(expression)).toThrow();
  });

  it('comes strictly after its base, and again after itself', () => {
    const schedule = parseNcrontab('0 */7 * * * *');
    fc.assert(
      fc.property(fc.date({ min: BASE, max: new Date('2030-01-01T00:00:00Z'), noInvalidDate: true }), (base) => {
        const next = schedule.next(base);
        expect(next > base).toBe(true);
        expect(schedule.next(next) > next).toBe(true);
        expect([next.getUTCSeconds(), next.getUTCMinutes() % 7]).toEqual([0, 0]);
      }),
    );
  });
});
