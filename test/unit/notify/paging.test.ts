import { describe, expect, it } from 'vitest';

import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import { RateLimitedError, RowConflictError, StorageUnavailableError, UpstreamError } from '../../../shared/errors.ts';
import { Paging, type PagingOptions } from '../../../shared/notify/paging.ts';
import type { Row, RowOperation } from '../../../shared/ports/row-store.ts';
import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import { page } from './pages.ts';
import { keptLog, Service, type Line } from './service.ts';

const MINUTE = 60_000;
const DOWN = new UpstreamError('page first', 503);
const KEY = page().key;

interface Plant {
  readonly clock: VirtualClock;
  readonly rows: InMemoryRowStore;
  readonly first: Service;
  readonly second: Service;
  readonly paging: Paging;
  readonly lines: readonly Line[];
  /** Another instance on the same rows. */
  readonly other: (over?: Partial<PagingOptions>) => Paging;
  /** The state of the page `KEY`. */
  readonly state: () => Promise<string | undefined>;
}

function setUp(rows = new InMemoryRowStore()): Plant {
  const clock = new VirtualClock();
  const [first, second] = [new Service(), new Service()];
  const log = keptLog();
  const pagers = [
    { name: 'first', pager: first },
    { name: 'second', pager: second },
  ];
  const other = (over = {}): Paging => new Paging({ rows, clock, log, pagers, escalateAfterMs: 10 * MINUTE, ...over });
  const paging = other();
  const state = async (): Promise<string | undefined> =>
    (await paging.pages()).find((row) => row.page.key === KEY)?.state;
  return { clock, rows, first, second, paging, lines: log.lines, other, state };
}

/** Rows that fail as they are told. */
class Flaky extends InMemoryRowStore {
  fault: (operations: readonly RowOperation[]) => Error | undefined = () => undefined;

  override async transact(partition: string, operations: readonly RowOperation[]): Promise<readonly string[]> {
    const error = this.fault(operations);
    if (error !== undefined) {
      throw error;
    }
    return super.transact(partition, operations);
  }
}

describe('a page', () => {
  it('goes from due to taken to acknowledged to resolved', async () => {
    const { paging, first, second, state, clock } = setUp();
    await paging.raise(page());
    expect(await state()).toBe('due');
    expect(first.calls).toBe(0);
    expect(await paging.deliverDue()).toEqual({ taken: 1, failed: 0, left: 0 });
    expect(await state()).toBe('taken');
    expect(first.open.get(KEY)).toEqual(page());
    expect(await paging.acknowledge(KEY, 'ann@contoso.example')).toBe(true);
    expect(await paging.pages()).toMatchObject([
      { state: 'acknowledged', acknowledged: { by: 'ann@contoso.example', at: clock.now().toISOString() } },
    ]);
    await clock.advance(60 * MINUTE);
    expect(await paging.deliverDue()).toEqual({ taken: 0, failed: 0, left: 0 });
    await paging.resolve(KEY);
    expect(await state()).toBe('resolved');
    await paging.deliverDue();
    expect(first.taken).toEqual([`page ${KEY}`, `resolve ${KEY}`]);
    expect(second.calls).toBe(0);
    await clock.advance(8 * 24 * 60 * MINUTE);
    await paging.deliverDue();
    expect(await paging.pages()).toEqual([]);
  });

  it('is one, however often it is raised', async () => {
    const { paging, other, first } = setUp();
    await Promise.all([paging.raise(page()), other().raise(page()), paging.raise(page())]);
    await paging.deliverDue();
    await paging.raise(page());
    await paging.deliverDue();
    await paging.acknowledge(KEY, 'ann');
    await paging.raise(page({ title: 'another' }));
    await paging.deliverDue();
    expect(first.taken).toEqual([`page ${KEY}`]);
  });

  it('of any size and any key can be kept, acknowledged and resolved', async () => {
    const { paging, first } = setUp();
    for (const key of ['', '\u0000/#?\\', 'k'.repeat(100_000), '😀'.repeat(300), '\ud83d']) {
      await paging.raise(page({ key, detail: 'x'.repeat(1_000_000) }));
      await paging.deliverDue();
      expect(first.open.size).toBe(1);
      expect(await paging.acknowledge(key, 'ann')).toBe(true);
      await paging.resolve(key);
      await paging.deliverDue();
      expect(first.open.size).toBe(0);
    }
    expect(new Set((await paging.pages()).map((row) => row.page.key)).size).toBe(5);
  });

  it('that nobody raised can be neither acknowledged nor resolved', async () => {
    const { paging, first } = setUp();
    expect(await paging.acknowledge(KEY, 'ann')).toBe(false);
    await paging.resolve(KEY);
    await paging.raise(page());
    await paging.resolve(KEY);
    expect(await paging.acknowledge(KEY, 'ann')).toBe(false);
    await paging.deliverDue();
    expect(first.open.size).toBe(0);
  });

  it('that nobody acknowledges goes to the next pager, and is resolved at both', async () => {
    const { paging, first, second, clock, lines } = setUp();
    await paging.raise(page());
    await paging.deliverDue();
    await clock.advance(10 * MINUTE - 1);
    await paging.deliverDue();
    expect([second.taken, lines]).toEqual([[], []]);
    await clock.advance(1);
    await paging.deliverDue();
    expect(second.open.get(KEY)).toEqual(page());
    expect(lines).toMatchObject([{ level: 'warn', fields: { page: KEY, severity: 'critical', pagers: 2 } }]);
    await clock.advance(60 * MINUTE);
    await paging.deliverDue();
    expect([first.calls, second.calls]).toEqual([1, 1]);
    await paging.resolve(KEY);
    await paging.deliverDue();
    expect([first.open.size, second.open.size]).toEqual([0, 0]);
  });

  it('stays due while there is no pager, and is sent when there is one', async () => {
    const { paging, other, first, state } = setUp();
    const none = other({ pagers: [] });
    await none.raise(page());
    expect(await none.deliverDue()).toEqual({ taken: 0, failed: 0, left: 0 });
    expect(await state()).toBe('due');
    await paging.deliverDue();
    expect(first.open.size).toBe(1);
  });
});

