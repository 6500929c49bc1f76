import { createHttpHeaders, RestError, type HttpClient } from '@azure/core-rest-pipeline';
import { LogsQueryClient, LogsQueryResultStatus, type LogsQueryResult } from '@azure/monitor-query-logs';
import * as z from 'zod';

import { UpstreamError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { allowLoopback, isPlainLoopback } from '../arm-access.ts';
import { toReflexError } from '../arm-failures.ts';

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

const Table = z.object({
  columnDescriptors: z.array(z.object({ name: z.string() })),
  rows: z.array(z.array(z.unknown())).max(MAX_ROWS),
});

/** Rows as the SDK reads them: times are dates, dynamic values are parsed, `NaN` stays a text. */
export interface LogTable {
  readonly columns: readonly { readonly name: string }[];
  readonly rows: readonly (readonly unknown[])[];
}

/** The first table of an answer. @throws RateLimitedError; UpstreamError, also for an answer in part. */
export async function askLogs(
  access: LogAccess,
  { operation, workspace, query, timespan = 'PT1H', signal }: LogQuestion,
): Promise<LogTable> {
  let result: LogsQueryResult;
  try {
    result = await clientFor(access, signal).queryWorkspace(workspace, query, { duration: timespan });
  } catch (error) {
    throw toReflexError(operation, error);
  }
  // Status 200 as well, and what is missing looks like nothing.
  if (result.status !== LogsQueryResultStatus.Success) {
    throw new UpstreamError(`${operation}: in part`, 502);
  }
  const { data } = Table.safeParse(result.tables[0]);
  if (data === undefined) {
    throw new UpstreamError(operation, 502);
  }
  return { columns: data.columnDescriptors, rows: data.rows };
}

/** One for each question: the SDK's options of a query have no way to end it. */
function clientFor(
  { logToken, fetch = globalThis.fetch, endpoint = 'https://api.loganalytics.io' }: LogAccess,
  signal: AbortSignal | undefined,
): LogsQueryClient {
  const url = new URL(endpoint).origin;
  const credential = { getToken: async () => ({ token: await logToken(), expiresOnTimestamp: 0 }) };
  const client = new LogsQueryClient(credential, {
    endpoint: `${url}/v1`,
    credentials: { scopes: [`${url}/.default`] },
    // The SDK would sleep as long as Retry-After says, without a cap: waits are the caller's.
    retryOptions: { maxRetries: 0 },
    redirectOptions: { maxRetries: 0 },
    httpClient: clientBy(fetch, signal),
    ...(isPlainLoopback(url) ? { allowInsecureConnection: true } : {}),
  });
  return allowLoopback(client, { url, credential });
}

/** Sends through `fetch`, which a signal of ours ends. */
function clientBy(fetch: (request: Request) => Promise<Response>, signal: AbortSignal | undefined): HttpClient {
  return {
    sendRequest: async (request) => {
      const { url, method, body, headers } = request;
      const answer = await fetch(
        new Request(url, {
          ...{ method, headers: headers.toJSON(), redirect: 'manual' },
          ...(typeof body === 'string' ? { body } : {}),
          ...(signal === undefined ? {} : { signal }),
        }),
      );
      const told = {
        ...{ request, status: answer.status, headers: createHttpHeaders(Object.fromEntries(answer.headers)) },
        bodyAsText: await answer.text(),
      };
      // The SDK's own error loses the status and the headers where the body is not what it expects.
      if (answer.status !== 200) {
        throw new RestError(`answered with ${answer.status}`, { request, response: told, statusCode: answer.status });
      }
      return told;
    },
  };
}
