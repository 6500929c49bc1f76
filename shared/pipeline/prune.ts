import { WORKFLOW_DISPATCHES } from '../domain/image/workflow-dispatch.ts';
import { evidenceKey } from '../domain/traffic/evidence.ts';
import { RowConflictError } from '../errors.ts';
import type { Fleet } from '../fleet/model.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Row, RowStore } from '../ports/row-store.ts';
import { TargetRows, type TargetState } from '../reconcile/target-rows.ts';
import { LEDGER_PARTITIONS, type LedgerRow } from '../records/ledger.ts';
import { PARKING_PARTITION } from '../records/parking.ts';
import { REFUSED_PARTITION } from '../records/refused-tokens.ts';
import { ageOf, AGEING, openKeys, type InUse } from '../records/retention.ts';
import { burdenKey, EDGES } from '../targets/edge/index.ts';
import { readinessKey } from './check-ready.ts';
import { branchTarget } from './images/targets.ts';

export interface PruningTools {
  readonly rows: RowStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly fleet: () => Promise<Fleet>;
  /** How long what is over is kept. */
  readonly retentionMs: number;
}

/** Partitions seen to in one call: some 260 are there, so with a call each 5 minutes all of them several times a day. */
const PARTITIONS = 4;
/** Rows marked in one partition and call; each is a write of its own. */
const MARKS = 50;
/** Rows deleted in one partition and call; a transaction takes 100. */
const DELETES = 500;
const TRANSACTION = 100;

/** Counts, one row for each hour. */
const HOURLY: readonly string[] = [PARKING_PARTITION, REFUSED_PARTITION];

const CURSOR = { partition: 'retention', rowKey: 'cursor' } as const;

/**
 * Deletes rows that are over and older than the retention: tombstones of intents, ended plans, outcomes of commands, what
 * is known of edges that nobody has any more, the ledger, dispatches, counts of what was parked and refused. Each call sees to the next few
 * partitions. Whatever is written meanwhile wins, by the row's version; a call that ends in the middle is gone on with.
 * @returns rows deleted.
 * @throws StorageUnavailableError, and what the fleet throws: nothing is deleted that the fleet may still name.
 */
export async function prune(tools: PruningTools): Promise<number> {
  const { rows, log } = tools;
  const fleet = await tools.fleet();
  const targets = [EDGES, ...fleet.repositories.map((repository) => branchTarget(repository).key)];
  const ring = [...new Set([...targets, ...LEDGER_PARTITIONS, ...HOURLY, WORKFLOW_DISPATCHES])].toSorted();
  const cursor = (await rows.get(CURSOR.partition, CURSOR.rowKey))?.value as { readonly after?: string } | undefined;
  const start = ring.findIndex((partition) => partition > (cursor?.after ?? ''));
  const next = [...ring.slice(Math.max(start, 0)), ...ring].slice(0, Math.min(PARTITIONS, ring.length));
  let deleted = 0;
  for (const partition of next) {
    deleted += targets.includes(partition)
      ? await pruneTarget(partition, fleet, tools)
      : await pruneRecords(partition, tools);
    const value = { schema: 1, after: partition };
    await rows.transact(CURSOR.partition, [{ kind: 'put', rowKey: CURSOR.rowKey, value }]);
  }
  if (deleted > 0) {
    log.info('rows whose time is over were deleted', { deleted });
  }
  return deleted;
}

async function pruneTarget(partition: string, fleet: Fleet, tools: PruningTools): Promise<number> {
  const { rows, clock, retentionMs } = tools;
  const lists = await Promise.all(AGEING.map((prefix) => rows.list(partition, prefix)));
  // Read after the rows: what has been taken into use meanwhile is seen, or has another version.
  const state = await new TargetRows(rows).load({ kind: 'stored', key: partition, partition });
  const inUse = usedIn(state, fleet);
  const over: Row[] = [];
  let marks = 0;
  for (const row of lists.flat()) {
    const age = ageOf(row, inUse, { now: clock.now(), retentionMs });
    if (age === 'delete') {
      over.push(row);
    } else if (age !== 'keep' && marks < MARKS) {
      marks += 1;
      await unlessChanged(async () => {
        const { rowKey, etag } = row;
        await rows.transact(partition, [{ kind: 'replace', rowKey, etag, value: age.value }]);
      });
    }
  }
  return await remove(partition, over, rows);
}

async function pruneRecords(partition: string, { rows, clock, retentionMs }: PruningTools): Promise<number> {
  const oldest = new Date(clock.now().getTime() - retentionMs).toISOString();
  const old = (await rows.list(partition, '')).filter(({ rowKey, value }) =>
    HOURLY.includes(partition) ? rowKey < oldest.slice(0, 13) : (value as unknown as Pick<LedgerRow, 'at'>).at < oldest,
  );
  return await remove(partition, old, rows);
}

/** @returns rows deleted; those that somebody else has changed or deleted stay for the next time. */
async function remove(partition: string, over: readonly Row[], rows: RowStore): Promise<number> {
  let deleted = 0;
  for (let from = 0; from < Math.min(over.length, DELETES); from += TRANSACTION) {
    const batch = over
      .slice(from, from + TRANSACTION)
      .map(({ rowKey, etag }) => ({ kind: 'delete', rowKey, etag }) as const);
    const isDone = await unlessChanged(async () => {
      await rows.transact(partition, batch);
    });
    deleted += isDone ? batch.length : 0;
  }
  return deleted;
}

async function unlessChanged(write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof RowConflictError) {
      return false;
    }
    throw error;
  }
}

function usedIn({ head, intents }: TargetState, { edges }: Fleet): InUse {
  const open = openKeys(intents.values());
  const subjects = [...intents.values()].filter(({ state }) => state !== 'closed').map(({ subject }) => subject);
  const lanes = Object.entries(head.lanes);
  const left = lanes.filter(
    ([key, { fields, activePlan }]) =>
      fields.length > 0 || activePlan !== undefined || subjects.some((one) => one === key || one.startsWith(`${key}/`)),
  );
  const inForce = [...edges.map(({ id }) => id), ...left.map(([key]) => key)];
  const named = lanes.flatMap(([, { activePlan, previews }]) => [
    ...(activePlan === undefined ? [] : [activePlan]),
    ...Object.values(previews).map(({ plan }) => plan),
  ]);
  return {
    plans: new Set(named),
    intents: open,
    facts: new Set(inForce.flatMap((edge) => [burdenKey(edge), evidenceKey(edge), readinessKey(edge)])),
  };
}
