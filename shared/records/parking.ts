import { sha256 } from '../domain/digest.ts';
import { RowConflictError } from '../errors.ts';
import type { BlobStore } from '../ports/blob-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { RowStore } from '../ports/row-store.ts';

/** Why something was parked, and who sent it. */
export interface ParkingReason {
  readonly code: string;
  readonly reason: string;
  /** Verified sender as far as it is known: `event-grid`, or the queue it came from. */
  readonly via: string;
}

/** Its counts: one row for each hour, `2026-01-05T08`. */
export const PARKING_PARTITION = 'parking';

/** Items kept per hour; more are only counted. A flood of forged events must not fill the storage account. */
const MAX_ITEMS_PER_HOUR = 1_000;
/** Bytes kept of one item: Event Grid's own limit for an event (https://learn.microsoft.com/azure/event-grid/quotas-limits). */
const MAX_ITEM_BYTES = 1024 * 1024;
const MAX_COUNT_ATTEMPTS = 8;

interface Count {
  readonly items: number;
  readonly dropped: number;
  readonly byCode: Readonly<Record<string, number>>;
}

/**
 * Keeps what could not be used: its bytes and the reason in a blob, a count per hour in a row.
 * The blob's name comes from the bytes, so a redelivered item is parked once.
 */
export class Parking {
  readonly #blobs: BlobStore;
  readonly #rows: RowStore;
  readonly #clock: Clock;

  constructor({ blobs, rows, clock }: { readonly blobs: BlobStore; readonly rows: RowStore; readonly clock: Clock }) {
    this.#blobs = blobs;
    this.#rows = rows;
    this.#clock = clock;
  }

  /** @returns the blob's name, or undefined if the hour's room is used up and the item was only counted. */
  async park(bytes: Uint8Array, why: ParkingReason): Promise<string | undefined> {
    const at = this.#clock.now().toISOString();
    const name = `parked/${at.slice(0, 10)}/${sha256(bytes).slice(0, 32)}-${why.code.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.json`;
    if ((await this.#blobs.get(name)) !== undefined) {
      return name;
    }
    const isRoom = await this.#count(at.slice(0, 13), why.code);
    if (!isRoom) {
      return undefined;
    }
    const kept = bytes.subarray(0, MAX_ITEM_BYTES);
    const item = {
      ...why,
      at,
      bytes: bytes.byteLength,
      sha256: sha256(bytes),
      truncated: kept.byteLength < bytes.byteLength,
      base64: Buffer.from(kept).toString('base64'),
    };
    await this.#blobs.put(name, new TextEncoder().encode(JSON.stringify(item)), 'any');
    return name;
  }

  /** Counts per hour, newest last. */
  async counts(): Promise<readonly (Count & { readonly hour: string })[]> {
    const rows = await this.#rows.list(PARKING_PARTITION, '');
    return rows.map(({ rowKey, value }) => ({ hour: rowKey, ...(value as unknown as Count) }));
  }

  async #count(hour: string, code: string): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      const row = await this.#rows.get(PARKING_PARTITION, hour);
      const before = (row?.value as Count | undefined) ?? { items: 0, dropped: 0, byCode: {} };
      const isRoom = before.items < MAX_ITEMS_PER_HOUR;
      const value = {
        items: before.items + Number(isRoom),
        dropped: before.dropped + Number(!isRoom),
        byCode: { ...before.byCode, [code]: (before.byCode[code] ?? 0) + 1 },
      };
      try {
        const rowKey = hour;
        await this.#rows.transact(PARKING_PARTITION, [
          row === undefined ? { kind: 'insert', rowKey, value } : { kind: 'replace', rowKey, etag: row.etag, value },
        ]);
        return isRoom;
      } catch (error) {
        if (!(error instanceof RowConflictError)) {
          throw error;
        }
        if (attempt === MAX_COUNT_ATTEMPTS) {
          // Keeping the item matters more than an exact count.
          return isRoom;
        }
      }
    }
  }
}