describe('a pager that is down', () => {
  it('is tried after 30 s, twice as long each time, 15 minutes at most, and gets the page at last', async () => {
    const { paging, first, clock, lines } = setUp();
    first.fail(DOWN);
    await paging.raise(page());
    const tries: number[] = [];
    for (let seconds = 0; seconds <= 3_600; seconds += 30) {
      const calls = first.calls;
      await paging.deliverDue();
      if (first.calls > calls) {
        tries.push(seconds);
      }
      await clock.advance(30_000);
    }
    expect(tries).toEqual([0, 30, 90, 210, 450, 930, 1_830, 2_730]);
    const refusals = lines.filter(({ fields }) => fields['pager'] === 'first');
    expect(refusals).toHaveLength(tries.length);
    expect(refusals.at(-1)).toMatchObject({
      level: 'warn',
      fields: { owes: 'page', why: 'page first failed with HTTP 503' },
    });
    first.fail();
    await paging.deliverDue();
    expect(first.open.size).toBe(1);
  });

  it('does not keep the page from the next pager', async () => {
    const { paging, first, second, clock, state } = setUp();
    first.fail(DOWN);
    await paging.raise(page());
    await paging.deliverDue();
    expect(await state()).toBe('due');
    await clock.advance(10 * MINUTE);
    await paging.deliverDue();
    expect(await state()).toBe('taken');
    expect(second.open.size).toBe(1);
    await paging.resolve(KEY);
    first.fail();
    await paging.deliverDue();
    expect(first.taken).toEqual([`resolve ${KEY}`]);
  });

  it('is tried once a call, whatever the number of pages', async () => {
    const { paging, first, clock } = setUp();
    first.fail(DOWN);
    for (const key of ['a', 'b', 'c']) {
      await paging.raise(page({ key }));
    }
    expect(await paging.deliverDue()).toEqual({ taken: 0, failed: 1, left: 2 });
    expect(await paging.deliverDue()).toEqual({ taken: 0, failed: 1, left: 1 });
    first.fail();
    await clock.advance(MINUTE);
    expect(await paging.deliverDue()).toEqual({ taken: 3, failed: 0, left: 0 });
  });

  it('gets the time that it asks for', async () => {
    const { paging, first, clock } = setUp();
    first.fail(new RateLimitedError('page first', 5 * MINUTE));
    await paging.raise(page());
    await paging.deliverDue();
    await clock.advance(5 * MINUTE - 1);
    await paging.deliverDue();
    expect(first.calls).toBe(1);
    await clock.advance(1);
    await paging.deliverDue();
    expect(first.calls).toBe(2);
  });

  it('that refuses is loud, holds up no other page, and the next pager is told', async () => {
    const { paging, first, second, lines } = setUp();
    first.fail(new UpstreamError('page first', 401));
    await paging.raise(page({ key: 'a' }));
    await paging.raise(page({ key: 'b' }));
    expect(await paging.deliverDue()).toEqual({ taken: 0, failed: 2, left: 0 });
    expect(lines.map(({ level }) => level)).toEqual(['error', 'error']);
    expect(await paging.deliverDue()).toEqual({ taken: 2, failed: 0, left: 0 });
    expect(second.taken).toEqual(['page a', 'page b']);
  });

  it.each([new Error('https://hooks.example/SECRET'), undefined])(
    'or has a fault of its own (%s) is tried again, and its words are not logged',
    async (fault) => {
      const { paging, first, lines, clock } = setUp();
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- somebody may
      first.trouble = () => Promise.reject(fault);
      await paging.raise(page());
      await paging.deliverDue();
      expect(lines).toHaveLength(1);
      expect(JSON.stringify(lines)).not.toContain('SECRET');
      first.fail();
      await clock.advance(MINUTE);
      await paging.deliverDue();
      expect(first.open.size).toBe(1);
    },
  );

  it('gets the most urgent first, and resolves last', async () => {
    const { paging, first, clock } = setUp();
    await paging.raise(page({ key: 'over' }));
    await paging.deliverDue();
    await paging.resolve('over');
    await paging.raise(page({ key: 'a', severity: 'info' }));
    await paging.raise(page({ key: 'b', severity: 'warning' }));
    await clock.advance(1);
    await paging.raise(page({ key: 'c' }));
    await paging.raise(page({ key: 'd', severity: 'warning' }));
    await paging.deliverDue();
    expect(first.taken.slice(1)).toEqual(['page c', 'page b', 'page d', 'page a', 'resolve over']);
  });

  it('gets a hundred calls at a time', async () => {
    const { paging } = setUp();
    for (let n = 0; n < 103; n += 1) {
      await paging.raise(page({ key: `k${n}` }));
    }
    expect(await paging.deliverDue()).toEqual({ taken: 100, failed: 0, left: 3 });
    expect(await paging.deliverDue()).toEqual({ taken: 3, failed: 0, left: 0 });
  });
});

