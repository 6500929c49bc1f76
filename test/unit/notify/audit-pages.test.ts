import { beforeEach, describe, expect, it } from 'vitest';

import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import { StorageUnavailableError } from '../../../shared/errors.ts';
import { raisePages } from '../../../shared/notify/audit-pages.ts';
import type { Page } from '../../../shared/ports/pager.ts';
import { planKey } from '../../../shared/reconcile/plan.ts';
import { TargetRows } from '../../../shared/reconcile/target-rows.ts';

const TARGET = { kind: 'edge', key: '/subscriptions/s/origingroups/shop', partition: 'edges' };

describe('raisePages', () => {
  let rows: InMemoryRowStore;
  let raised: Page[];
  let resolved: string[];
  const outbox = {
    raise: (page: Page): Promise<void> => Promise.resolve(void raised.push(page)),
    resolve: (key: string): Promise<void> => Promise.resolve(void resolved.push(key)),
  };

  beforeEach(() => {
    rows = new InMemoryRowStore();
    raised = [];
    resolved = [];
  });

  async function record(
    kind: 'paged' | 'page-over' | 'held',
    facts: Readonly<Record<string, string | number>>,
  ): Promise<void> {
    const target = new TargetRows(rows);
    const at = '2026-01-05T08:00:00.000Z';
    await target.save(TARGET, await target.load(TARGET), { audit: [{ kind, at, facts }] });
  }

  const reasons = (): readonly string[] => raised.map(({ title }) => title.split(':')[0]!);

  it('raises each record that calls people, once, in order', async () => {
    await record('paged', { reason: 'drift', subject: `${TARGET.key}/origins/weu` });
    await record('held', { reason: 'drift' });
    await record('paged', { reason: 'no-data', edge: TARGET.key, origin: 'weu' });
    expect(await raisePages(rows, ['edges'], outbox)).toBe(2);
    expect(await raisePages(rows, ['edges'], outbox)).toBe(0);
    expect(reasons()).toEqual(['drift', 'no-data']);
    await record('paged', { reason: 'kill-switch' });
    expect(await raisePages(rows, ['edges'], outbox)).toBe(1);
    expect(raised.at(-1)).toMatchObject({ key: 'edges#4', severity: 'critical', target: 'edges' });
  });

  it('says what it is about, and what to look at', async () => {
    await record('paged', { reason: 'no-data', edge: TARGET.key, origin: 'weu' });
    await record('paged', { reason: 'stuck', plan: 'p1' });
    await raisePages(rows, ['edges'], outbox);
    expect(raised[0]).toMatchObject({ target: `${TARGET.key} weu`, title: 'no-data: s/origingroups/shop weu' });
    expect(raised[0]?.whatToDo).toContain('reflex edges');
    expect(raised[1]?.whatToDo).toContain('reflex plans show p1');
  });

  it('names an edge and its origin as the fleet does', async () => {
    await record('paged', { reason: 'no-data', edge: TARGET.key, origin: 'weu' });
    await record('paged', { reason: 'drift', subject: `${TARGET.key}/origins/neu` });
    await record('paged', { reason: 'no-data', edge: TARGET.key });
    await record('paged', { reason: 'no-data', edge: `${TARGET.key}-2` });
    await raisePages(rows, ['edges'], outbox, [{ name: 'front', id: TARGET.key }]);
    expect(raised.map(({ title }) => title)).toEqual([
      'no-data: front/weu',
      'drift: front/neu',
      'no-data: front',
      'no-data: s/origingroups/shop-2',
    ]);
    expect(raised[1]).toMatchObject({ target: `${TARGET.key}/origins/neu` });
  });

  it('is about the target of its plan where it names nothing else', async () => {
    await rows.transact('edges', [{ kind: 'put', rowKey: planKey('p1'), value: { target: TARGET.key } }]);
    await record('paged', { reason: 'plan-changed', plan: 'p1' });
    await record('paged', { reason: 'plan-changed', plan: 'forgotten' });
    await raisePages(rows, ['edges'], outbox);
    expect(raised.map(({ title }) => title)).toEqual(['plan-changed: s/origingroups/shop', 'plan-changed: edges']);
  });

  it('begins with what would let it go on', async () => {
    await record('paged', { reason: 'insufficient-capacity', edge: TARGET.key, advice: 'add room for 40 there' });
    await raisePages(rows, ['edges'], outbox);
    expect(raised[0]?.whatToDo).toMatch(
      /^add room for 40 there\n\nIt means: those that are left .*\.\nDo: .*\.\n\nLook up "insufficient-capacity" in .*reflex edges$/,
    );
  });

  it('names the page and the command of its subject', async () => {
    await record('paged', { reason: 'not-ready: votes', edge: TARGET.key });
    await raisePages(rows, ['edges'], outbox);
    expect(raised[0]?.whatToDo).toMatch(/docs\/failover\.md.*reflex ready/);
    // It comes after what is critical.
    expect(raised[0]?.severity).toBe('warning');
    const branch = { kind: 'git-branch', key: 'github.com/contoso/shop-gitops#main' };
    const target = new TargetRows(rows);
    const facts = { reason: 'guard-jump: to 9.0.0', subject: 'contoso.azurecr.io/shop/web@dev' };
    await target.save(branch, await target.load(branch), { audit: [{ kind: 'paged', at: '2026-01-05', facts }] });
    await raisePages(rows, [branch.key], outbox);
    expect(raised[1]?.whatToDo).toMatch(/"guard-jump" in docs\/errors\.md.*reflex images/);
  });

  it('tells people what they are to do themselves, and how they say that it is done', async () => {
    const asked = { reason: 'manual-step', plan: 'p1', step: 'weu:manual:db', instruction: '1. promote' };
    await record('paged', { ...asked, approvals: 1 });
    await record('paged', { ...asked, approvals: 0 });
    await raisePages(rows, ['edges'], outbox);
    expect(raised.map(({ whatToDo }) => whatToDo)).toEqual([
      '1. promote\n\nThen: reflex plans step-done p1 weu:manual:db --reason ...',
      '1. promote\n\nThen: reflex plans watch p1',
    ]);
  });

  it('raises again under the same key after a crash before the cursor was written, and loses nothing', async () => {
    await record('paged', { reason: 'drift' });
    await record('paged', { reason: 'no-data' });
    const transact = rows.transact.bind(rows);
    rows.transact = () => Promise.reject(new StorageUnavailableError('write rows'));
    await expect(raisePages(rows, ['edges'], outbox)).rejects.toThrow(StorageUnavailableError);
    rows.transact = transact;
    expect(await raisePages(rows, ['edges'], outbox)).toBe(2);
    expect(raised.map(({ key }) => key)).toEqual(['edges#1', 'edges#2', 'edges#1', 'edges#2']);
  });

  it('raises what the outbox did not take at the next call', async () => {
    await record('paged', { reason: 'drift' });
    const full = { ...outbox, raise: () => Promise.reject(new StorageUnavailableError('write page')) };
    await expect(raisePages(rows, ['edges'], full)).rejects.toThrow();
    expect(await raisePages(rows, ['edges'], outbox)).toBe(1);
  });

  it('resolves the page of a problem that is over, and of no other', async () => {
    await record('paged', { reason: 'authorization', edge: TARGET.key, problem: 'unreadable:1' });
    await record('paged', { reason: 'authorization', edge: TARGET.key, problem: 'unreadable:2' });
    await raisePages(rows, ['edges'], outbox);
    expect(resolved).toEqual([]);
    await record('page-over', { reason: 'authorization', edge: TARGET.key, problem: 'unreadable:1' });
    expect(await raisePages(rows, ['edges'], outbox)).toBe(0);
    expect(raised.map(({ key }) => key)).toEqual(['edges#unreadable:1', 'edges#unreadable:2']);
    expect(resolved).toEqual(['edges#unreadable:1']);
  });

  it('follows each chain by itself', async () => {
    await record('paged', { reason: 'drift' });
    expect(await raisePages(rows, ['others'], outbox)).toBe(0);
    expect(await raisePages(rows, ['others', 'edges'], outbox)).toBe(1);
  });

  it('takes a long chain in several rounds', async () => {
    for (let count = 0; count < 1_005; count += 1) {
      await record('held', { reason: 'x' });
    }
    await record('paged', { reason: 'late' });
    expect(await raisePages(rows, ['edges'], outbox)).toBe(0);
    expect(await raisePages(rows, ['edges'], outbox)).toBe(1);
  });
});
