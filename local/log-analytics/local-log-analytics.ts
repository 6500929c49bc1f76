import * as z from 'zod';

import type { Clock } from '../../shared/ports/clock.ts';
import { answerFaults, FAULTS_PATH } from '../http/faults-api.ts';
import { Faults } from '../http/faults.ts';
import type { Handler } from '../http/serve.ts';

const ANSWERS_PATH = '/_local/answers';
const QUERIES_PATH = '/_local/queries';
const QUERY = /^\/v1\/workspaces\/([^/]+)\/query$/;
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MAX_QUERIES = 1_000;

/** What a person says that a workspace answers. */
const Said = z.strictObject({
  /** Any workspace if absent. */
  workspace: z.string().exactOptional(),
  /** A piece of the queries that it is for; all of them if absent. */
  when: z.string().exactOptional(),
  columns: z.array(z.strictObject({ name: z.string(), type: z.string().default('real') })),
  rows: z.array(z.array(z.unknown())),
  /** True: an answer in part, which has status 200 all the same. */
  partial: z.boolean().default(false),
});

const Question = z.looseObject({ query: z.string().min(1), timespan: z.string().exactOptional() });

/** A query that was asked. */
export interface AskedQuery {
  readonly workspace: string;
  readonly query: string;
  readonly timespan?: string;
}

/**
 * The query API of Log Analytics as far as this product asks it. It reads no KQL: a person says which rows a query gives.
 *
 * `PUT /_local/answers` with `{workspace?, when?, columns, rows, partial?}` says it, the newest that fits counts; `DELETE`
 * forgets all of them. `GET /_local/queries` shows what was asked, newest last.
 * @see https://learn.microsoft.com/azure/azure-monitor/logs/api/response-format
 */
export class LocalLogAnalytics {
  readonly faults = new Faults((status, message, headers) => refused(status, 'ServiceError', message, headers));
  readonly #clock: Clock;
  #said: readonly z.infer<typeof Said>[] = [];
  #asked: readonly AskedQuery[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly handler: Handler = async (request) => {
    const { pathname } = new URL(request.url);
    switch (pathname) {
      case FAULTS_PATH:
        return await answerFaults(request, this.faults);
      case ANSWERS_PATH:
        return await this.#answers(request);
      case QUERIES_PATH:
        return Response.json({ queries: this.#asked });
      default: {
        const call = { method: request.method, path: pathname, clock: this.#clock };
        return await this.faults.around(call, () => this.#query(request, pathname));
      }
    }
  };

  async #answers(request: Request): Promise<Response> {
    switch (request.method) {
      case 'PUT': {
        const said = Said.safeParse(await request.json().catch(() => undefined));
        if (!said.success) {
          return Response.json({ message: said.error.issues[0]?.message ?? 'not valid' }, { status: 422 });
        }
        this.#said = [said.data, ...this.#said];
        return Response.json(said.data);
      }
      case 'DELETE':
        this.#said = [];
        return new Response(null, { status: 204 });
      default:
        return new Response(null, { status: 405, headers: { allow: 'PUT, DELETE' } });
    }
  }

  async #query(request: Request, pathname: string): Promise<Response> {
    const workspace = QUERY.exec(pathname)?.[1]?.toLowerCase();
    if (workspace === undefined || !GUID.test(workspace) || request.method !== 'POST') {
      return refused(404, 'PathNotFoundError', 'The requested path does not exist');
    }
    if (!/^Bearer \S+$/.test(request.headers.get('authorization') ?? '')) {
      return refused(401, 'InvalidTokenError', 'The provided authentication is not valid for this resource');
    }
    const question = Question.safeParse(await request.json().catch(() => undefined));
    if (!question.success) {
      return refused(400, 'BadArgumentError', 'The request had some invalid properties');
    }
    const { query, timespan } = question.data;
    this.#asked = [...this.#asked, { workspace, query, ...(timespan === undefined ? {} : { timespan }) }];
    this.#asked = this.#asked.slice(-MAX_QUERIES);
    const said = this.#said.find(
      (one) => (one.workspace ?? workspace).toLowerCase() === workspace && query.includes(one.when ?? ''),
    );
    // What nobody has put into a workspace is a table that it does not have.
    return said === undefined
      ? refused(400, 'BadArgumentError', 'The request had some invalid properties')
      : answered(said);
  }
}

function answered({ columns, rows, partial }: z.infer<typeof Said>): Response {
  const error = { code: 'PartialError', message: 'There were some errors when processing your query.', details: [] };
  const tables = [{ name: 'PrimaryResult', columns, rows }];
  return Response.json({ tables, ...(partial ? { error } : {}) });
}

function refused(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json({ error: { code, message } }, { status, headers });
}
