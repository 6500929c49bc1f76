import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import { RowConflictError, StorageUnavailableError } from '../../../shared/errors.ts';
import type { RowOperation } from '../../../shared/ports/row-store.ts';
import { REFUSED_PARTITION, RefusedTokens, type Door } from '../../../shared/records/refused-tokens.ts';

const MINUTE_MS = 60_000;
const TODAY = '2026-01-05';

/** Rows that count their writes and may refuse them. */
class CountedRows extends InMemoryRowStore {
  writes = 0;
  refuse: (() => Error) | undefined;

  override async transact(partition: string, operations: readonly RowOperation[]): Promise<readonly string[]> {
    this.writes += 1;
    if (this.refuse !== undefined) {
      throw this.refuse();
    }
    return await super.transact(partition, operations);
  }
}

function setUp(rows = new CountedRows(), clock = new VirtualClock()) {
  const told: string[] = [];
  const tell = (message: string): void => void told.push(message);
  const log = { debug: tell, info: tell, warn: tell, error: tell };
  return { rows, clock, told, refused: new RefusedTokens({ rows, clock, log }) };
}

describe('refused tokens', () => {
  it('are counted by where and why, for each day', async () => {
    const { refused, clock } = setUp();
    await refused.count('alerts', 'expired');
    await refused.count('alerts', 'expired');
    await refused.count('people', 'no-token');
    await clock.advance(24 * 60 * MINUTE_MS);
    await refused.count('alerts', 'no-token');
    // Those of the first day that were not written wait for the next write, and are of its hour.
    expect(await refused.day(TODAY)).toEqual({ alerts: { expired: 1 }, people: {} });
    expect(await refused.day('2026-01-06')).toEqual({
      alerts: { expired: 1, 'no-token': 1 },
      people: { 'no-token': 1 },
    });
    expect(await refused.day('2026-01-07')).toEqual({ alerts: {}, people: {} });
  });

  it('are written at once, then once a minute however many come', async () => {
    const { refused, rows, clock } = setUp();
    for (let second = 0; second < 180; second += 1) {
      for (let n = 0; n < 10; n += 1) {
        await refused.count('alerts', 'unknown-key');
      }
      await clock.advance(1_000);
    }
    expect(rows.writes).toBe(3);
    expect((await rows.list(REFUSED_PARTITION, '')).map(({ rowKey }) => rowKey)).toEqual([`${TODAY}T08`]);
    expect(await refused.day(TODAY)).toEqual({ alerts: { 'unknown-key': 1_800 }, people: {} });
    await refused.write();
    await refused.write();
    expect(rows.writes).toBe(4);
  });

  it('of all processes add up; of others at most the last minute is missing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            process: fc.nat({ max: 2 }),
            door: fc.constantFrom<Door>('alerts', 'people'),
            afterMs: fc.nat({ max: 40_000 }),
          }),
          { maxLength: 60 },
        ),
        async (tokens) => {
          const rows = new CountedRows();
          const clock = new VirtualClock();
          const processes = [0, 1, 2].map(() => setUp(rows, clock).refused);
          const times: number[] = [];
          for (const { process, door, afterMs } of tokens) {
            await clock.advance(afterMs);
            times.push(clock.now().getTime());
            await processes[process]!.count(door, 'expired');
          }
          const total = (day: Awaited<ReturnType<RefusedTokens['day']>>): number =>
            [...Object.values(day.alerts), ...Object.values(day.people)].reduce((sum, one) => sum + one, 0);
          const seen = total(await setUp(rows, clock).refused.day(TODAY));
          const recent = tokens.filter((token, index) => {
            const last = times[tokens.findLastIndex(({ process }) => process === token.process)]!;
            return last - times[index]! < MINUTE_MS;
          });
          expect(seen).toBeLessThanOrEqual(tokens.length);
          expect(seen).toBeGreaterThanOrEqual(tokens.length - recent.length);

          await clock.advance(MINUTE_MS);
          for (const one of processes) {
            await one.write();
          }
          expect(total(await setUp(rows, clock).refused.day(TODAY))).toBe(tokens.length);
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each([
    ['storage that is down', () => new StorageUnavailableError('write rows'), 1],
    ['others that are always faster', () => new RowConflictError('write rows'), 3],
  ])('fail nobody for %s, and are written later', async (_, refuse, writes) => {
    const { refused, rows, clock, told } = setUp();
    rows.refuse = refuse;
    await refused.count('alerts', 'expired');
    await refused.count('alerts', 'expired');
    expect([rows.writes, told]).toEqual([writes, ['refused tokens could not be counted yet']]);
    rows.refuse = undefined;
    await clock.advance(MINUTE_MS);
    await refused.count('alerts', 'expired');
    expect(await setUp(rows, clock).refused.day(TODAY)).toEqual({ alerts: { expired: 3 }, people: {} });
  });

  it('hide no defect', async () => {
    const { refused, rows } = setUp();
    rows.refuse = () => new TypeError('a defect');
    await expect(refused.count('alerts', 'expired')).rejects.toThrow(TypeError);
  });
});