describe('crashes and other instances', () => {
  it('a crash after the call repeats it with the same key', async () => {
    const rows = new Flaky();
    const { paging, first, other, state, clock } = setUp(rows);
    await paging.raise(page());
    rows.fault = () => (first.calls > 0 ? new StorageUnavailableError('gone') : undefined);
    await expect(paging.deliverDue()).rejects.toMatchObject({ code: 'REFLEX_STORAGE_UNAVAILABLE' });
    rows.fault = () => undefined;
    expect(await state()).toBe('due');
    await clock.advance(30_000);
    await other().deliverDue();
    expect(first.taken).toEqual([`page ${KEY}`, `page ${KEY}`]);
    expect(await state()).toBe('taken');
  });

  it('storage that takes no writes keeps no page back', async () => {
    const rows = new Flaky();
    const { paging, first } = setUp(rows);
    await paging.raise(page({ key: 'a' }));
    await paging.raise(page({ key: 'b' }));
    await paging.raise(page({ key: 'over' }));
    await paging.resolve('over');
    rows.fault = () => new StorageUnavailableError('read only');
    await expect(paging.deliverDue()).rejects.toMatchObject({ code: 'REFLEX_STORAGE_UNAVAILABLE' });
    expect(first.taken).toEqual(['page a', 'page b']);
    await expect(paging.raise(page({ key: 'c' }))).rejects.toMatchObject({ code: 'REFLEX_STORAGE_UNAVAILABLE' });
  });

  it('rows that others keep changing are given up after some attempts', async () => {
    const rows = new Flaky();
    const { paging } = setUp(rows);
    let writes = 0;
    rows.fault = () => {
      writes += 1;
      return new RowConflictError('contended');
    };
    await expect(paging.raise(page())).rejects.toMatchObject({ code: 'REFLEX_ROW_CONFLICT' });
    expect(writes).toBe(8);
  });

  it('two instances at once take turns', async () => {
    const { paging, other, first, clock, state } = setUp();
    await paging.raise(page());
    first.trouble = () => clock.sleep(1_000);
    const both = await clock.run(Promise.all([paging.deliverDue(), other().deliverDue()]));
    expect(both.map(({ taken }) => taken).sort()).toEqual([0, 1]);
    expect(both.map(({ left }) => left).sort()).toEqual([0, 1]);
    expect(first.calls).toBe(1);
    expect(await state()).toBe('taken');
  });

  it('another instance takes over from one that crashed in a call', async () => {
    const { paging, other, first, clock } = setUp();
    await paging.raise(page());
    first.trouble = () => new Promise(() => undefined);
    void paging.deliverDue();
    await clock.advance(30_000 - 1);
    first.fail();
    expect(await other().deliverDue()).toEqual({ taken: 0, failed: 0, left: 0 });
    await clock.advance(1);
    expect(await other().deliverDue()).toEqual({ taken: 1, failed: 0, left: 0 });
  });

  it('an instance whose list is old leaves the row to the one that changed it', async () => {
    class Old extends InMemoryRowStore {
      override async list(partition: string, prefix: string): Promise<readonly Row[]> {
        const rows = await super.list(partition, prefix);
        return rows.map((row) => ({ ...row, etag: 'old' }));
      }
    }
    const { paging, first, clock } = setUp(new Old());
    await paging.raise(page());
    await clock.advance(10 * MINUTE);
    expect(await paging.deliverDue()).toEqual({ taken: 0, failed: 0, left: 0 });
    expect(first.calls).toBe(0);
  });

  it('a resolve waits for the page that is on its way', async () => {
    const { paging, other, first, clock } = setUp();
    await paging.raise(page());
    first.trouble = () => clock.sleep(5_000);
    const sending = paging.deliverDue();
    await clock.advance(1_000);
    first.fail();
    await paging.resolve(KEY);
    await other().deliverDue();
    expect(first.taken).toEqual([]);
    await clock.run(sending);
    await other().deliverDue();
    expect(first.taken).toEqual([`page ${KEY}`, `resolve ${KEY}`]);
  });
});
