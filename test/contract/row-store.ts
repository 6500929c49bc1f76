import { describe, expect, it } from 'vitest';

import { RowConflictError } from '../../shared/errors.ts';
import type { RowOperation, RowStore } from '../../shared/ports/row-store.ts';

/** Keys that at least one store cannot take as they are. */
const ODD_KEYS = [
  '/subscriptions/0/resourceGroups/r',
  'a\\b#c?d%e%2f|!p!!',
  "o'brien''s",
  'tab\tnul\u0000del\u007fnel\u0085',
  'ümläut 日本 🚀',
  'lone \ud800 surrogate \udc00',
  '..',
  ' ',
  '/'.repeat(200),
  '🚀'.repeat(100),
];

/** Every RowStore must pass this; partitions are fresh, so one store serves all cases. */
export function describeRowStore(name: string, open: () => RowStore): void {
  let partitions = 0;
  const fresh = (): string => `partition ${(partitions += 1)}/`;

  async function written(store: RowStore, partition: string, operation: RowOperation): Promise<string> {
    const [etag] = await store.transact(partition, [operation]);
    return etag ?? '';
  }

  describe(`RowStore contract: ${name}`, () => {
    it('reads back what it wrote, with the etag that the write returned', async () => {
      const [store, partition] = [open(), fresh()];
      const value = { text: 'a"\n🚀', list: [1, null, true, { deep: [] }], empty: '' };
      const etag = await written(store, partition, { kind: 'insert', rowKey: 'a', value });
      expect(await store.get(partition, 'a')).toEqual({ rowKey: 'a', etag, value });
    });

    it.each(['text', 0, null, false, [], {}])('keeps the plain value %j', async (value) => {
      const [store, partition] = [open(), fresh()];
      await written(store, partition, { kind: 'put', rowKey: 'a', value });
      expect((await store.get(partition, 'a'))?.value).toEqual(value);
    });

    it('answers undefined for a row or partition that is not there', async () => {
      const [store, partition] = [open(), fresh()];
      expect(await store.get(partition, 'a')).toBeUndefined();
      expect(await store.list(partition, '')).toEqual([]);
    });

    it('names the partitions that hold a row, whatever their keys', async () => {
      const store = open();
      const rowKey = `head ${fresh()}`;
      const partitions = [fresh(), fresh(), ...ODD_KEYS.slice(0, 3)];
      for (const partition of partitions) {
        await written(store, partition, { kind: 'put', rowKey, value: 1 });
      }
      await written(store, fresh(), { kind: 'put', rowKey: `${rowKey}er`, value: 1 });
      expect(await store.partitionsWith(rowKey)).toEqual(partitions.toSorted());
      expect(await store.partitionsWith('nowhere')).toEqual([]);
    });

    it('refuses to insert a row that exists', async () => {
      const [store, partition] = [open(), fresh()];
      await written(store, partition, { kind: 'insert', rowKey: 'a', value: 1 });
      await expect(written(store, partition, { kind: 'insert', rowKey: 'a', value: 2 })).rejects.toThrow(
        RowConflictError,
      );
      expect((await store.get(partition, 'a'))?.value).toBe(1);
    });

    it('refuses to replace or delete a version that is no longer there', async () => {
      const [store, partition] = [open(), fresh()];
      const old = await written(store, partition, { kind: 'insert', rowKey: 'a', value: 1 });
      const etag = await written(store, partition, { kind: 'replace', rowKey: 'a', etag: old, value: 2 });
      expect(etag).not.toBe(old);
      await expect(written(store, partition, { kind: 'replace', rowKey: 'a', etag: old, value: 3 })).rejects.toThrow(
        RowConflictError,
      );
      await expect(written(store, partition, { kind: 'delete', rowKey: 'a', etag: old })).rejects.toThrow(
        RowConflictError,
      );
      expect(await store.get(partition, 'a')).toEqual({ rowKey: 'a', etag, value: 2 });
    });

    it('refuses to replace or delete a row that is gone', async () => {
      const [store, partition] = [open(), fresh()];
      const etag = await written(store, partition, { kind: 'insert', rowKey: 'a', value: 1 });
      expect(await written(store, partition, { kind: 'delete', rowKey: 'a', etag })).toBe('');
      await expect(written(store, partition, { kind: 'replace', rowKey: 'a', etag, value: 3 })).rejects.toThrow(
        RowConflictError,
      );
      await expect(written(store, partition, { kind: 'delete', rowKey: 'a', etag })).rejects.toThrow(RowConflictError);
    });

    it('replaces a long value by a short one without remains', async () => {
      const [store, partition] = [open(), fresh()];
      await written(store, partition, { kind: 'put', rowKey: 'a', value: 'x'.repeat(100_000) });
      await written(store, partition, { kind: 'put', rowKey: 'a', value: 'short' });
      expect((await store.get(partition, 'a'))?.value).toBe('short');
    });

    it('applies a transaction of every kind and returns the etags in order', async () => {
      const [store, partition] = [open(), fresh()];
      const [one, two] = await store.transact(partition, [
        { kind: 'insert', rowKey: '1', value: 1 },
        { kind: 'insert', rowKey: '2', value: 2 },
      ]);
      const etags = await store.transact(partition, [
        { kind: 'delete', rowKey: '1', etag: one! },
        { kind: 'replace', rowKey: '2', etag: two!, value: 'two' },
        { kind: 'insert', rowKey: '3', value: 'three' },
        { kind: 'put', rowKey: '4', value: 'four' },
      ]);
      expect(await store.list(partition, '')).toEqual([
        { rowKey: '2', etag: etags[1], value: 'two' },
        { rowKey: '3', etag: etags[2], value: 'three' },
        { rowKey: '4', etag: etags[3], value: 'four' },
      ]);
      expect(etags[0]).toBe('');
    });

    it('applies all of a transaction or nothing', async () => {
      const [store, partition] = [open(), fresh()];
      await written(store, partition, { kind: 'insert', rowKey: 'b', value: 'before' });
      const operations: RowOperation[] = [
        { kind: 'insert', rowKey: 'a', value: 1 },
        { kind: 'put', rowKey: 'c', value: 1 },
        { kind: 'insert', rowKey: 'b', value: 1 },
      ];
      await expect(store.transact(partition, operations)).rejects.toThrow(RowConflictError);
      expect((await store.list(partition, '')).map(({ rowKey, value }) => [rowKey, value])).toEqual([['b', 'before']]);
    });

    it('takes 100 operations at once', async () => {
      const [store, partition] = [open(), fresh()];
      const operations = Array.from({ length: 100 }, (_, index): RowOperation => ({
        kind: 'insert',
        rowKey: `${index}`,
        value: index,
      }));
      expect(new Set(await store.transact(partition, operations)).size).toBeGreaterThan(0);
      expect(await store.list(partition, '')).toHaveLength(100);
    });

    it('gives one winner to 50 writers of one version', async () => {
      const [store, partition] = [open(), fresh()];
      const etag = await written(store, partition, { kind: 'insert', rowKey: 'a', value: 'start' });
      const tries = Array.from({ length: 50 }, (_, index) =>
        written(store, partition, { kind: 'replace', rowKey: 'a', etag, value: index }),
      );
      const outcomes = await Promise.allSettled(tries);
      const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
      const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
      expect(reasons).toHaveLength(49);
      expect(reasons.every((reason) => reason instanceof RowConflictError)).toBe(true);
      expect((await store.get(partition, 'a'))?.value).toBe(winner);
    });

    it('keeps apart the same key in two partitions', async () => {
      const [store, one, two] = [open(), fresh(), fresh()];
      await written(store, one, { kind: 'insert', rowKey: 'a', value: 1 });
      expect(await store.get(two, 'a')).toBeUndefined();
    });

    it.each(ODD_KEYS)('takes the key %j as row and as partition', async (key) => {
      const store = open();
      const partition = key.length > 190 ? key : `${key}${fresh()}`;
      await written(store, partition, { kind: 'put', rowKey: key, value: key });
      expect(await store.get(partition, key)).toMatchObject({ rowKey: key, value: key });
      expect((await store.list(partition, key)).map(({ rowKey }) => rowKey)).toEqual([key]);
    });

    it('lists by prefix in the order of UTF-16 code units', async () => {
      const [store, partition] = [open(), fresh()];
      const keys = [...ODD_KEYS, 'a', 'a!', 'a/', 'a/1', 'a0', 'aa', 'a\uffff', 'a\ud83d', 'a🚀', 'b', 'A'];
      await store.transact(
        partition,
        keys.map((rowKey) => ({ kind: 'insert', rowKey, value: 0 })),
      );
      for (const prefix of ['', 'a', 'a/', 'a!', 'a\ud83d', 'a\uffff', '/', '🚀', 'zzz']) {
        const expected = keys.filter((key) => key.startsWith(prefix)).sort();
        expect((await store.list(partition, prefix)).map(({ rowKey }) => rowKey)).toEqual(expected);
      }
    });

    it('lists more rows than one page of the service', async () => {
      const [store, partition] = [open(), fresh()];
      for (let block = 0; block < 11; block += 1) {
        await store.transact(
          partition,
          Array.from({ length: 100 }, (_, index): RowOperation => ({
            kind: 'insert',
            rowKey: `${block}-${index}`,
            value: index,
          })),
        );
      }
      expect(await store.list(partition, '')).toHaveLength(1100);
    });

    it.each(['x', '🚀', '"', '\u0001', '\ud800'])('takes 900 kB of %j and refuses more', async (unit) => {
      const [store, partition] = [open(), fresh()];
      const unitLength = JSON.stringify(unit).length - 2;
      const value = unit.repeat(Math.floor((450_000 - 2) / unitLength));
      await written(store, partition, { kind: 'put', rowKey: 'a', value });
      expect((await store.get(partition, 'a'))?.value === value).toBe(true);
      await expect(store.transact(partition, [{ kind: 'put', rowKey: 'a', value: value + unit }])).rejects.toThrow(
        RangeError,
      );
    });

    it('refuses what is no transaction', async () => {
      const [store, partition] = [open(), fresh()];
      const put = (rowKey: string): RowOperation => ({ kind: 'put', rowKey, value: 0 });
      await expect(store.transact(partition, [])).rejects.toThrow(RangeError);
      await expect(store.transact(partition, [put('a'), put('a')])).rejects.toThrow(RangeError);
      await expect(store.transact(partition, [put('')])).rejects.toThrow(RangeError);
      await expect(store.transact(partition, [put('k'.repeat(201))])).rejects.toThrow(RangeError);
      await expect(
        store.transact(
          partition,
          Array.from({ length: 101 }, (_, index) => put(`${index}`)),
        ),
      ).rejects.toThrow(RangeError);
      await expect(store.get('', 'a')).rejects.toThrow(RangeError);
    });
  });
}
