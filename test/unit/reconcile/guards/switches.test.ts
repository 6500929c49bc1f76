import { describe, expect, it } from 'vitest';

import { InMemoryRowStore } from '../../../../shared/adapters/in-memory/row-store.ts';
import type { Json } from '../../../../shared/domain/json.ts';
import { isStopped, releasedAt, KILL_SWITCH } from '../../../../shared/reconcile/guards/kill-switch.ts';
import { readSwitches, SWITCHES, type Switches } from '../../../../shared/reconcile/guards/switches.ts';

async function storeWith(
  row: { readonly partition: string; readonly rowKey: string },
  value: Json,
): Promise<InMemoryRowStore> {
  const store = new InMemoryRowStore();
  await store.transact(row.partition, [{ kind: 'put', rowKey: row.rowKey, value }]);
  return store;
}

describe('the switches', () => {
  it('are on where nobody has said anything', async () => {
    expect(await readSwitches(new InMemoryRowStore())).toEqual({ automation: 'on', firing: [] });
  });

  it.each<[string, Json, Switches]>([
    ['on', { automation: 'on', firing: [] }, { automation: 'on', firing: [] }],
    ['off', { automation: 'off', firing: ['a'] }, { automation: 'off', firing: ['a'] }],
    ['alarms alone', { firing: ['a', 'b'] }, { automation: 'on', firing: ['a', 'b'] }],
    ['a word that nobody knows', { automation: 'maybe' }, { automation: 'off', firing: [] }],
    ['alarms that are no list', { automation: 'on', firing: 'a' }, { automation: 'off', firing: [] }],
    ['alarms without names', { automation: 'on', firing: ['a', 7] }, { automation: 'off', firing: ['a'] }],
    ['a text', 'off', { automation: 'off', firing: [] }],
    ['a list', ['on'], { automation: 'off', firing: [] }],
    ['nothing', null, { automation: 'off', firing: [] }],
  ])('say %s', async (_, value, expected) => {
    expect(await readSwitches(await storeWith(SWITCHES, value))).toEqual(expected);
  });
});

describe('the kill switch', () => {
  it.each<[Json, boolean]>([
    [{ on: true }, true],
    [{ on: false }, false],
    [{ on: 'false' }, true],
    [{}, true],
    ['off', true],
    [null, true],
  ])('%j stops writes: %s', async (value, stops) => {
    expect(await isStopped(await storeWith(KILL_SWITCH, value))).toBe(stops);
  });

  it.each<[Json, string | undefined]>([
    [{ on: false, at: '2026-01-01T00:00:00.000Z' }, '2026-01-01T00:00:00.000Z'],
    [{ on: true, at: '2026-01-01T00:00:00.000Z' }, undefined],
    [{ at: '2026-01-01T00:00:00.000Z' }, undefined],
    [{ on: false }, undefined],
    [{ on: false, at: 7 }, undefined],
    [{ on: false, at: 'yesterday' }, undefined],
    [null, undefined],
  ])('%j let writes go on at %s', async (value, at) => {
    expect((await releasedAt(await storeWith(KILL_SWITCH, value)))?.toISOString()).toBe(at);
  });

  it('was never on where nobody has set it', async () => {
    expect(await releasedAt(new InMemoryRowStore())).toBeUndefined();
  });

  it('is off where nobody has set it', async () => {
    expect(await isStopped(new InMemoryRowStore())).toBe(false);
  });
});
