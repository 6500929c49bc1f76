import { explainReason } from '../domain/traffic/reason-texts.ts';
import type { Page } from '../ports/pager.ts';
import type { RowStore } from '../ports/row-store.ts';
import { planKey, type Plan } from '../reconcile/plan.ts';
import { auditKey, type AuditRecord } from '../records/audit.ts';

/** Where a cursor of what has been raised lies: one row for each chain. */
const CURSORS = 'pages-cursors';
/** Records read in one round; the next tick goes on. */
const MAX_RECORDS = 1_000;

/** As much of the outbox as is needed. */
interface Outbox {
  raise(page: Page): Promise<void>;
  resolve(key: string): Promise<void>;
}

/** An edge as people know it; `id` is its ARM id, lower case. */
export interface NamedEdge {
  readonly name: string;
  readonly id: string;
}

/** What an audit record of kind `paged` is about. */
interface PagedFacts {
  readonly reason?: string;
  readonly edge?: string;
  readonly origin?: string;
  readonly subject?: string;
  readonly plan?: string;
  /** Of a step of people's. */
  readonly step?: string;
  readonly instruction?: string;
  readonly approvals?: number;
  /** What would let it go on. */
  readonly advice?: string;
  /** Names a problem that ends by itself. */
  readonly problem?: string;
}

/**
 * Raises a page for each audit record that says that people are called, and resolves those of problems that a record says
 * are over. The chain is the truth: a crash between the
 * record and the page costs a tick, and a record is raised twice under one key at most.
 *
 * @param partitions - those whose chains are followed.
 * @param edges - those of the fleet, by whose names people know what a page is about.
 * @returns pages raised.
 * @throws StorageUnavailableError, RowConflictError: call it again.
 */
export async function raisePages(
  rows: RowStore,
  partitions: readonly string[],
  outbox: Outbox,
  edges: readonly NamedEdge[] = [],
): Promise<number> {
  let raised = 0;
  for (const partition of partitions) {
    const cursor = await rows.get(CURSORS, partition.slice(0, 200));
    const before = (cursor?.value as { readonly seq?: number } | undefined)?.seq ?? 0;
    let seq = before;
    for (let count = 0; count < MAX_RECORDS; count += 1) {
      const row = await rows.get(partition, auditKey(seq + 1));
      if (row === undefined) {
        break;
      }
      const record = row.value as unknown as AuditRecord;
      if (record.kind === 'paged') {
        await outbox.raise(pageOf(partition, record, { subject: await subjectOf(rows, partition, record), edges }));
        raised += 1;
      }
      if (record.kind === 'page-over') {
        await outbox.resolve(keyOf(partition, record));
      }
      seq = record.seq;
    }
    if (seq > before) {
      await rows.transact(CURSORS, [{ kind: 'put', rowKey: partition.slice(0, 200), value: { schema: 1, seq } }]);
    }
  }
  return raised;
}

/** How the reasons of pages about readiness begin. */
const NOT_READY = 'not-ready';

function keyOf(partition: string, { seq, facts }: AuditRecord): string {
  const { problem } = facts as PagedFacts;
  return `${partition}#${problem ?? seq}`;
}

/** What a record is about; many targets share a partition, so one that names a plan alone is about that plan's. */
async function subjectOf(rows: RowStore, partition: string, { facts }: AuditRecord): Promise<string> {
  const { edge, subject, plan } = facts as PagedFacts;
  const named = edge ?? subject;
  const row = named !== undefined || plan === undefined ? undefined : await rows.get(partition, planKey(plan));
  return named ?? (row?.value as unknown as Plan | undefined)?.target ?? partition;
}

function pageOf(
  partition: string,
  record: AuditRecord,
  { subject, edges }: { readonly subject: string; readonly edges: readonly NamedEdge[] },
): Page {
  const { at, facts } = record;
  const { reason = 'unknown', origin } = facts as PagedFacts;
  const target = [subject, origin].filter((part) => part !== undefined).join(' ');
  return {
    key: keyOf(partition, record),
    // What a failover would lack wakes nobody ahead of one that is under way.
    severity: reason.startsWith(NOT_READY) ? 'warning' : 'critical',
    title: `${reason}: ${nameOf(subject, origin, edges) ?? target.split('/').slice(-3).join('/')}`,
    detail: JSON.stringify(facts),
    target,
    at,
    links: [],
    whatToDo: whatToDo(reason, facts, partition),
  };
}

/** `EDGE/ORIGIN`, or the edge alone; undefined where the fleet does not name it. */
function nameOf(subject: string, origin: string | undefined, edges: readonly NamedEdge[]): string | undefined {
  const edge = edges.find(({ id }) => subject === id || subject.startsWith(`${id}/`));
  const part = origin ?? (subject === edge?.id ? undefined : subject.split('/').at(-1));
  return edge === undefined ? undefined : [edge.name, part].filter((one) => one !== undefined).join('/');
}

/** What people are to do themselves stands in the page: whoever reads it may have nothing else at hand. */
function whatToDo(
  reason: string,
  { plan, step, instruction, approvals, advice }: PagedFacts,
  partition: string,
): string {
  if (plan !== undefined && step !== undefined && instruction !== undefined) {
    const then = approvals === 0 ? `reflex plans watch ${plan}` : `reflex plans step-done ${plan} ${step} --reason ...`;
    return `${instruction}\n\nThen: ${then}`;
  }
  // Branches are `host/owner/repo#branch`, and what is called for there is about images.
  const isBranch = partition.includes('#');
  const overview = isBranch ? 'reflex images' : reason.startsWith(NOT_READY) ? 'reflex ready' : 'reflex edges';
  const next = plan === undefined ? overview : `reflex plans show ${plan}`;
  const [code = reason] = reason.split(': ');
  const first = advice === undefined ? '' : `${advice}\n\n`;
  const text = isBranch ? undefined : explainReason(code);
  const told = text === undefined ? '' : `It means: ${text.means}.\nDo: ${text.whatToDo}.\n\n`;
  return `${first}${told}Look up "${code}" in docs/${isBranch ? 'errors' : 'failover'}.md, then: ${next}`;
}
