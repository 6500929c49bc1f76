import { describe, expect, it } from 'vitest';

import { checkFreshness } from '../../../shared/signals/freshness.ts';
import { parseInstant } from '../../../shared/signals/instant.ts';
import { sample } from './events.ts';

const EVENT = sample('eventgrid-aks-nodepoolrollingstarted.json');
const ALERT = sample('alert-common-metric-fired.json');
const MINUTE = 60_000;

describe('checkFreshness', () => {
  it.each([
    ['an event of 24 h and 15 min', EVENT, 24 * 60 + 15, true],
    ['an older event', EVENT, 24 * 60 + 16, false],
    ['an event 5 min ahead', EVENT, -5, true],
    ['an event 6 min ahead', EVENT, -6, false],
    ['an alert of an hour', ALERT, 60, true],
    ['an older alert', ALERT, 61, false],
  ])('%s', (_, signal, minutes, isFresh) => {
    const now = new Date(signal.time.getTime() + minutes * MINUTE);
    expect(checkFreshness(signal, now)).toMatchObject({ isFresh });
  });

  it('tells a replay from a clock that is ahead', () => {
    const now = new Date('2026-09-14T02:30:00Z');
    expect(checkFreshness(sample('hostile-eventgrid-stale-replay.json'), now)).toMatchObject({ code: 'stale' });
    expect(checkFreshness(sample('hostile-eventgrid-future-time.json'), now)).toMatchObject({ code: 'future' });
  });
});

describe('parseInstant', () => {
  it.each([
    ['2026-09-14T02:10:11.4567890Z', '2026-09-14T02:10:11.456Z'],
    ['2026-09-14T03:00:00.276585742Z', '2026-09-14T03:00:00.276Z'],
    ['2026-09-14T22:17:12.1032748', '2026-09-14T22:17:12.103Z'],
    ['2025-09-23T02:50:21.2604165+00:00', '2025-09-23T02:50:21.260Z'],
    ['2025-09-23T02:50:21-05:30', '2025-09-23T08:20:21.000Z'],
    ['2025-09-23T02:50:21+02:00', '2025-09-23T00:50:21.000Z'],
    ['0001-01-01T00:00:00.0000000Z', '0001-01-01T00:00:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ])('reads %s', (text, iso) => {
    expect(parseInstant(text)?.toISOString()).toBe(iso);
  });

  it.each([
    '',
    'not a date',
    '2026-09-14',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-09-14T24:00:00Z',
    '2026-09-14T00:00:60Z',
    '2026-09-14T00:00:00+24:00',
    '2026-09-14T00:00:00+00:60',
    '9/14/2026 2:10:11 AM',
    '+002026-09-14T00:00:00Z',
    ' 2026-09-14T00:00:00Z',
  ])('refuses %j', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });
});
