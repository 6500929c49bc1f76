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
/** Where the code begins in a blob's name. */
const CODE_AT = 'parked/2026-01-05/'.length + 'e'.repeat(32).length + 1;

/** One item without its bytes. */
export interface ParkedItem extends ParkingReason {
  /** Of the blob. */
  readonly name: string;
  /** ISO 8601. */
  readonly at: string;
  /** Its length. */
  readonly bytes: number;
}

/** What was parked on one day. */
export interface ParkedDay extends Count {
  /** Some of the items, newest first. */
  readonly examples: readonly ParkedItem[];
}

interface Count {
  /** Kept with their bytes. */
  readonly items: number;
  /** Beyond the room of their hour: only counted. */
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
    const name = `parked/${at.slice(0, 10)}/${sha256(bytes).slice(0, 32)}-${inNames(why.code)}.json`;
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

  /**
   * What was parked on one day.
   *
   * @param day - in UTC, `2026-01-05`.
   * @param code - only examples of this code.
   * @param most - examples that are read.
   * @throws StorageUnavailableError
   */
  async day(day: string, { code, most }: { readonly code?: string; readonly most: number }): Promise<ParkedDay> {
    const [rows, names] = await Promise.all([
      this.#rows.list(PARKING_PARTITION, `${day}T`),
      this.#blobs.list(`parked/${day}/`),
    ]);
    const isWanted = (name: string): boolean => code === undefined || name.slice(CODE_AT) === `${inNames(code)}.json`;
    const wanted = names.filter(isWanted).slice(0, most);
    const examples: ParkedItem[] = [];
    // One after another: each may be as large as an event.
    for (const name of wanted) {
      examples.push(...(await this.#example(name)));
    }
    return {
      ...rows.map(({ value }) => value as unknown as Count).reduce(together, { items: 0, dropped: 0, byCode: {} }),
      examples: examples.toSorted((a, b) => (a.at > b.at ? -1 : Number(a.at < b.at))),
    };
  }

  /** @returns nothing if it has gone since it was listed, or is none of ours. */
  async #example(name: string): Promise<readonly ParkedItem[]> {
    const blob = await this.#blobs.get(name);
    try {
      const item = JSON.parse(new TextDecoder().decode(blob?.bytes)) as ParkedItem | null;
      const { at, code, reason, via, bytes } = item ?? ({} as Partial<ParkedItem>);
      const isOurs = [at, code, reason, via].every((text) => typeof text === 'string') && typeof bytes === 'number';
      return isOurs ? [{ name, at, code, reason, via, bytes } as ParkedItem] : [];
    } catch {
      return [];
    }
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

function inNames(code: string): string {
  return code.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

function together(a: Count, b: Count): Count {
  const codes = new Set([...Object.keys(a.byCode), ...Object.keys(b.byCode)]);
  return {
    items: a.items + b.items,
    dropped: a.dropped + b.dropped,
    byCode: Object.fromEntries([...codes].map((code) => [code, (a.byCode[code] ?? 0) + (b.byCode[code] ?? 0)])),
  };
}
