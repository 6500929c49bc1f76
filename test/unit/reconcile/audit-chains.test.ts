import { describe, expect, it } from 'vitest';

import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import type { Json } from '../../../shared/domain/json.ts';
import type { Row, RowStore } from '../../../shared/ports/row-store.ts';
import { verifyChains, type ChainReport } from '../../../shared/reconcile/audit-chains.ts';
import { TargetRows } from '../../../shared/reconcile/target-rows.ts';
import { auditKey, type AuditEntry } from '../../../shared/records/audit.ts';

const ENTRY: AuditEntry = { kind: 'acted', at: '2026-01-01T00:00:00.000Z', facts: { commit: 'c1' } };

async function append(rows: RowStore, target: string, entries: number): Promise<void> {
  const targets = new TargetRows(rows);
  const ref = { kind: 'dial', key: target };
  for (let made = 0; made < entries; made += 1) {
    await targets.save(ref, await targets.load(ref), { audit: [ENTRY] });
  }
}

async function verified(rows: RowStore, only?: string): Promise<ChainReport[]> {
  const reports: ChainReport[] = [];
  for await (const report of verifyChains(rows, only)) {
    reports.push(report);
  }
  return reports;
}

async function faults(rows: RowStore): Promise<(string | undefined)[]> {
  return (await verified(rows)).map(({ fault }) => fault);
}

async function overwrite(rows: RowStore, rowKey: string, change: (value: Record<string, Json>) => Json): Promise<void> {
  const { value } = (await rows.get('a', rowKey))!;
  await rows.transact('a', [{ kind: 'put', rowKey, value: change(value as Record<string, Json>) }]);
}

async function remove(rows: RowStore, rowKey: string): Promise<void> {
  const { etag } = (await rows.get('a', rowKey))!;
  await rows.transact('a', [{ kind: 'delete', rowKey, etag }]);
}

describe('verifyChains', () => {
  it('finds every target and says that its chain is whole', async () => {
    const rows = new InMemoryRowStore();
    await append(rows, 'b', 1);
    await append(rows, 'a', 3);

    expect(await verified(rows)).toMatchObject([
      { target: 'a', records: 3, tip: { seq: 3 } },
      { target: 'b', records: 1, tip: { seq: 1 } },
    ]);
    expect(await faults(rows)).toEqual([undefined, undefined]);
    expect((await verified(rows, 'b')).map(({ target }) => target)).toEqual(['b']);
  });

  it.each<[string, (rows: RowStore) => Promise<void>, RegExp]>([
    [
      'a changed record',
      (rows) => overwrite(rows, auditKey(2), (value) => ({ ...value, kind: 'held' })),
      /record 2 was changed/,
    ],
    ['a removed record', (rows) => remove(rows, auditKey(2)), /record 2 is missing/],
    ['a removed last record', (rows) => remove(rows, auditKey(3)), /ends at record 2, the target's head at record 3/],
    ['a removed head', (rows) => remove(rows, 'head'), /no head row/],
  ])('finds %s', async (_, tamper, expected) => {
    const rows = new InMemoryRowStore();
    await append(rows, 'a', 3);
    await tamper(rows);
    expect((await verified(rows, 'a'))[0]?.fault).toMatch(expected);
  });

  it('reads again when a transition comes between its reads, and gives up on a target that never rests', async () => {
    const rows = new InMemoryRowStore();
    await append(rows, 'a', 1);
    let transitions = 0;
    const busy = (limit: number): RowStore => ({
      get: (partition, rowKey) => rows.get(partition, rowKey),
      partitionsWith: (rowKey) => rows.partitionsWith(rowKey),
      transact: (partition, operations) => rows.transact(partition, operations),
      list: async (partition, prefix): Promise<readonly Row[]> => {
        if (transitions < limit) {
          transitions += 1;
          await append(rows, 'a', 1);
        }
        return await rows.list(partition, prefix);
      },
    });

    expect(await faults(busy(3))).toEqual([undefined]);
    expect(await faults(busy(100))).toEqual(['the target kept changing while it was read']);
  });
});
