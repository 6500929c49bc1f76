import * as z from 'zod';

import { UpstreamError } from '../../errors.ts';
import type { DataTierQuery } from '../../domain/traffic/data-tier.ts';
import type { DataTier, DataTierAnswer, DataTierState } from '../../ports/data-tier.ts';
import { inTime } from '../ask-each.ts';
import { askLogs, type LogAnalyticsOptions, type LogTable } from './ask-logs.ts';

/** An edge is measured within 10 s in all, its data tier beside its metrics. */
const WITHIN_MS = 5_000;
/** Looks follow each other closely while a plan is under way; a workspace takes minutes to have what has happened. */
const ASK_AGAIN_MS = 20_000;

interface Kept {
  readonly at: number;
  readonly state: Promise<DataTierAnswer>;
}

/** How a data tier is, by the rows of its Log Analytics query. */
export class LogAnalyticsDataTier implements DataTier {
  readonly #options: LogAnalyticsOptions;
  readonly #kept = new Map<string, Kept>();

  constructor(options: LogAnalyticsOptions) {
    this.#options = options;
  }

  async read(asked: DataTierQuery): Promise<DataTierAnswer> {
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

  async #ask(asked: DataTierQuery): Promise<DataTierAnswer> {
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

type Cells = (name: string) => unknown;

/** The rows that count: the first, or with a column `region` the first of each. */
function rowsOf({ columns, rows }: LogTable): readonly Cells[] {
  const names = columns.map(({ name }) => name);
  const all = rows.map(
    (row): Cells =>
      (name) =>
        row[names.indexOf(name)],
  );
  const isFirst = (cells: Cells, index: number): boolean =>
    all.findIndex((other) => other('region') === cells('region')) === index;
  return names.includes('region') ? all.filter(isFirst) : all.slice(0, 1);
}

/** Cells that say something, but not in the words that count: `lagSeconds: '5'`. Pure. */
function unreadIn(table: LogTable): readonly string[] {
  const shapes = { lagSeconds, promotion };
  return rowsOf(table).flatMap((cells) =>
    SAID.filter((name) => !shapes[name].nullish().safeParse(cells(name)).success).map(
      (name) => `${name}: ${JSON.stringify(cells(name))}`,
    ),
  );
}

/**
 * What the rows say: the first of all, or with a column `region` the first of each region. A value that is null, negative or
 * no such word is not there; no row is no data. Pure.
 * @throws UpstreamError if there is neither `lagSeconds` nor `promotion`.
 */
export function stateOf(table: LogTable): DataTierAnswer {
  const names = table.columns.map(({ name }) => name);
  if (!SAID.some((name) => names.includes(name))) {
    throw new UpstreamError(`expected a column lagSeconds or promotion, got ${names.join()}`, 502);
  }
  const rows = rowsOf(table);
  if (!names.includes('region')) {
    return saidIn(rows[0] ?? nothing);
  }
  const named = rows.flatMap((cells) => {
    const region = cells('region');
    return typeof region === 'string' ? [[region, saidIn(cells)] as const] : [];
  });
  return { regions: new Map(named) };
}

function saidIn(cells: Cells): DataTierState {
  const lag = lagSeconds.safeParse(cells('lagSeconds')).data;
  const said = promotion.safeParse(cells('promotion')).data;
  return {
    ...(lag === undefined ? {} : { replicationLagMs: lag * 1_000 }),
    ...(said === undefined ? {} : { promotion: said }),
  };
}

function nothing(): undefined {
  return undefined;
}
