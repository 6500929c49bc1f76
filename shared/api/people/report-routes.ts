import { readRun, reportOf, toHtml, toMarkdown } from '../../reports/index.ts';
import { problem } from '../problem.ts';
import { ReportQuery, ReportView } from './report-schemas.ts';
import { json, READERS, route, type Route } from './route.ts';
import { findPlan } from './stored-plans.ts';

/** What a plan did and why. */
export const REPORT_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: 'plans/{id}/report',
    operation: 'reportPlan',
    summary: 'What a plan did, when and why, and what came of a drill',
    roles: READERS,
    query: ReportQuery,
    answers: { 200: { description: 'the report; with another format a file for people', schema: ReportView } },
    answer: async ({ params, query }, { rows }) => {
      const found = await findPlan(rows, params['id'] ?? '');
      const run = found === undefined ? undefined : await readRun(rows, found.target, found.plan.id);
      if (run === undefined) {
        return problem(404, 'REFLEX_NOT_FOUND', 'There is no such plan.');
      }
      const report = reportOf(run);
      switch (query.format) {
        case 'json':
          return json(200, report);
        case 'md':
          return fileOf('text/markdown', toMarkdown(report));
        case 'html':
          return fileOf('text/html', toHtml(report));
      }
    },
  }),
];

function fileOf(type: string, body: string) {
  const headers = {
    'content-type': `${type}; charset=utf-8`,
    'cache-control': 'no-store',
    // Text in it comes from outside: a browser runs and fetches nothing, whatever the file says of itself.
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    'x-content-type-options': 'nosniff',
  };
  return { status: 200, headers, body };
}
