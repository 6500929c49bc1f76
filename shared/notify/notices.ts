import { ReflexError } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Pager } from '../ports/pager.ts';
import type { RowStore } from '../ports/row-store.ts';
import { auditKey, type AuditRecord } from '../records/audit.ts';
import { noticeOf } from './notice.ts';
import { boundedKey } from './page-text.ts';

export interface NoticesOptions {
  readonly rows: RowStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Names are distinct and stay the same over restarts. */
  readonly channels: readonly { readonly name: string; readonly channel: Pick<Pager, 'page'> }[];
}

/** One row for each channel and chain: the last record that was seen to. */
const CURSORS = 'notices-cursors';
/** A row key has 200 characters (RowStore). */
const MAX_KEY = 200;
/** Records read of one chain in one call, and messages that a channel gets: Slack takes one a second. */
const MAX_RECORDS = 500;
const MAX_MESSAGES = 20;
/** What a channel was down for longer than this is history: the records keep it. */
const STALE_MS = 86_400_000;

/**
 * Tells channels what is done, proposed and said, from the audit chains. Unlike a page a notice calls nobody: it is not
 * escalated and not acknowledged. What a channel did not take is sent again by the next call; a crash in between sends it
 * twice. A new channel begins with what happens from then on.
 */
export class Notices {
  readonly #options: NoticesOptions;

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  /**
   * Sends what is new. A channel that is down keeps no other from being told.
   * @param partitions - those whose chains are followed.
   * @returns messages that were taken.
   * @throws StorageUnavailableError after every channel was tried.
   */
  async send(partitions: readonly string[]): Promise<number> {
    const counts = await Promise.allSettled(
      this.#options.channels.map(async (channel) => await this.#tell(channel, partitions)),
    );
    const failed = counts.find((count) => count.status === 'rejected');
    if (failed !== undefined) {
      throw failed.reason;
    }
    return counts.reduce((sum, count) => sum + (count.status === 'fulfilled' ? count.value : 0), 0);
  }

  async #tell(channel: NoticesOptions['channels'][number], partitions: readonly string[]): Promise<number> {
    let sent = 0;
    for (const partition of partitions) {
      const { taken, isDown } = await this.#follow(channel, partition, MAX_MESSAGES - sent);
      sent += taken;
      if (isDown || sent >= MAX_MESSAGES) {
        break;
      }
    }
    return sent;
  }

  async #follow(
    { name, channel }: NoticesOptions['channels'][number],
    partition: string,
    room: number,
  ): Promise<{ readonly taken: number; readonly isDown: boolean }> {
    const { rows, clock } = this.#options;
    const rowKey = boundedKey(`${name}|${partition}`, MAX_KEY);
    const cursor = (await rows.get(CURSORS, rowKey))?.value as { readonly seq: number } | undefined;
    const start = cursor?.seq ?? (await tipOf(rows, partition));
    let [seq, taken, isDown] = [start, 0, false];
    for (let count = 0; count < MAX_RECORDS && taken < room; count += 1) {
      const record = (await rows.get(partition, auditKey(seq + 1)))?.value as AuditRecord | undefined;
      const notice = record && noticeOf(partition, record);
      const isStale = record !== undefined && Date.parse(record.at) < clock.now().getTime() - STALE_MS;
      const outcome = notice === undefined || isStale ? 'left' : await this.#send(name, channel, notice);
      isDown = outcome === 'down';
      if (record === undefined || isDown) {
        break;
      }
      seq += 1;
      taken += outcome === 'taken' ? 1 : 0;
    }
    if (cursor === undefined || seq > start) {
      await rows.transact(CURSORS, [{ kind: 'put', rowKey, value: { schema: 1, seq } }]);
    }
    return { taken, isDown };
  }

  /** `left`: the channel will never take it. `down`: it may take it later. */
  async #send(
    name: string,
    channel: Pick<Pager, 'page'>,
    notice: NonNullable<ReturnType<typeof noticeOf>>,
  ): Promise<'taken' | 'left' | 'down'> {
    try {
      await channel.page(notice);
      return 'taken';
    } catch (error) {
      const isPassing = !(error instanceof ReflexError) || error.retryable;
      const why = error instanceof ReflexError ? error.message : 'the channel failed';
      this.#options.log.warn('a channel did not take a notice', { channel: name, notice: notice.key, why });
      return isPassing ? 'down' : 'left';
    }
  }
}

/** The newest record of a chain, by its head; 0 where there is none. */
async function tipOf(rows: RowStore, partition: string): Promise<number> {
  const head = (await rows.get(partition, 'head'))?.value as { readonly audit?: { readonly seq: number } } | undefined;
  return head?.audit?.seq ?? 0;
}
