import { describe, expect, it } from 'vitest';

import type { IntentRequest } from '../../../shared/intents/lifecycle.ts';
import { KILL_SWITCH } from '../../../shared/reconcile/guards/kill-switch.ts';
import { openIntents } from '../../../shared/reconcile/open-intents.ts';
import { reconcile } from '../../../shared/reconcile/reconcile.ts';
import type { Report } from '../../../shared/reconcile/report.ts';
import { TargetRows } from '../../../shared/reconcile/target-rows.ts';
import { findAuditFault, type AuditRecord } from '../../../shared/records/audit.ts';
import { bench, Dials, TARGET, wish } from './counter-target.ts';

function setUp(): {
  dials: Dials;
  tools: ReturnType<typeof bench>;
  ask: (...requests: IntentRequest[]) => Promise<unknown>;
  look: () => Promise<Report>;
  records: () => Promise<AuditRecord[]>;
} {
  const tools = bench();
  const dials = new Dials();
  const rows = new TargetRows(tools.rows);
  return {
    dials,
    tools,
    ask: (...requests) => openIntents(rows, TARGET, { requests, now: () => tools.clock.now() }),
    look: () => tools.clock.run(reconcile(TARGET, dials, tools)),
    records: async () => {
      const all = (await tools.rows.list(TARGET.key, 'audit|')).map(({ value }) => value as unknown as AuditRecord);
      expect(findAuditFault(all, (await rows.load(TARGET)).head.audit)).toBeUndefined();
      return all;
    },
  };
}

async function kinds(records: Promise<AuditRecord[]>): Promise<string[]> {
  return (await records).map(({ kind }) => kind);
}

