import { describe, expect, it } from 'vitest';

import { dateIn, isWindowOpen } from '../../../../shared/domain/schedule/window.ts';

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
