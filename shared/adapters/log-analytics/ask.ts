import * as z from 'zod';

import { UpstreamError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { refusalOf } from '../arm-reader.ts';

export interface LogAnalyticsOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** A Microsoft Entra token for `{endpoint}/.default`, fetched or cached by the caller. */
  readonly logToken: () => Promise<string>;
  readonly fetch?: (request: Request) => Promise<Response>;
  /** `https://api.loganalytics.io` if absent; no slash at the end. */
  readonly endpoint?: string;
}

/** No query reaches further back, whatever it says itself. */
const TIMESPAN = 'PT1H';
/** One row a region is what is asked for; of more than this the query is a wrong one. */
const MAX_ROWS = 1_000;

/** https://learn.microsoft.com/azure/azure-monitor/logs/api/response-format */
const answer = z.object({
  tables: z
    .array(
      z.object({
        columns: z.array(z.object({ name: z.string() })),
        rows: z.array(z.array(z.unknown())).max(MAX_ROWS),
      }),
    )
    .min(1),
  /** A query that was answered in part: status 200, and what is missing looks like nothing. */
  error: z.looseObject({ code: z.string().optional() }).nullish(),
});

/** What a query answers first. */
export type LogTable = z.infer<typeof answer>['tables'][number];

/**
 * Asks one Log Analytics workspace.
 * @throws RateLimitedError; UpstreamError, also for an answer in part.
 */
export async function askWorkspace(
  { workspace, query }: { readonly workspace: string; readonly query: string },
  options: Omit<LogAnalyticsOptions, 'clock' | 'log'> & { readonly operation: string; readonly signal?: AbortSignal },
): Promise<LogTable> {
  const { operation, logToken, signal, fetch = globalThis.fetch } = options;
  const endpoint = new URL(options.endpoint ?? 'https://api.loganalytics.io').origin;
  let response: Response;
  let body: unknown;
  try {
    const request = new Request(new URL(`/v1/workspaces/${encodeURIComponent(workspace)}/query`, endpoint), {
      method: 'POST',
      headers: { authorization: `Bearer ${await logToken()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, timespan: TIMESPAN }),
      redirect: 'manual',
      ...(signal === undefined ? {} : { signal }),
    });
    response = await fetch(request);
    body = response.status === 200 ? await response.json() : undefined;
  } catch (error) {
    throw new UpstreamError(operation, 0, { cause: error });
  }
  const { data } = answer.safeParse(body);
  const [table] = data?.tables ?? [];
  if (table === undefined) {
    throw refusalOf(operation, response);
  }
  if (data?.error !== undefined && data.error !== null) {
    throw new UpstreamError(`${operation}: in part`, 502);
  }
  return table;
}
