import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { dateIn, isWindowOpen, nextOpening } from '../../../../shared/domain/schedule/window.ts';

describe('a window', () => {
  it.each([
    ['its first minute', 'Mon-Fri 09:00-17:00', 'UTC', '2026-11-23T09:00:00Z', true],
    ['the minute before', 'Mon-Fri 09:00-17:00', 'UTC', '2026-11-23T08:59:59Z', false],
    ['its end', 'Mon-Fri 09:00-17:00', 'UTC', '2026-11-23T17:00:00Z', false],
    ['another day', 'Mon-Fri 09:00-17:00', 'UTC', '2026-11-22T10:00:00Z', false],
    ['a list of days', 'Sat,Sun 09:00-24:00', 'UTC', '2026-11-22T23:59:00Z', true],
    ['days over the week-end', 'Sat-Mon 09:00-10:00', 'UTC', '2026-11-23T09:30:00Z', true],
    ['a zone east of Greenwich', 'Mon 09:00-10:00', 'Asia/Kolkata', '2026-11-23T04:00:00Z', true],
    ['a zone whose day is another', 'Mon 09:00-10:00', 'Pacific/Auckland', '2026-11-22T20:30:00Z', true],
    ['past midnight', 'Fri 22:00-04:00', 'UTC', '2026-11-21T03:59:00Z', true],
    ['past midnight, its evening', 'Fri 22:00-04:00', 'UTC', '2026-11-20T22:00:00Z', true],
    ['past midnight, the morning before', 'Fri 22:00-04:00', 'UTC', '2026-11-20T03:00:00Z', false],
    ['summer time', 'Mon-Fri 09:00-10:00', 'Europe/Berlin', '2026-07-06T07:30:00Z', true],
    ['winter time', 'Mon-Fri 09:00-10:00', 'Europe/Berlin', '2026-11-23T07:30:00Z', false],
    // 2026-03-29 02:00 -> 03:00 and 2026-10-25 03:00 -> 02:00 in Berlin.
    ['the hour that is skipped', 'Sun 02:00-03:00', 'Europe/Berlin', '2026-03-29T01:30:00Z', false],
    ['the hour that comes twice', 'Sun 02:00-03:00', 'Europe/Berlin', '2026-10-25T00:30:00Z', true],
    ['the same hour again', 'Sun 02:00-03:00', 'Europe/Berlin', '2026-10-25T01:30:00Z', true],
  ])('%s', (_, window, zone, now, isOpen) => {
    expect(isWindowOpen([window], zone, new Date(now))).toBe(isOpen);
  });

  it('is open where any is', () => {
    const now = new Date('2026-11-23T09:00:00Z');
    expect(isWindowOpen(['Sun 09:00-10:00', 'Mon 09:00-10:00'], 'UTC', now)).toBe(true);
  });
});

it.each([
  ['UTC', '2026-12-17T23:30:00Z', '2026-12-17'],
  ['Europe/Berlin', '2026-12-17T23:30:00Z', '2026-12-18'],
  ['America/New_York', '2026-12-18T04:30:00Z', '2026-12-17'],
])('the day in %s at %s', (zone, now, expected) => {
  expect(dateIn(zone, new Date(now))).toBe(expected);
});

describe('the next opening', () => {
  it.each([
    ['of one that is open', 'Mon 09:00-17:00', 'UTC', '2026-11-23T09:00:30Z', '2026-11-23T09:00:30.000Z'],
    ['later the same day', 'Mon 09:07-09:08', 'UTC', '2026-11-23T08:59:59Z', '2026-11-23T09:07:00.000Z'],
    ['a week later', 'Mon 09:00-10:00', 'Asia/Kolkata', '2026-11-23T04:30:00Z', '2026-11-30T03:30:00.000Z'],
    [
      'in the other time of the year',
      'Mon 09:00-10:00',
      'Europe/Berlin',
      '2026-10-24T12:00:00Z',
      '2026-10-26T08:00:00.000Z',
    ],
    [
      'of an hour that is skipped',
      'Sun 02:10-02:50',
      'Europe/Berlin',
      '2026-03-27T12:00:00Z',
      '2026-04-05T00:10:00.000Z',
    ],
  ])('%s', (_, window, zone, now, expected) => {
    expect(nextOpening([window], zone, new Date(now))?.toISOString()).toBe(expected);
  });

  it('of no windows at all is never', () => {
    expect(nextOpening([], 'UTC', new Date('2026-11-23T09:00:00Z'))).toBeUndefined();
  });

  it('is open, and nothing before it is', () => {
    const clock = fc
      .tuple(fc.nat(23), fc.nat(59))
      .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
    const day = fc.constantFrom('Mon', 'Tue-Thu', 'Fri,Sun', 'Sat-Mon');
    const window = fc.tuple(day, clock, clock).map(([days, from, to]) => `${days} ${from}-${to}`);
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Kathmandu');
    const time = fc.date({ min: new Date('2026-01-01'), max: new Date('2027-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(
        fc.array(window, { minLength: 1, maxLength: 3 }),
        zone,
        time,
        fc.nat(99),
        (windows, at, now, part) => {
          const opens = nextOpening(windows, at, now)!;
          expect(isWindowOpen(windows, at, opens)).toBe(true);
          const before = new Date(now.getTime() + ((opens.getTime() - now.getTime()) * part) / 100);
          expect(isWindowOpen(windows, at, before)).toBe(before.getTime() === opens.getTime());
        },
      ),
    );
  });
});
