import { describe, expect, it } from 'vitest';

import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import { intentKey } from '../../../shared/intents/intent.ts';
import { KnownIntents } from '../../../shared/reconcile/known-intents.ts';
import { partitionOf } from '../../../shared/reconcile/target-kind.ts';
import { TargetRows, type Transition } from '../../../shared/reconcile/target-rows.ts';
import { verifyChains } from '../../../shared/reconcile/audit-chains.ts';
import { linkRecords, NO_AUDIT, auditKey } from '../../../shared/records/audit.ts';
import { TARGET } from './counter-target.ts';
import { entryOf, intentOf, planOf, stepOf } from './rows.ts';
import { OTHER_PLANT, PLANT } from './valves-target.ts';

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

const LEASE = { owner: 'me', target: PLANT.key, until: '2026-01-01T00:00:10.000Z' };

describe('a transition', () => {
  async function afterAll(...transitions: readonly Transition[]): Promise<TargetRows> {
    const rows = new TargetRows(new InMemoryRowStore());
    for (const transition of transitions) {
      await rows.save(PLANT, await rows.load(PLANT), transition);
    }
    return rows;
  }

  it('writes the head, intents, plan, facts and records together, and answers with what is stored', async () => {
    const store = new InMemoryRowStore();
    const rows = new TargetRows(store);
    const plan = planOf({ journal: [entryOf(stepOf('plant/a/one', 1, 9))] });
    const answer = await rows.save(PLANT, await rows.load(PLANT), {
      fence: 4,
      lane: { activePlan: plan.id },
      intents: [intentOf()],
      plan,
      facts: [{ rowKey: 'expected', value: { a: 1 } }],
      audit: [{ kind: 'acted', at: '2026-01-01T00:00:00.000Z', facts: {} }],
    });
    expect(await rows.load(PLANT)).toEqual(answer);
    expect(answer).toMatchObject({ head: { revision: 1, fence: 4, audit: { seq: 1 } }, lane: { activePlan: plan.id } });
    expect(await rows.plan(PLANT, plan.id)).toEqual(plan);
    expect((await store.list('plants', '')).map(({ rowKey }) => rowKey)).toEqual([
      'audit|000000000001',
      'expected',
      'head',
      'intent|plant/a/one|reaction:turner|incident',
      'plan|plan-1',
    ]);
  });

  it.each([0, 1])('from a state that is no longer so is refused whole: head at revision %d', async (revision) => {
    const rows = await afterAll(...Array.from({ length: revision }, () => ({})));
    const stale = await rows.load(PLANT);
    await rows.save(PLANT, stale, {});
    await expect(rows.save(PLANT, stale, { intents: [intentOf()] })).rejects.toMatchObject({
      code: 'REFLEX_ROW_CONFLICT',
    });
    expect((await rows.load(PLANT)).intents.size).toBe(0);
  });

  it('sets and frees one channel, and leaves the others to their holders', async () => {
    const other = { ...LEASE, owner: 'you' };
    const rows = await afterAll(
      { lease: { channel: 'one', lease: LEASE } },
      { lease: { channel: 'two', lease: LEASE } },
      { lease: { channel: 'one', lease: other } },
      {},
    );
    expect((await rows.load(PLANT)).head.leases).toEqual({ one: other, two: LEASE });
    await rows.save(PLANT, await rows.load(PLANT), { lease: { channel: 'one', lease: undefined } });
    expect((await rows.load(PLANT)).head.leases).toEqual({ two: LEASE });
  });

  it('changes the members of its own lane that it names, and no other lane', async () => {
    const rows = await afterAll({ lane: { activePlan: 'p', refused: 'd', wakeAt: 'w' } });
    await rows.save(OTHER_PLANT, await rows.load(OTHER_PLANT), { lane: { refused: 'other' } });
    await rows.save(PLANT, await rows.load(PLANT), { lane: { refused: 'e' }, clear: ['wakeAt', 'activePlan'] });
    expect((await rows.load(PLANT)).head.lanes).toEqual({
      [PLANT.key]: { previews: {}, fields: [], refused: 'e' },
      [OTHER_PLANT.key]: { previews: {}, fields: [], refused: 'other' },
    });
  });

  it('without news keeps fence, leases and chain', async () => {
    const audit = [{ kind: 'acted', at: '2026-01-01T00:00:00.000Z', facts: {} }] as const;
    const rows = await afterAll({ fence: 7, lease: { channel: 'one', lease: LEASE }, audit });
    const before = (await rows.load(PLANT)).head;
    await rows.save(PLANT, await rows.load(PLANT), {});
    expect((await rows.load(PLANT)).head).toEqual({ ...before, revision: 2 });
  });
});

describe('a target that is loaded again', () => {
  /** Counts how often intents are listed. */
  class CountedRows extends InMemoryRowStore {
    lists = 0;

    override async list(partition: string, prefix: string): ReturnType<InMemoryRowStore['list']> {
      this.lists += 1;
      return await super.list(partition, prefix);
    }
  }

  it('lists its intents only where somebody else has changed it', async () => {
    const store = new CountedRows();
    const rows = new TargetRows(store);
    const mine = intentOf();
    await rows.save(PLANT, await rows.load(PLANT), { intents: [mine] });
    expect([...(await rows.load(PLANT)).intents.values()]).toEqual([mine]);
    expect([...(await new TargetRows(store).load(PLANT)).intents.values()]).toEqual([mine]);
    expect(store.lists).toBe(1);

    const head = await store.get(partitionOf(PLANT), 'head');
    const theirs = intentOf({ subject: 'plant/b/one' });
    await store.transact(partitionOf(PLANT), [
      { kind: 'replace', rowKey: 'head', etag: head!.etag, value: head!.value },
      { kind: 'put', rowKey: intentKey(theirs), value: JSON.parse(JSON.stringify(theirs)) as never },
    ]);
    expect((await rows.load(PLANT)).intents.size).toBe(2);
    expect(store.lists).toBe(2);
  });

  it('forgets the partition that nobody has asked for the longest', () => {
    const known = new KnownIntents();
    for (let index = 0; index <= 256; index += 1) {
      known.keep(`p${index}`, 'e', new Map());
    }
    expect([known.at('p0', 'e'), known.at('p1', 'other'), known.at('p256', 'e')?.size]).toEqual([
      undefined,
      undefined,
      0,
    ]);
  });
});
