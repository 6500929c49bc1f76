import { describe, expect, it } from 'vitest';

import {
  acknowledged,
  attemptOf,
  called,
  dueDeliveries,
  escalated,
  isOver,
  notTaken,
  raised,
  resolved,
  taken,
  type Attempt,
  type PageRow,
} from '../../../shared/notify/page-row.ts';
import { page } from './pages.ts';

const CHAIN = { names: ['first', 'second'], escalateAfterMs: 600_000 };
const RETRY = { asked: 0, isRefused: false };
const REFUSED = { asked: 0, isRefused: true };
const SECOND = 1_000;
const DAY = 86_400_000;

/** The instant `ms` after the page was raised. */
const at = (ms: number): Date => new Date(Date.parse('2026-01-05T08:00:00Z') + ms);
const seenAt = (ms: number): string => at(ms).toISOString();

const raise = (row?: PageRow, over = {}, ms = 0): PageRow => raised(row, page(over), CHAIN, at(ms));
const open = (over = {}): PageRow => raise(undefined, over);
const owes = ({ deliveries }: PageRow): readonly string[] =>
  deliveries.map(({ pager, owes: what }) => `${pager}:${what}`).sort();

/** The row while its pager is called, and the call; fails the test if none is due. */
function call(row: PageRow, ms = 0, pager = dueDeliveries(row, at(ms))[0]!.pager): [PageRow, Attempt] {
  const during = called(row, pager, at(ms));
  return [during, attemptOf(during, pager)!];
}

function takenBy(row: PageRow, ms = 0, pager?: string): PageRow {
  return taken(...call(row, ms, pager));
}

function notTakenBy(row: PageRow, ms = 0, failure = RETRY, pager?: string): PageRow {
  return notTaken(...call(row, ms, pager), at(ms), failure);
}

describe('raise', () => {
  it('owes the first pager the page', () => {
    expect(open()).toMatchObject({ state: 'due', occurrence: 1, escalateAt: seenAt(600_000) });
    expect(owes(open())).toEqual(['first:page']);
  });

  it.each(['due', 'taken', 'acknowledged'])('changes nothing while it is %s', (state) => {
    const rows: Record<string, PageRow> = { due: open(), taken: takenBy(open()) };
    rows['acknowledged'] = acknowledged(rows['taken']!, 'ann', at(1));
    const row = rows[state]!;
    expect(row.state).toBe(state);
    expect(raise(row, { at: seenAt(5_000) })).toBe(row);
    expect(raise(row, { severity: 'warning' })).toBe(row);
  });

  it('tells everybody again when it becomes more severe, and starts to wait anew', () => {
    const told = escalated(takenBy(open({ severity: 'info' })), CHAIN, at(600_000));
    const worse = raise(acknowledged(takenBy(told, 600_000), 'ann', at(600_000)), {}, 700_000);
    expect(worse).toMatchObject({ state: 'due', occurrence: 2, page: { severity: 'critical' } });
    expect(worse).not.toHaveProperty('acknowledged');
    expect(owes(worse)).toEqual(['first:page', 'second:page']);
    const two = raise(takenBy(open({ severity: 'info' })), { severity: 'warning' }, 1_000);
    expect(owes(escalated(two, CHAIN, at(2_000)))).toEqual(['first:page']);
  });

  it('opens again what was seen after it was resolved, and only that', () => {
    const row = takenBy(resolved(takenBy(open()), at(60_000)), 60_000);
    expect(raise(row, { at: seenAt(59_999) }, 70_000)).toBe(row);
    for (const seen of [seenAt(60_000), seenAt(70_000), '']) {
      const again = raise(row, { at: seen }, 70_000);
      expect(again).toMatchObject({ state: 'due', occurrence: 2 });
      expect(again).not.toHaveProperty('resolvedAt');
      expect(owes(again)).toEqual(['first:page']);
    }
  });

  it('still resolves, at the pagers that it does not go to at once, what it opens again', () => {
    const both = escalated(takenBy(open()), CHAIN, at(600_000));
    const again = raise(resolved(both, at(700_000)), { at: seenAt(800_000) }, 800_000);
    expect(owes(again)).toEqual(['first:page', 'second:resolve']);
    for (const row of [again, takenBy(again, 800_000, 'second'), notTakenBy(again, 800_000, REFUSED, 'second')]) {
      expect(owes(escalated(row, CHAIN, at(1_400_000)))).toEqual(['first:page', 'second:page']);
    }
  });
});

