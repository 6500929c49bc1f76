import type * as z from 'zod';

import { sha256 } from '../../domain/digest.ts';
import type { PageRow } from '../../notify/page-row.ts';
import type { Answer } from '../../reflex.ts';
import { problem } from '../problem.ts';
import { PageList, PagesQuery, PageView } from './page-schemas.ts';
import { pageOf } from './pages.ts';
import { json, READERS, route, type PeopleTools, type Route } from './route.ts';

/** Keys hold slashes and number signs, which no segment of a path survives; so many digits no two pages share. */
const ID_DIGITS = 12;

/** What people are called for, and that somebody has seen it. */
export const PAGE_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: 'pages',
    operation: 'listPages',
    summary: 'What people are called for, newest first',
    roles: READERS,
    query: PagesQuery,
    answers: { 200: { description: 'pages', schema: PageList } },
    answer: async ({ query: { state, ...page } }, { paging }) => {
      const rows = (await paging.pages()).filter((row) =>
        state === undefined ? row.state !== 'resolved' : state === 'all' || row.state === state,
      );
      const { items, next } = pageOf(rows, (row) => `${row.raisedAt} ${idOf(row)}`, page);
      return json(200, { pages: items.map(viewOf), ...(next === undefined ? {} : { next }) });
    },
  }),
  route({
    method: 'POST',
    path: 'pages/{id}/acknowledge',
    operation: 'acknowledgePage',
    summary: 'Says that the caller has seen a page: no further pager is told; again, or too late, changes nothing',
    roles: ['Operator', 'Approver'],
    answers: { 200: { description: 'the page as it is now', schema: PageView } },
    refusals: [404],
    answer: async ({ by, params }, { paging }) => {
      const found = await findPage(paging, params['id'] ?? '');
      if (found === undefined) {
        return noSuchPage();
      }
      await paging.acknowledge(found.page.key, by.objectId);
      const now = await findPage(paging, params['id'] ?? '');
      return now === undefined ? noSuchPage() : json(200, viewOf(now));
    },
  }),
];

async function findPage(paging: PeopleTools['paging'], id: string): Promise<PageRow | undefined> {
  return (await paging.pages()).find((row) => idOf(row) === id);
}

function idOf({ page }: PageRow): string {
  return sha256(page.key).slice(0, ID_DIGITS);
}

function viewOf(row: PageRow): z.infer<typeof PageView> {
  const { page, state, raisedAt, resolvedAt, acknowledged, deliveries } = row;
  const { key, severity, title, target, detail, whatToDo, at } = page;
  return {
    id: idOf(row),
    key,
    state,
    severity,
    title,
    target,
    detail,
    whatToDo,
    at,
    raisedAt,
    ...(resolvedAt === undefined ? {} : { resolvedAt }),
    ...(acknowledged === undefined ? {} : { acknowledged }),
    pagers: deliveries.map(({ pager: name, owes, failures }) => ({ name, owes, failures })),
  };
}

function noSuchPage(): Answer {
  return problem(404, 'REFLEX_NOT_FOUND', 'No page has this id.');
}
