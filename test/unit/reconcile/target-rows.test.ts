import { describe, expect, it } from 'vitest';

import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import { TargetRows } from '../../../shared/reconcile/target-rows.ts';
import { verifyChains } from '../../../shared/reconcile/audit-chains.ts';
import { linkRecords, NO_AUDIT, auditKey } from '../../../shared/records/audit.ts';
import { TARGET } from './counter-target.ts';

describe('a head row of schema 1', () => {
  it('is read with its chain, and written in the present form', async () => {
    const rows = new InMemoryRowStore();
    const [record] = linkRecords(NO_AUDIT, [{ kind: 'acted', at: '2026-01-01T00:00:00.000Z', facts: {} }]);
    const { seq, hash } = record!;
    const old = { schema: 1, revision: 4, fence: 2, previews: {}, activePlan: 'p', audit: { seq, hash } };
    await rows.transact(TARGET.key, [
      { kind: 'put', rowKey: 'head', value: old },
      { kind: 'put', rowKey: auditKey(1), value: JSON.parse(JSON.stringify(record)) as never },
    ]);
    const targets = new TargetRows(rows);
    const state = await targets.load(TARGET);
    expect(state).toMatchObject({ head: { schema: 2, revision: 4, fence: 2 }, lane: { previews: {}, fields: [] } });

    await targets.save(TARGET, state, { audit: [{ kind: 'unchanged', at: '2026-01-02T00:00:00.000Z', facts: {} }] });

    expect((await targets.load(TARGET)).head).toMatchObject({ schema: 2, revision: 5, audit: { seq: 2 } });
    for await (const { fault } of verifyChains(rows)) {
      expect(fault).toBeUndefined();
    }
  });
});
