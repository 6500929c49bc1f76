import { canonicalJson } from '../../domain/json.ts';
import type { RowStore } from '../../ports/row-store.ts';
import type { AuditRecord } from '../../records/audit.ts';
import { AuditPage, AuditQuery } from './audit-schemas.ts';
import { pageOf } from './pages.ts';
import { json, READERS, route, type Route } from './route.ts';
import { partitionsOf } from './stored-plans.ts';

interface Stored extends AuditRecord {
  readonly target: string;
}

/** What has happened to every target, and why. */
export const AUDIT_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: 'audit',
    operation: 'listAudit',
    summary: 'What has happened to the targets, by whom and why, newest first',
    roles: READERS,
    query: AuditQuery,
    answers: { 200: { description: 'one page', schema: AuditPage } },
    answer: async ({ query: { target, kind, about, ...page } }, { rows }) => {
      const partitions = (await partitionsOf(rows)).filter((one) => target === undefined || one === target);
      const all = (await Promise.all(partitions.map((partition) => recordsIn(rows, partition)))).flat();
      const wanted = about?.toLowerCase() ?? '';
      const asked = all.filter(
        (record) =>
          (kind === undefined || record.kind === kind) && canonicalJson(record.facts).toLowerCase().includes(wanted),
      );
      const { items, next } = pageOf(asked, keyOf, page);
      const records = items.map(({ target: of, seq, at, kind: what, facts, hash }) => ({
        ...{ target: of, seq, at, kind: what, facts, hash },
      }));
      return json(200, { records, ...(next === undefined ? {} : { next }) });
    },
  }),
];

async function recordsIn(rows: RowStore, target: string): Promise<readonly Stored[]> {
  const stored = await rows.list(target, 'audit|');
  return stored.map(({ value }) => ({ ...(value as unknown as AuditRecord), target }));
}

/** Of records of one target and the same instant the later one comes first. */
function keyOf({ at, target, seq }: Stored): string {
  return `${at} ${target} ${String(seq).padStart(12, '0')}`;
}
