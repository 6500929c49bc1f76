import { beforeEach, describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import { placementSubject } from '../../../shared/domain/image/placement.ts';
import { newProgress, progressKey, type HeldVersion } from '../../../shared/domain/image/progress.ts';
import { evidenceKey, NO_EVIDENCE } from '../../../shared/domain/traffic/evidence.ts';
import { raisePages } from '../../../shared/notify/audit-pages.ts';
import { Paging } from '../../../shared/notify/paging.ts';
import { endPages } from '../../../shared/pipeline/end-pages.ts';
import type { Pager } from '../../../shared/ports/pager.ts';
import { TargetRows } from '../../../shared/reconcile/target-rows.ts';
import type { AuditEntry } from '../../../shared/records/audit.ts';

const EDGE = '/subscriptions/s/origingroups/shop';
const TARGET = { kind: 'edge', key: EDGE, partition: 'edges' };
const AT = '2026-01-05T08:00:00.000Z';
const ignore = (): void => undefined;

describe('endPages', () => {
  let rows: InMemoryRowStore;
  let heard: string[];
  let isDown: boolean;
  let paging: Paging;

  beforeEach(async () => {
    rows = new InMemoryRowStore();
    heard = [];
    isDown = false;
    paging = pagingWith([{ name: 'first', pager }]);
    await call({ edge: EDGE, origin: 'weu', reason: 'bad' }, { weu: 'bad' });
    await raisePages(rows, ['edges'], paging);
  });

  const pager: Pager = {
    page: ({ key }) => (isDown ? Promise.reject(new Error('down')) : Promise.resolve(void heard.push(`page ${key}`))),
    resolve: (key) => Promise.resolve(void heard.push(`resolve ${key}`)),
  };

  function pagingWith(pagers: ConstructorParameters<typeof Paging>[0]['pagers']): Paging {
    const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
    return new Paging({ rows, clock: new VirtualClock(), log, pagers, escalateAfterMs: 900_000 });
  }

  /** Writes what people are called for, and what the loop remembers of it. */
  async function call(
    facts: Readonly<Record<string, string>> | undefined,
    paged: Readonly<Record<string, string>>,
  ): Promise<void> {
    const target = new TargetRows(rows);
    const value = { ...NO_EVIDENCE, paged };
    await target.save(TARGET, await target.load(TARGET), {
      facts: [{ rowKey: evidenceKey(EDGE), value }],
      audit: facts === undefined ? [] : [{ kind: 'paged', at: AT, facts }],
    });
  }

  it('ends a page when its cause is gone, and the pager hears of it', async () => {
    await paging.deliverDue();
    expect(await endPages(rows, paging)).toBe(0);
    await call(undefined, {});
    expect(await endPages(rows, paging)).toBe(1);
    await paging.deliverDue();
    expect(heard).toEqual(['page edges#1', 'resolve edges#1']);
    expect(await endPages(rows, paging)).toBe(0);
  });

  it('ends no page that nobody has been told of', async () => {
    isDown = true;
    await paging.deliverDue();
    await call(undefined, {});
    expect(await endPages(rows, paging)).toBe(0);
  });

  it('ends it where there is nobody to be told', async () => {
    const alone = pagingWith([]);
    await call(undefined, {});
    await alone.deliverDue();
    expect(await endPages(rows, alone)).toBe(1);
  });

  it('ends what has no cause that could go when somebody has seen it', async () => {
    await call({ edge: EDGE, command: 'c', reason: 'no-snapshot' }, { weu: 'bad' });
    await raisePages(rows, ['edges'], paging);
    await paging.deliverDue();
    expect(await endPages(rows, paging)).toBe(0);
    await paging.acknowledge('edges#2', 'alice');
    expect(await endPages(rows, paging)).toBe(1);
  });

  it('leaves the page about a version that has failed while its stage runs what it went back to', async () => {
    const place = { image: 'contoso.azurecr.io/shop/web', stage: 'prod' };
    const bad = { tag: '2', digest: 'bad', cause: 'verification', at: AT, reason: '' } as const;
    const save = async (held: readonly HeldVersion[], audit: readonly AuditEntry[]): Promise<void> => {
      const target = new TargetRows(rows);
      const facts = [{ rowKey: progressKey(place), value: { ...newProgress(place, AT), held } }];
      await target.save(TARGET, await target.load(TARGET), { facts, audit });
    };
    const reason = 'verification-failed: back to 1: probe';
    const facts = { subject: placementSubject(place), digest: 'bad', reason };
    await save([bad], [{ kind: 'paged', at: AT, facts }]);
    await raisePages(rows, ['edges'], paging);
    await paging.deliverDue();
    expect(await endPages(rows, paging)).toBe(0);
    await save([], []);
    expect(await endPages(rows, paging)).toBe(1);
  });

  it('leaves a page whose key names no record', async () => {
    await paging.raise({
      key: 'by hand',
      severity: 'info',
      title: 't',
      detail: '',
      target: '',
      at: AT,
      links: [],
      whatToDo: '',
    });
    await paging.deliverDue();
    await call(undefined, {});
    expect(await endPages(rows, paging)).toBe(1);
    expect((await paging.pages()).filter(({ state }) => state !== 'resolved')).toMatchObject([
      { page: { key: 'by hand' } },
    ]);
  });
});
