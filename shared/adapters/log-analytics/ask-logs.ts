import * as z from 'zod';

import { UpstreamError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { refusalOf } from '../arm-reader.ts';

/** Where Log Analytics' query API is, and who we are there. */
export interface LogAccess {
  /** A Microsoft Entra token for `{endpoint}/.default`, fetched or cached by the caller. */
  readonly logToken: () => Promise<string>;
  readonly fetch?: (request: Request) => Promise<Response>;
  /** `https://api.loganalytics.io` if absent; no slash at the end. */
  readonly endpoint?: string;
}

/** Of whoever asks again and again. */
export interface LogAnalyticsOptions extends LogAccess {
  readonly clock: Clock;
  readonly log: Log;
}

export interface LogQuestion {
  /** For errors. */
  readonly operation: string;
  readonly workspace: string;
  readonly query: string;
  /** ISO 8601; an hour if absent. No query reaches further back, whatever it says itself. */
  readonly timespan?: string;
  readonly signal?: AbortSignal;
}

/** One row a subject is what is asked for; of more than this the query is a wrong one. */
const MAX_ROWS = 1_000;

/** https://learn.microsoft.com/azure/azure-monitor/logs/api/response-format */
const Answer = z.object({
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

export type LogTable = z.infer<typeof Answer>['tables'][number];

/** The first table of an answer. @throws RateLimitedError; UpstreamError, also for an answer in part. */
export async function askLogs(
  { logToken, fetch = globalThis.fetch, endpoint = 'https://api.loganalytics.io' }: LogAccess,
  { operation, workspace, query, timespan = 'PT1H', signal }: LogQuestion,
): Promise<LogTable> {
  let response: Response;
  let body: unknown;
  try {
    const path = `/v1/workspaces/${encodeURIComponent(workspace)}/query`;
    const request = new Request(new URL(path, new URL(endpoint).origin), {
      method: 'POST',
      headers: { authorization: `Bearer ${await logToken()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, timespan }),
      redirect: 'manual',
      ...(signal === undefined ? {} : { signal }),
    });
    response = await fetch(request);
    body = response.status === 200 ? await response.json() : undefined;
  } catch (error) {
    throw new UpstreamError(operation, 0, { cause: error });
  }
  const { data } = Answer.safeParse(body);
  const [table] = data?.tables ?? [];
  if (table === undefined) {
    throw refusalOf(operation, response);
  }
  if (data?.error !== undefined && data.error !== null) {
    throw new UpstreamError(`${operation}: in part`, 502);
  }
  return table;
}
