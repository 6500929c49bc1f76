import { describe, expect, it } from 'vitest';

import { BlobConflictError } from '../../shared/errors.ts';
import type { BlobStore } from '../../shared/ports/blob-store.ts';

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, index) => index);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Every BlobStore must pass this; names are fresh, so one store serves all cases. */
export function describeBlobStore(name: string, open: () => BlobStore): void {
  let folders = 0;
  const fresh = (): string => `folder-${(folders += 1)}/`;

  describe(`BlobStore contract: ${name}`, () => {
    it('answers undefined and an empty list while there is nothing', async () => {
      expect(await open().get('nothing')).toBeUndefined();
      expect(await open().list('nothing')).toEqual([]);
    });

    it('reads back every byte, with the etag that the write returned', async () => {
      const [store, folder] = [open(), fresh()];
      const etag = await store.put(`${folder}a`, ALL_BYTES, 'new');
      expect(await store.get(`${folder}a`)).toEqual({ bytes: ALL_BYTES, etag });
    });

    it('keeps an empty blob', async () => {
      const [store, folder] = [open(), fresh()];
      await store.put(`${folder}a`, new Uint8Array(), 'any');
      expect((await store.get(`${folder}a`))?.bytes).toHaveLength(0);
    });

    it('keeps what a view into a larger buffer shows', async () => {
      const [store, folder] = [open(), fresh()];
      await store.put(`${folder}a`, ALL_BYTES.subarray(10, 20), 'new');
      expect((await store.get(`${folder}a`))?.bytes).toEqual(ALL_BYTES.slice(10, 20));
    });

    it('refuses to write a new blob over another', async () => {
      const [store, folder] = [open(), fresh()];
      await store.put(`${folder}a`, text('one'), 'new');
      await expect(store.put(`${folder}a`, text('two'), 'new')).rejects.toThrow(BlobConflictError);
      expect((await store.get(`${folder}a`))?.bytes).toEqual(text('one'));
    });

    it('refuses to write over another version than the one that was read', async () => {
      const [store, folder] = [open(), fresh()];
      const old = await store.put(`${folder}a`, text('one'), 'any');
      const etag = await store.put(`${folder}a`, text('two'), { etag: old });
      await expect(store.put(`${folder}a`, text('three'), { etag: old })).rejects.toThrow(BlobConflictError);
      expect(await store.get(`${folder}a`)).toEqual({ bytes: text('two'), etag });
    });

    it('refuses to write over a version of a blob that is gone', async () => {
      const [store, folder] = [open(), fresh()];
      const etag = await store.put(`${folder}a`, text('one'), 'any');
      await store.delete(`${folder}a`);
      await expect(store.put(`${folder}a`, text('two'), { etag })).rejects.toThrow(BlobConflictError);
      expect(await store.get(`${folder}a`)).toBeUndefined();
    });

    it('gives one winner to 20 writers of one new blob', async () => {
      const [store, folder] = [open(), fresh()];
      const tries = Array.from({ length: 20 }, (_, index) => store.put(`${folder}a`, text(`${index}`), 'new'));
      const outcomes = await Promise.allSettled(tries);
      const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
      const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
      expect(reasons).toHaveLength(19);
      expect(reasons.every((reason) => reason instanceof BlobConflictError)).toBe(true);
      expect((await store.get(`${folder}a`))?.bytes).toEqual(text(`${winner}`));
    });

    it('forgets a deleted blob, and deletes twice without complaint', async () => {
      const [store, folder] = [open(), fresh()];
      await store.put(`${folder}a`, text('one'), 'any');
      await store.delete(`${folder}a`);
      await store.delete(`${folder}a`);
      expect(await store.get(`${folder}a`)).toBeUndefined();
    });

    it('lists the names with a prefix in ascending order', async () => {
      const [store, folder] = [open(), fresh()];
      for (const name of ['b', 'a/2', 'a/10', 'a.json', 'B']) {
        await store.put(`${folder}${name}`, text(name), 'new');
      }
      expect(await store.list(`${folder}a`)).toEqual([`${folder}a.json`, `${folder}a/10`, `${folder}a/2`]);
      expect(await store.list(folder)).toHaveLength(5);
    });
  });
}
