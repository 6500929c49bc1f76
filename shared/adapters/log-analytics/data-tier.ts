import * as z from 'zod';

import { UpstreamError } from '../../errors.ts';
import type { DataTierQuery } from '../../domain/traffic/data-tier.ts';
import type { DataTier, DataTierState } from '../../ports/data-tier.ts';
import { inTime } from '../ask-each.ts';
import { askLogs, type LogAnalyticsOptions, type LogTable } from './ask-logs.ts';

/** An edge is measured within 10 s in all, its data tier beside its metrics. */
const WITHIN_MS = 5_000;
/** Looks follow each other closely while a plan is under way; a workspace takes minutes to have what has happened. */
const ASK_AGAIN_MS = 20_000;

interface Kept {
  readonly at: number;
  readonly state: Promise<DataTierState>;
}

/** How a data tier is, by the first row of its Log Analytics query. */
export class LogAnalyticsDataTier implements DataTier {
  readonly #options: LogAnalyticsOptions;
  readonly #kept = new Map<string, Kept>();

  constructor(options: LogAnalyticsOptions) {
    this.#options = options;
  }

  async read(asked: DataTierQuery): Promise<DataTierState> {
    const key = `${asked.workspace} ${asked.query}`;
    const now = this.#options.clock.now().getTime();
    const kept = this.#kept.get(key);
    if (kept !== undefined && now >= kept.at && now < kept.at + ASK_AGAIN_MS) {
      return await kept.state;
    }
    const state = this.#ask(asked);
    this.#kept.set(key, { at: now, state });
    return await state;
  }

  async #ask(asked: DataTierQuery): Promise<DataTierState> {
    const { clock, log } = this.#options;
    try {
      const ask = async (signal: AbortSignal): Promise<LogTable> =>
        await askLogs(this.#options, { ...asked, signal, operation: 'query the data tier' });
      const table = await inTime(clock, WITHIN_MS, ask);
      const state = stateOf(table);
      const unread = unreadIn(table);
      if (unread.length > 0) {
        log.warn('the data tier gave values that are none', { workspace: asked.workspace, unread: unread.join(', ') });
      }
      return state;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn('the data tier could not be asked', { workspace: asked.workspace, reason });
      return {};
    }
  }
}

const SAID = ['lagSeconds', 'promotion'] as const;
const lagSeconds = z.number().min(0);
const promotion = z.enum(['done', 'failed', 'waiting']);

/** Cells of the first row that say something, but not in the words that count: `lagSeconds: '5'`. Pure. */
function unreadIn({ columns, rows }: LogTable): readonly string[] {
  const read = { lagSeconds, promotion };
  return SAID.flatMap((name) => {
    const cell = rows[0]?.[columns.findIndex((column) => column.name === name)];
    const isRead = cell === undefined || cell === null || read[name].safeParse(cell).success;
    return isRead ? [] : [`${name}: ${JSON.stringify(cell)}`];
  });
}

/**
 * What the first row says. A value that is null, negative or no such word is not there; no row is no data. Pure.
 * @throws UpstreamError if there is neither column.
 */
export function stateOf({ columns, rows }: LogTable): DataTierState {
  const names = columns.map(({ name }) => name);
  if (!names.includes('lagSeconds') && !names.includes('promotion')) {
    throw new UpstreamError(`expected a column lagSeconds or promotion, got ${names.join()}`, 502);
  }
  const cell = (name: string): unknown => rows[0]?.[names.indexOf(name)];
  const lag = lagSeconds.safeParse(cell('lagSeconds')).data;
  const said = promotion.safeParse(cell('promotion')).data;
  return {
    ...(lag === undefined ? {} : { replicationLagMs: lag * 1_000 }),
    ...(said === undefined ? {} : { promotion: said }),
  };
}
