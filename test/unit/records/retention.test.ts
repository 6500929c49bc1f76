import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Json } from '../../../shared/domain/json.ts';
import { ageOf, openKeys, type Ageing, type InUse } from '../../../shared/records/retention.ts';

const DAY_MS = 86_400_000;
const RETENTION_MS = 30 * DAY_MS;
const NOW = Date.parse('2026-01-05T08:00:00.000Z');
const NOBODY: InUse = { plans: new Set(), intents: new Set(), facts: new Set() };

function age(rowKey: string, value: Json, { inUse = NOBODY, days = 0 } = {}): Ageing {
  return ageOf({ rowKey, value }, inUse, { now: new Date(NOW + days * DAY_MS), retentionMs: RETENTION_MS });
}

/** The row after the look that marked it. */
function marked(rowKey: string, value: Json, days = 0): Json {
  const found = age(rowKey, value, { days });
  return typeof found === 'string' ? value : found.value;
}

const plan = (state: string, over: object = {}): Json => ({ id: 'p', state, serves: [], journal: [], ...over });
const CLOSED: Json = { state: 'closed', subject: 's' };

describe('the age of a row', () => {
  it('begins with the look that finds it over, and ends after the retention', () => {
    const row = marked('intent|x', CLOSED);
    expect(row).toMatchObject({ state: 'closed', retention: { since: '2026-01-05T08:00:00.000Z' } });
    expect(age('intent|x', row, { days: 30 })).toBe('keep');
    expect(age('intent|x', row, { days: 30.01 })).toBe('delete');
  });

  it('begins anew when somebody has written it since', () => {
    const row = { ...(marked('intent|x', CLOSED) as object), note: 'released' } as Json;
    expect(age('intent|x', row, { days: 31 })).toMatchObject({
      value: { retention: { since: '2026-02-05T08:00:00.000Z' } },
    });
  });

  it('begins anew where a clock was wrong', () => {
    const row = marked('intent|x', CLOSED, 400);
    expect(age('intent|x', row)).toMatchObject({ value: { retention: { since: '2026-01-05T08:00:00.000Z' } } });
  });

  it.each<[string, Json, InUse?]>([
    ['intent|x', { state: 'open' }],
    ['intent|x', { state: 'blocked' }],
    ['intent|x', { state: 'failed' }],
    ['intent|x', { state: 'leaving' }],
    ['plan|p', plan('running')],
    ['plan|p', plan('waiting')],
    ['plan|p', plan('paused')],
    ['plan|p', plan('going-back')],
    ['plan|p', plan('cancelled', { journal: [{ state: 'sending' }] })],
    ['plan|p', plan('cancelled', { journal: [{ state: 'running' }] })],
    ['plan|p', plan('parked'), { ...NOBODY, plans: new Set(['p']) }],
    ['plan|p', plan('refused', { serves: [{ key: 'intent|x' }] }), { ...NOBODY, intents: new Set(['intent|x']) }],
    ['burden|e', {}, { ...NOBODY, facts: new Set(['burden|e']) }],
    ['evidence|e', {}, { ...NOBODY, facts: new Set(['evidence|e']) }],
    ['head', { leases: {} }],
    ['audit|000000000001', { seq: 1 }],
  ])('never ends: %s %j', (rowKey, value, inUse = NOBODY) => {
    expect(age(rowKey, marked(rowKey, value), { inUse, days: 9_999 })).toBe('keep');
  });

  it.each<[string, Json]>([
    ['plan|p', plan('done', { journal: [{ state: 'written' }] })],
    ['plan|p', plan('preview')],
    ['plan|p', plan('parked')],
    ['plan|p', plan('refused', { serves: [{ key: 'intent|x' }] })],
    ['command|c', { decision: 'shift' }],
    ['burden|e', { byCluster: {} }],
    ['evidence|e', {}],
    ['readiness|e', {}],
  ])('ends: %s %j', (rowKey, value) => {
    expect(age(rowKey, marked(rowKey, value), { days: 31 })).toBe('delete');
  });

  it('of what is in use now does not end, though it was marked before', () => {
    const row = marked('plan|p', plan('parked'));
    expect(age('plan|p', row, { inUse: { ...NOBODY, plans: new Set(['p']) }, days: 31 })).toBe('keep');
  });

  it('is never less than the retention, whatever the row says and whenever it is looked at', () => {
    const value = fc.dictionary(fc.string(), fc.jsonValue()).map((any) => ({ ...any, state: 'closed' }));
    const days = fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { maxLength: 12 });
    fc.assert(
      fc.property(value, days, (first, waits) => {
        let row: Json = first;
        let since: number | undefined;
        let at = 0;
        for (const wait of waits) {
          at += wait;
          const found = age('intent|x', row, { days: at });
          if (found === 'delete') {
            expect(at - (since ?? Infinity)).toBeGreaterThan(30);
            return;
          }
          if (found !== 'keep') {
            row = found.value;
            since = at;
          }
        }
      }),
    );
  });

  it('knows which intents are open', () => {
    const one = (state: string, subject: string) => ({ state, subject, by: { reaction: 'r' }, cause: 'c' }) as never;
    expect([...openKeys([one('open', 'a'), one('closed', 'b'), one('leaving', 'c')])]).toEqual([
      'intent|a|reaction:r|c',
      'intent|c|reaction:r|c',
    ]);
  });
});
