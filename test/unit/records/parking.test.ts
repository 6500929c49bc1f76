import { describe, expect, it } from 'vitest';

import { InMemoryBlobStore } from '../../../shared/adapters/in-memory/blob-store.ts';
import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import { RowConflictError, StorageUnavailableError } from '../../../shared/errors.ts';
import { Ledger } from '../../../shared/records/ledger.ts';
import { Parking } from '../../../shared/records/parking.ts';
import { VirtualClock } from '../../../local/time/virtual-clock.ts';

const WHY = { code: 'REFLEX_X', reason: 'because', via: 'test' };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function setUp(rows = new InMemoryRowStore()): { parking: Parking; blobs: InMemoryBlobStore; clock: VirtualClock } {
  const blobs = new InMemoryBlobStore();
  const clock = new VirtualClock();
  return { parking: new Parking({ blobs, rows, clock }), blobs, clock };
}

async function item(blobs: InMemoryBlobStore, name: string | undefined): Promise<Record<string, unknown>> {
  const blob = await blobs.get(name ?? '');
  return JSON.parse(new TextDecoder().decode(blob?.bytes)) as Record<string, unknown>;
}

describe('Parking', () => {
  it('keeps the bytes and the reason, once for the same bytes', async () => {
    const { parking, blobs } = setUp();
    const name = await parking.park(bytes('{broken'), WHY);
    expect(await parking.park(bytes('{broken'), WHY)).toBe(name);

    const parked = await item(blobs, name);
    expect(parked).toMatchObject({ ...WHY, bytes: 7, truncated: false });
    expect(Buffer.from(String(parked['base64']), 'base64').toString()).toBe('{broken');
    expect(await parking.day('2026-01-05', { most: 9 })).toEqual({
      items: 1,
      dropped: 0,
      byCode: { REFLEX_X: 1 },
      examples: [{ ...WHY, name, at: parked['at'], bytes: 7 }],
    });
  });

  it('counts but does not keep more than the hour has room for, and starts again the next hour', async () => {
    const { parking, clock } = setUp();
    for (let n = 0; n < 1_000; n += 1) {
      await parking.park(bytes(String(n)), WHY);
    }
    expect(await parking.park(bytes('one more'), WHY)).toBeUndefined();
    expect(await parking.day('2026-01-05', { most: 2 })).toMatchObject({
      items: 1_000,
      dropped: 1,
      examples: [{}, {}],
    });
    await clock.advance(3_600_000);
    expect(await parking.park(bytes('one more'), WHY)).toBeDefined();
  });

  it('shows the newest first', async () => {
    const { parking, clock } = setUp();
    for (let n = 0; n < 5; n += 1) {
      await parking.park(bytes(String(n)), WHY);
      await clock.advance(1_000);
    }
    const times = (await parking.day('2026-01-05', { most: 9 })).examples.map(({ at }) => at);
    expect(times).toHaveLength(5);
    expect(times).toEqual(times.toSorted().toReversed());
  });

  it('cuts what is larger than an event can be, and says so', async () => {
    const { parking, blobs } = setUp();
    const parked = await item(blobs, await parking.park(new Uint8Array(1024 * 1024 + 1), WHY));
    expect(parked).toMatchObject({ truncated: true, bytes: 1024 * 1024 + 1 });
  });

  it('shows what is well although something beside it is none of ours', async () => {
    const { parking, blobs } = setUp();
    const name = await parking.park(bytes('x'), WHY);
    for (const [index, text] of ['', '{', 'null', '[]', '{"at":1}'].entries()) {
      await blobs.put(`parked/2026-01-05/${'f'.repeat(32)}${index}-x.json`, bytes(text), 'any');
    }
    expect((await parking.day('2026-01-05', { most: 9 })).examples.map((one) => one.name)).toEqual([name]);
  });

  it('keeps the item when the count is contended', async () => {
    class Contended extends InMemoryRowStore {
      override transact(): Promise<readonly string[]> {
        return Promise.reject(new RowConflictError('contended'));
      }
    }
    const { parking } = setUp(new Contended());
    expect(await parking.park(bytes('x'), WHY)).toBeDefined();
  });

  it('fails when storage is down, so that the signal is redelivered', async () => {
    class Down extends InMemoryRowStore {
      override transact(): Promise<readonly string[]> {
        return Promise.reject(new StorageUnavailableError('down'));
      }
    }
    await expect(setUp(new Down()).parking.park(bytes('x'), WHY)).rejects.toMatchObject({
      code: 'REFLEX_STORAGE_UNAVAILABLE',
    });
  });
});

describe('Ledger', () => {
  it('remembers the newest outcome of a signal', async () => {
    const ledger = new Ledger(new InMemoryRowStore());
    const row = { schema: 1, signal: 's#1', at: 'now', record: 'r', outcome: 'held', reason: 'no-place' } as const;
    await ledger.record(row);
    await ledger.record({ ...row, outcome: 'acted', reason: 'written', evidence: { commit: 'c' } });
    expect(await ledger.find('s#1')).toMatchObject({ outcome: 'acted', evidence: { commit: 'c' } });
    expect(await ledger.find('s#2')).toBeUndefined();
  });
});