describe('escalation', () => {
  it('waits for an acknowledgement, and ends with the last pager', () => {
    const row = takenBy(open());
    expect(escalated(row, CHAIN, at(599_999))).toBe(row);
    const second = escalated(row, CHAIN, at(600_000));
    expect(owes(second)).toEqual(['first:nothing', 'second:page']);
    expect(second.escalateAt).toBe(seenAt(1_200_000));
    const told = takenBy(second, 600_000);
    expect(escalated(told, CHAIN, at(DAY))).toBe(told);
  });

  it.each([
    ['acknowledged', (row: PageRow) => acknowledged(row, 'ann', at(1))],
    ['resolved', (row: PageRow) => resolved(row, at(1))],
  ])('stops once it is %s', (_, change) => {
    const row = change(open());
    expect(escalated(row, CHAIN, at(DAY))).toBe(row);
  });

  it('tells the next pager without a wait when one refuses, and keeps trying the one that did', () => {
    const refused = notTakenBy(open(), 0, REFUSED);
    expect(owes(escalated(refused, CHAIN, at(0)))).toEqual(['first:page', 'second:page']);
  });

  it('forgets pagers that are gone and starts with the new first one', () => {
    const chain = { names: ['third'], escalateAfterMs: 600_000 };
    expect(owes(escalated(takenBy(open()), chain, at(1)))).toEqual(['third:page']);
    expect(owes(escalated(resolved(open(), at(1)), chain, at(1)))).toEqual([]);
    expect(owes(raised(undefined, page(), { names: [], escalateAfterMs: 1 }, at(1)))).toEqual([]);
  });

  it('does not wait for a time that a wrong clock has written', () => {
    const row = { ...takenBy(open()), escalateAt: seenAt(DAY) };
    expect(owes(escalated(row, CHAIN, at(1)))).toEqual(['first:nothing', 'second:page']);
  });
});

