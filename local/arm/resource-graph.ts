import * as z from 'zod';

import type { Clock } from '../../shared/ports/clock.ts';
import { armError } from './answers.ts';

export const RESOURCE_GRAPH = '/providers/microsoft.resourcegraph/resources';
export const SCANS_PATH = '/_local/scans';

const Scan = z.strictObject({
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  findings: z.array(z.strictObject({ cve: z.string(), severity: z.string() })),
  /** When the result is there: after that time, as Defender's comes hours after the push. */
  inMs: z.number().min(0).default(0),
});
const Query = z.object({
  query: z.string(),
  subscriptions: z.array(z.string()).min(1),
  options: z.object({ $top: z.int().min(1).max(1000).default(1000), $skipToken: z.string().exactOptional() }),
});

interface Result {
  readonly at: number;
  readonly rows: readonly object[];
}

/**
 * A double of Azure Resource Graph for one question: what Defender found about some digests. It runs no KQL: it answers
 * with the columns of that question for each digest that the query names.
 */
export class LocalResourceGraph {
  readonly #clock: Clock;
  readonly #results = new Map<string, Result>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A scan ends; its result shows `inMs` later. */
  scan({ digest, findings, inMs }: z.input<typeof Scan>): void {
    const id = (name: string): string => `/subscriptions/s/providers/Microsoft.Security/assessments/${name}`;
    const rows = findings.map(({ cve, severity }, index) => {
      const finding = `c0b7cfc6-3172-465a-b378-53c7ff2cc0d5/subassessments/${String(index)}`;
      return { id: id(finding), digest, code: 'Unhealthy', cve, severity };
    });
    const judged = { id: id('33422d8f-ab1e-42be-bc9a-38685bb567b9'), digest, cve: '', severity: '' };
    const code = findings.length === 0 ? 'Healthy' : 'Unhealthy';
    this.#results.set(digest, { at: this.#clock.now().getTime() + (inMs ?? 0), rows: [{ ...judged, code }, ...rows] });
  }

  /** `POST`: a scan, as above. */
  async answerScans(request: Request): Promise<Response> {
    const scan = Scan.safeParse(await request.json().catch(() => undefined));
    if (request.method !== 'POST' || !scan.success) {
      return Response.json({ message: 'expected POST of digest, findings and inMs' }, { status: 422 });
    }
    this.scan(scan.data);
    return new Response(null, { status: 204 });
  }

  async answer(request: Request): Promise<Response> {
    const asked = Query.safeParse(await request.json().catch(() => undefined));
    if (!asked.success || !asked.data.query.startsWith('securityresources')) {
      return armError(400, 'BadRequest', 'Please provide below info when asking for support: the query is not valid.');
    }
    const { query, options } = asked.data;
    const digests = new Set(query.match(/sha256:[0-9a-f]{64}/g) ?? []);
    const now = this.#clock.now().getTime();
    const rows = [...digests].flatMap((digest) => {
      const result = this.#results.get(digest);
      return result === undefined || result.at > now ? [] : result.rows;
    });
    const start = Number(options.$skipToken ?? 0);
    const data = rows.slice(start, start + options.$top);
    const end = start + data.length;
    return Response.json({
      totalRecords: rows.length,
      count: data.length,
      data,
      facets: [],
      resultTruncated: 'false',
      ...(end < rows.length ? { $skipToken: String(end) } : {}),
    });
  }
}