describe('reconcile', () => {
  it('writes what is wanted once and closes the intent with evidence', async () => {
    const { ask, look, dials, records, tools } = setUp();
    await ask(wish(3));

    expect(await look()).toEqual({ outcome: 'settled' });
    expect(await look()).toEqual({ outcome: 'settled' });

    expect(dials.writes).toHaveLength(1);
    expect(dials.values).toEqual({ a: 3 });
    expect(await kinds(records())).toEqual(['intent-opened', 'acted']);
    const [intent] = (await new TargetRows(tools.rows).load(TARGET)).intents.values();
    expect(intent).toMatchObject({ state: 'closed', evidence: { evidence: { version: 1 } } });
  });

  it('changes nothing when the same signal comes again after the effect', async () => {
    const { ask, look, dials, records } = setUp();
    await ask(wish(3));
    await look();
    await ask(wish(3));
    await look();

    expect(dials.writes).toHaveLength(1);
    expect(await kinds(records())).toEqual(['intent-opened', 'acted']);
  });

  it('records what is true already as unchanged, without a write', async () => {
    const { ask, look, dials, records } = setUp();
    dials.values = { a: 3 };
    await ask(wish(3));
    await look();

    expect(dials.writes).toHaveLength(0);
    expect(await kinds(records())).toEqual(['intent-opened', 'unchanged']);
  });

  it('writes all that is wanted at the moment in one step', async () => {
    const { ask, look, dials } = setUp();
    await ask(wish(1), wish(2, { subject: 'b' }));
    await look();

    expect(dials.writes).toHaveLength(1);
    expect(dials.values).toEqual({ a: 1, b: 2 });
  });

  it('takes up an intent that was opened while it was writing, before it leaves', async () => {
    const { ask, look, dials } = setUp();
    await ask(wish(1));
    dials.onWrite = async () => {
      dials.onWrite = undefined;
      await ask(wish(2, { subject: 'b' }));
    };
    await look();

    expect(dials.values).toEqual({ a: 1, b: 2 });
  });

  it('leaves an intent open that was replaced while its former value was being written', async () => {
    const { ask, look, dials } = setUp();
    await ask(wish(1));
    dials.onWrite = async () => {
      dials.onWrite = undefined;
      await ask(wish(2, { asOf: '2026-01-05T09:00:00.000Z' }));
    };
    await look();

    expect(dials.values).toEqual({ a: 2 });
    expect(dials.writes).toHaveLength(2);
  });

  it('looks again after a lost race and keeps the plan', async () => {
    const { ask, look, dials } = setUp();
    dials.faults = ['race'];
    await ask(wish(1));
    await look();

    expect(dials.values).toEqual({ a: 1 });
    expect(dials.writes.filter(({ plan }) => plan !== 'somebody-else')).toHaveLength(1);
  });

  it('finds a write whose answer was lost and does not send it again', async () => {
    const { ask, look, dials, records, tools } = setUp();
    dials.faults = ['lost-after'];
    await ask(wish(1));
    await expect(look()).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM' });
    expect(await look()).toMatchObject({ outcome: 'busy', wakeInMs: 11_000 });
    expect(await look(), 'one wake message is enough').toEqual({ outcome: 'busy' });
    await tools.clock.advance(10_000);

    expect(await look()).toEqual({ outcome: 'settled' });
    expect(dials.writes).toHaveLength(1);
    expect(await kinds(records())).toEqual(['intent-opened', 'acted']);
  });

  it('sends again what never arrived', async () => {
    const { ask, look, dials, records, tools } = setUp();
    dials.faults = ['lost-before'];
    await ask(wish(1));
    await expect(look()).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM' });
    await tools.clock.advance(10_000);
    await look();

    expect(dials.writes).toHaveLength(1);
    expect(await kinds(records())).toEqual(['intent-opened', 'acted']);
  });

  it('recognises a late arrival of an earlier send as its own act', async () => {
    const { ask, look, dials, records, tools } = setUp();
    dials.faults = ['lost-before'];
    await ask(wish(1));
    await expect(look()).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM' });
    await tools.clock.advance(10_000);
    const plan = (await new TargetRows(tools.rows).load(TARGET)).lane.activePlan ?? '';
    dials.onWrite = () => {
      dials.onWrite = undefined;
      dials.values = { a: 1 };
      dials.writes.push({ plan, values: dials.values });
      return Promise.resolve();
    };
    await look();

    expect(dials.writes).toHaveLength(1);
    expect(await kinds(records())).toEqual(['intent-opened', 'acted']);
  });

  it('waits as long as the service asks and then goes on', async () => {
    const { ask, look, dials } = setUp();
    dials.faults = [{ limitMs: 60_000 }];
    await ask(wish(1));
    const report = await look();

    expect(report.outcome).toBe('waiting');
    expect(report.wakeInMs).toBeGreaterThanOrEqual(60_000);
    await look();
    expect(dials.values).toEqual({ a: 1 });
  });

  it('keeps back what a rule forbids and says why', async () => {
    const { ask, look, dials, records } = setUp();
    await ask(wish(-1));
    await look();
    await look();

    expect(dials.writes).toHaveLength(0);
    const held = (await records()).filter(({ kind }) => kind === 'held');
    expect(held).toHaveLength(1);
    expect(held[0]?.facts).toMatchObject({ reason: 'negative' });
  });

  it('blocks an intent that the service refuses, calls people, and does not try it again at once', async () => {
    const { ask, look, dials, records } = setUp();
    dials.faults = ['refused'];
    await ask(wish(1));
    await look();

    await look();

    expect(await kinds(records())).toEqual(['intent-opened', 'refused', 'paged']);
    expect(dials.writes).toHaveLength(0);
    await ask(wish(2, { asOf: '2026-01-05T09:00:00.000Z' }));
    await look();
    expect(dials.values, 'another wish is tried').toEqual({ a: 2 });
  });

  it('parks and pages when the history under a write was rewritten', async () => {
    const { ask, look, dials, records, tools } = setUp();
    dials.writes.push({ plan: 'x', values: {} });
    dials.faults = ['lost-before'];
    await ask(wish(1));
    await expect(look()).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM' });
    dials.writes.length = 0;
    await tools.clock.advance(10_000);
    await look();

    expect(await kinds(records())).toContain('paged');
  });

  it.each([
    ['observe', 'observed', 'preview'],
    ['propose', 'proposed', 'waiting'],
  ] as const)('%s: records what it would do once, with the diff, and writes nothing', async (mode, kind, state) => {
    const { ask, look, dials, records, tools } = setUp();
    await ask(wish(1, { mode }));
    await look();
    await look();

    expect(dials.writes).toHaveLength(0);
    expect(await kinds(records())).toEqual(['intent-opened', kind]);
    const [plan] = await tools.rows.list(TARGET.key, 'plan|');
    expect(plan?.value).toMatchObject({ state, steps: [{ to: { a: 1 } }] });
  });

  it.each([{ on: true }, { on: 'no' }, 'broken'])('writes nothing while the kill switch says %j', async (value) => {
    const { ask, look, dials, tools } = setUp();
    await tools.rows.transact(KILL_SWITCH.partition, [{ kind: 'put', rowKey: KILL_SWITCH.rowKey, value }]);
    await ask(wish(1));

    expect(await look()).toEqual({ outcome: 'stopped' });
    expect(dials.writes).toHaveLength(0);
    await tools.rows.transact(KILL_SWITCH.partition, [
      { kind: 'put', rowKey: KILL_SWITCH.rowKey, value: { on: false } },
    ]);
    await look();
    expect(dials.values).toEqual({ a: 1 });
  });

  it('gives way when it never gets a turn, and asks to be woken', async () => {
    const { ask, look, dials } = setUp();
    dials.faults = Array.from({ length: 100 }, () => 'stale' as const);
    await ask(wish(1));
    const report = await look();

    expect(report.outcome).toBe('busy');
    expect(report.wakeInMs).toBeGreaterThanOrEqual(5_000);
  });
});
