import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { EdgePolicy } from '../../../../../shared/domain/traffic/policy.ts';
import type { FleetEdge } from '../../../../../shared/fleet/model.ts';
import { mayBegin } from '../../../../../shared/targets/edge/agreement/begin.ts';
import type { ObservedEdge } from '../../../../../shared/targets/edge/index.ts';
import { edgeOf, originOf, outOf, situation } from '../observed.ts';

const DRILL = outOf('weu', { value: { enabled: false, urgency: 'drill' } });
const FIRING = { automation: 'on', firing: ['change freeze'] } as const;

interface Calm extends Partial<Pick<EdgePolicy, 'blockedDates' | 'windows'>> {
  readonly frozen?: NonNullable<FleetEdge['freezes']>;
}

function calm({ frozen = [], ...policy }: Calm): ObservedEdge {
  const base = edgeOf([originOf('weu'), originOf('neu')]);
  return { ...base, edge: { ...base.edge, policy: { ...base.edge.policy, ...policy }, freezes: frozen } };
}

function opens(...open: readonly string[]): Pick<EdgePolicy, 'windows'> {
  return { windows: { open, timeZone: 'UTC' } };
}

function overriding(...overrides: readonly string[]): typeof DRILL {
  return { ...DRILL, value: { ...DRILL.value, overrides } };
}

/** Why a drill may not begin at a time. */
function reasonAt(now: Date, edge: ObservedEdge, drill = DRILL): string | undefined {
  return mayBegin(drill, edge, { ...situation(), now })?.reason;
}

const MONDAY = new Date('2026-01-05T08:00:00Z');

describe('the opening that a planned move is told', () => {
  it.each<[string, Calm, string]>([
    ['is that of its next window', opens('Tue 09:00-16:00'), '2026-01-06T09:00:00.000Z'],
    [
      'passes over blocked days',
      { ...opens('Tue,Thu 09:00-16:00'), blockedDates: ['2026-01-06', '01-08'] },
      '2026-01-13T09:00:00.000Z',
    ],
    [
      'is after midnight where a window goes on from a blocked day',
      { ...opens('Tue 22:00-02:00'), blockedDates: ['01-06'] },
      '2026-01-07T00:00:00.000Z',
    ],
    [
      'passes over freezes',
      { ...opens('Tue 09:00-16:00'), frozen: [{ from: '2026-01-06', to: '2026-02-02', except: ['drain'] }] },
      '2026-02-03T09:00:00.000Z',
    ],
    [
      'is unknown in a freeze without an end',
      { ...opens('Tue 09:00-16:00'), frozen: [{ from: '2026-01-06', to: '9999-12-31', except: [] }] },
      'nobody knows when',
    ],
  ])('%s', (_, given, expected) => {
    expect(reasonAt(MONDAY, calm(given))).toBe(`outside-window until ${expected}`);
  });

  it('is the first moment that is allowed', () => {
    const days = fc.constantFrom('Mon', 'Tue-Thu', 'Fri,Sun', 'Sat');
    const hour = fc.nat(23).map((one) => `${String(one).padStart(2, '0')}:30`);
    const window = fc.tuple(days, hour, hour).map(([on, from, to]) => `${on} ${from}-${to}`);
    const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe');
    const later = fc.date({ min: MONDAY, max: new Date('2026-12-31'), noInvalidDate: true });
    const off = fc.array(fc.nat(9), { maxLength: 6 });
    fc.assert(
      fc.property(
        fc.array(window, { minLength: 1, maxLength: 3 }),
        zone,
        later,
        off,
        fc.nat(99),
        (open, timeZone, now, inDays, part) => {
          const blockedDates = inDays.map((one) =>
            new Date(now.getTime() + one * 86_400_000).toISOString().slice(0, 10),
          );
          const edge = calm({ windows: { open, timeZone }, blockedDates });
          const reason = reasonAt(now, edge) ?? '';
          fc.pre(reason.startsWith('outside-window until '));
          const at = Date.parse(reason.slice('outside-window until '.length));
          expect(reasonAt(new Date(at), edge)).toBeUndefined();
          const before = new Date(now.getTime() + ((at - 1 - now.getTime()) * part) / 99);
          expect(reasonAt(before, edge)).toBeDefined();
        },
      ),
    );
  });
});

describe('what a planned move waits for', () => {
  const edge = { ...calm({ ...opens('Tue 09:00-16:00'), blockedDates: ['01-05'] }), switches: FIRING };

  it.each<[readonly string[], string | undefined]>([
    [[], 'blocking-alarm'],
    [['blocking-alarm'], 'blocked-date'],
    [['blocking-alarm', 'blocked-date'], 'outside-window until 2026-01-06T09:00:00.000Z'],
    [['blocked-date', 'outside-window'], 'blocking-alarm'],
    [['blocking-alarm', 'blocked-date', 'outside-window'], undefined],
  ])('is overridden one by one: %j', (rules, expected) => {
    expect(reasonAt(MONDAY, edge, overriding(...rules))).toBe(expected);
  });

  it('is nothing inside of a window whose frozen day is overridden', () => {
    const frozen = [{ from: '2026-01-06', to: '2026-01-06', except: [] }];
    const inside = new Date('2026-01-06T10:00:00Z');
    expect(reasonAt(inside, calm({ ...opens('Tue 09:00-16:00'), frozen }), overriding('freeze'))).toBeUndefined();
  });
});