describe('calls', () => {
  it('wait 30 s, twice as long each time, and 15 minutes at most', () => {
    let row = open();
    let ms = 0;
    const waits = [];
    for (let failures = 0; failures < 8; failures += 1) {
      row = notTakenBy(row, ms);
      const nextAt = Date.parse(row.deliveries[0]!.nextAt) - at(0).getTime();
      expect(dueDeliveries(row, at(nextAt - 1))).toEqual([]);
      waits.push((nextAt - ms) / SECOND);
      ms = nextAt;
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900, 900]);
    expect(takenBy(row, ms).deliveries).toMatchObject([{ owes: 'nothing', failures: 0 }]);
  });

  it.each([
    [10_000, 30],
    [90_000, 90],
    [Infinity, 900],
  ])('wait as long as the service asks, %i ms, within bounds', (asked, seconds) => {
    const row = notTakenBy(open(), 0, { asked, isRefused: false });
    expect(row.deliveries[0]!.nextAt).toBe(seenAt(seconds * SECOND));
  });

  it('are made now when a wrong clock has put them far away', () => {
    const [delivery] = open().deliveries;
    for (const far of [{ nextAt: seenAt(DAY) }, { callUntil: seenAt(DAY) }]) {
      expect(dueDeliveries({ ...open(), deliveries: [{ ...delivery!, ...far }] }, at(0))).toHaveLength(1);
    }
  });

  it('are made by one at a time, and by another when that one is gone', () => {
    const [row, first] = call(open());
    expect(called(row, 'first', at(29_999))).toBe(row);
    const [again, second] = call(row, 30_000);
    expect(taken(again, first)).toBe(again);
    expect(notTaken(again, first, at(30_001), RETRY)).toBe(again);
    expect(owes(taken(again, second))).toEqual(['first:nothing']);
    expect(called(open(), 'second', at(0))).toEqual(open());
    expect(attemptOf(open(), 'first')).toBeUndefined();
    expect(attemptOf(open(), 'second')).toBeUndefined();
  });

  it.each([
    ['taken', taken],
    ['not taken', (row: PageRow, one: Attempt) => notTaken(row, one, at(2), RETRY)],
  ] as const)('that are %s do not count for what the pager is owed since, which waits for them', (_, end) => {
    const [row, page1] = call(open({ severity: 'info' }));
    const changes = [raise(row, {}, 1), resolved(row, at(1)), acknowledged(row, 'ann', at(1))];
    const after = ['first:page', 'first:resolve', 'first:nothing'];
    for (const [index, changed] of changes.entries()) {
      expect(dueDeliveries(changed, at(2))).toEqual([]);
      const ended = end(changed, page1);
      expect(owes(ended)).toEqual([after[index]]);
      expect(ended.state).toBe(changed.state);
      expect(dueDeliveries(ended, at(2))).toHaveLength(index === 2 ? 0 : 1);
    }
    const [over, resolve1] = call(resolved(takenBy(open()), at(1)), 1);
    const again = raise(over, { at: seenAt(2) }, 2);
    expect(dueDeliveries(again, at(2))).toEqual([]);
    expect(owes(end(again, resolve1))).toEqual(['first:page']);
    expect(dueDeliveries(end(again, resolve1), at(2))).toHaveLength(1);
  });
});

describe('acknowledge and resolve', () => {
  it('keep the first who acknowledged, and stop what is under way', () => {
    const row = acknowledged(open(), 'ann', at(1));
    expect(row).toMatchObject({ state: 'acknowledged', acknowledged: { by: 'ann', at: seenAt(1) } });
    expect(dueDeliveries(row, at(DAY))).toEqual([]);
    expect(acknowledged(row, 'bob', at(2))).toBe(row);
  });

  it('resolve at every pager that may have heard of it', () => {
    const both = acknowledged(escalated(takenBy(open()), CHAIN, at(600_000)), 'ann', at(600_001));
    const row = resolved(both, at(700_000));
    expect(owes(row)).toEqual(['first:resolve', 'second:resolve']);
    expect(resolved(row, at(700_001))).toBe(row);
    expect(acknowledged(row, 'bob', at(700_001))).toBe(row);
    expect(owes(takenBy(takenBy(row, 700_000), 700_000))).toEqual(['first:nothing', 'second:nothing']);
  });

  it('give up a resolve that was refused, and repeat one that was not taken', () => {
    const row = resolved(open(), at(1));
    expect(owes(notTakenBy(row, 1, REFUSED))).toEqual(['first:nothing']);
    expect(notTakenBy(row, 1, RETRY).deliveries).toMatchObject([{ owes: 'resolve', failures: 1 }]);
  });
});

describe('isOver', () => {
  it.each([
    ['resolved', (): PageRow => resolved(open(), at(0)), 7],
    ['taken', (): PageRow => takenBy(open()), 90],
    ['acknowledged', (): PageRow => acknowledged(open(), 'ann', at(0)), 90],
  ] as const)('a %s page is kept for some days', (_, make, days) => {
    expect(isOver(make(), at(days * DAY))).toBe(false);
    expect(isOver(make(), at(days * DAY + 1))).toBe(true);
  });

  it('a page that a pager is owed is kept for ever', () => {
    expect(isOver(open(), at(1_000 * DAY))).toBe(false);
    expect(isOver(escalated(takenBy(open()), CHAIN, at(600_000)), at(1_000 * DAY))).toBe(false);
  });
});
