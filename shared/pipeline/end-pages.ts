import { placementOf } from '../domain/image/placement.ts';
import { progressKey, type StageProgress } from '../domain/image/progress.ts';
import { evidenceKey, type EdgeEvidence } from '../domain/traffic/evidence.ts';
import { isTold, type PageRow } from '../notify/page-row.ts';
import type { RowStore } from '../ports/row-store.ts';
import { planKey, type Plan } from '../reconcile/plan.ts';
import { TargetRows, type TargetState } from '../reconcile/target-rows.ts';
import { auditKey, type AuditRecord } from '../records/audit.ts';
import { readinessKey, type Readiness } from './check-ready.ts';
import { causeOf, type PagedFacts, type PresentState } from './page-causes.ts';

/** As much of the outbox as is needed. */
interface Outbox {
  pages(): Promise<readonly PageRow[]>;
  resolve(key: string): Promise<void>;
}

/** A page that an audit record has raised. */
interface Recorded {
  readonly row: PageRow;
  readonly partition: string;
  readonly seq: number;
}

/** How `raisePages` names a page. A key that had to be cut for its length, or names a problem, is of no record: a record ends it. */
const KEY = /^(?<partition>.+)#(?<seq>\d{1,12})$/;

/**
 * Ends the pages whose cause is gone: of what the loop has called people for, it says itself what is still so. A page
 * that nobody has been told of yet is told first, so that no trouble passes in silence.
 * @returns pages ended.
 * @throws StorageUnavailableError, RowConflictError: the next tick goes on.
 */
export async function endPages(rows: RowStore, outbox: Outbox): Promise<number> {
  const pages = (await outbox.pages()).filter((row) => row.state !== 'resolved' && isTold(row)).flatMap(recordOf);
  let ended = 0;
  for (const [partition, about] of Map.groupBy(pages, (page) => page.partition)) {
    // The same for all of them: what each says of itself is read with it.
    const state = await new TargetRows(rows).load({ kind: 'stored', key: partition, partition });
    for (const { row, seq } of about) {
      const record = (await rows.get(partition, auditKey(seq)))?.value as AuditRecord | undefined;
      const facts = (record?.facts ?? {}) as PagedFacts;
      const cause = causeOf(facts, await presentState(rows, partition, { facts, state }));
      if (cause === 'gone' || (cause === 'once' && row.state === 'acknowledged')) {
        await outbox.resolve(row.page.key);
        ended += 1;
      }
    }
  }
  return ended;
}

function recordOf(row: PageRow): readonly Recorded[] {
  const { partition, seq } = KEY.exec(row.page.key)?.groups ?? {};
  return partition === undefined ? [] : [{ row, partition, seq: Number(seq) }];
}

async function presentState(
  rows: RowStore,
  partition: string,
  { facts, state }: { readonly facts: PagedFacts; readonly state: TargetState },
): Promise<PresentState> {
  const { edge, plan: id, subject = '' } = facts;
  const place = placementOf(subject);
  const read = async <T>(key: string | undefined): Promise<T | undefined> =>
    key === undefined ? undefined : ((await rows.get(partition, key))?.value as T | undefined);
  const [evidence, readiness, plan, progress] = await Promise.all([
    read<EdgeEvidence>(edge && evidenceKey(edge)),
    read<Readiness>(edge && readinessKey(edge)),
    read<Plan>(id && planKey(id)),
    read<StageProgress>(place && progressKey(place)),
  ]);
  return {
    intents: state.intents,
    isActive: plan !== undefined && state.head.lanes[plan.target]?.activePlan === plan.id,
    ...(evidence === undefined ? {} : { evidence }),
    ...(readiness === undefined ? {} : { isReady: readiness.ready }),
    ...(plan === undefined ? {} : { plan }),
    ...(progress === undefined ? {} : { progress }),
  };
}
