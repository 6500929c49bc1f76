import * as z from 'zod';

import type { LogQuery } from '../../domain/traffic/evidence-settings.ts';
import { UpstreamError } from '../../errors.ts';
import type { EdgeVote, EvidenceSource, WatchedEdge, WatchedOrigin } from '../../ports/evidence-source.ts';
import { askEach } from '../ask-each.ts';
import { namedOrigins } from '../named-origins.ts';
import { askLogs, type LogAnalyticsOptions, type LogTable } from './ask-logs.ts';

interface Kept {
  readonly at: number;
  readonly votes: readonly EdgeVote[];
}

/**
 * Votes from the rows of Log Analytics queries that the fleet file names: the source is `logs:NAME`. Where a workspace
 * has its logs from is not known, so they never are outside evidence.
 */
export class LogAnalyticsEvidence implements EvidenceSource {
  readonly name = 'logs';
  readonly #options: LogAnalyticsOptions;
  /** Of queries that are not asked at each look, by edge and name. */
  readonly #kept = new Map<string, Kept>();

  constructor(options: LogAnalyticsOptions) {
    this.#options = options;
  }

  async measure({ id, origins, evidence }: WatchedEdge): Promise<readonly EdgeVote[]> {
    const questions = (evidence?.logs ?? []).map((query) => ({
      of: query.name,
      ask: async (signal: AbortSignal) => await this.#votes(`${id} ${query.name}`, { ...query, signal }, origins),
    }));
    return await askEach(questions, { ...this.#options, source: this.name, edge: id });
  }

  async #votes(
    key: string,
    query: LogQuery & { readonly signal: AbortSignal },
    origins: readonly WatchedOrigin[],
  ): Promise<readonly EdgeVote[]> {
    const at = this.#options.clock.now().getTime();
    const kept = this.#kept.get(key);
    if (kept !== undefined && query.everyMs !== undefined && at >= kept.at && at < kept.at + query.everyMs) {
      return kept.votes;
    }
    const table = await askLogs(this.#options, { ...query, operation: `query logs ${query.name}` });
    const votes = rowVotes(table, origins, { source: `logs:${query.name}`, at });
    this.#kept.set(key, { at, votes });
    return votes;
  }
}

const shareValue = z.number().min(0).max(1);
const countValue = z.number().min(0);

/**
 * One vote for each row that names an origin or a region of the edge. A value that is null, `NaN` or outside its limits
 * is not there, and a row without any is no data. Pure.
 * @throws UpstreamError if the columns are not those that were asked for.
 */
export function rowVotes(
  { columns, rows }: LogTable,
  origins: readonly WatchedOrigin[],
  { source, at }: Pick<EdgeVote, 'source' | 'at'>,
): readonly EdgeVote[] {
  const names = columns.map(({ name }) => name);
  if (!names.includes('region') || !['errorRate', 'p95Ms', 'bad'].some((name) => names.includes(name))) {
    throw new UpstreamError(`${source}: expected columns region and errorRate, p95Ms or bad, got ${names.join()}`, 502);
  }
  return rows.flatMap((row) => {
    const cell = (name: string): unknown => row[names.indexOf(name)];
    const region = cell('region');
    const said = saidBy(cell);
    const isMute = said.isBad === undefined && said.errorRate === undefined && said.p95Ms === undefined;
    return typeof region !== 'string'
      ? []
      : namedOrigins(origins, region).map(({ name }) => ({
          source,
          region: name,
          at,
          hasNoData: isMute,
          ...(isMute ? {} : said),
        }));
  });
}

/** A cell of a column that is not there is undefined, and so no value. */
function saidBy(cell: (name: string) => unknown): Pick<EdgeVote, 'isBad' | 'errorRate' | 'p95Ms' | 'requests'> {
  const bad = z.boolean().safeParse(cell('bad')).data;
  const errorRate = shareValue.safeParse(cell('errorRate')).data;
  const p95Ms = countValue.safeParse(cell('p95Ms')).data;
  const requests = countValue.safeParse(cell('requests')).data;
  return {
    ...(bad === undefined ? {} : { isBad: bad }),
    ...(errorRate === undefined ? {} : { errorRate }),
    ...(p95Ms === undefined ? {} : { p95Ms }),
    ...(requests === undefined ? {} : { requests }),
  };
}
