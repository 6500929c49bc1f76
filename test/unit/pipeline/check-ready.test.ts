import { beforeEach, describe, expect, it } from 'vitest';

import { play, type Played } from '../../../cli/simulate/play.ts';
import { Scenario } from '../../../cli/simulate/scenario.ts';
import { put } from '../../../cli/simulate/seed.ts';
import { RowConflictError, UpstreamError } from '../../../shared/errors.ts';
import type { RowStore } from '../../../shared/ports/row-store.ts';
import { checkReady } from '../../../shared/pipeline/check-ready.ts';
import type { ReadinessPorts } from '../../../shared/reactions/readiness/index.ts';
import { KILL_SWITCH } from '../../../shared/reconcile/guards/kill-switch.ts';
import type { AuditRecord } from '../../../shared/records/audit.ts';
import { PAIR, portsOf } from '../reactions/readiness/ports.ts';

const HOUR = 3_600_000;
const UNREAD: Partial<ReadinessPorts> = { observe: () => Promise.reject(new UpstreamError('read origins', 403)) };

let played: Played;

async function check(more: Partial<ReadinessPorts> = {}): Promise<void> {
  await played.world.clock.run(checkReady(portsOf(played, more)));
}

async function stop(on: boolean): Promise<void> {
  await put(played.world, KILL_SWITCH, { on, by: 'alice', reason: 'test', at: '2026-03-02T08:00:00.000Z' });
}

async function pages(): Promise<readonly unknown[]> {
  const records = (await played.world.rows.list('edges', 'audit|')).map(({ value }) => value as unknown as AuditRecord);
  return records.filter(({ kind }) => kind === 'paged').map(({ facts }) => facts['reason']);
}

describe('people are called about what a failover would lack', () => {
  beforeEach(async () => {
    played = await play(Scenario.parse(PAIR));
  });

  it('once for as long as it lasts', async () => {
    await stop(true);
    await check();
    await check();
    expect(await pages()).toEqual([expect.stringMatching(/^not-ready: .*switches/)]);
  });

  it('again when something else is lacking as well', async () => {
    await stop(true);
    await check();
    await check(UNREAD);
    expect(await pages()).toHaveLength(2);
    expect((await pages())[1]).toMatch(/^not-ready: control-plane/);
  });

  it('not each time that a check is at its limit, but after a day', async () => {
    for (const on of [true, false, true]) {
      await stop(on);
      await check();
    }
    expect(await pages()).toHaveLength(1);
    await stop(false);
    await played.world.clock.run(played.world.clock.sleep(25 * HOUR));
    await check();
    await stop(true);
    await check();
    expect(await pages()).toHaveLength(2);
  });

  /** Rows that somebody else changes so often right before they are written. */
  function contested(times: number): RowStore {
    const { rows } = played.world;
    let left = times;
    return {
      get: async (partition, rowKey) => await rows.get(partition, rowKey),
      list: async (partition, prefix) => await rows.list(partition, prefix),
      partitionsWith: async (rowKey) => await rows.partitionsWith(rowKey),
      transact: async (partition, writes) => {
        left -= 1;
        return left < 0 ? await rows.transact(partition, writes) : await Promise.reject(new RowConflictError('head'));
      },
    };
  }

  it('although somebody else is at work on the edge', async () => {
    await stop(true);
    await check({ rows: contested(4) });
    expect(await pages()).toHaveLength(1);
  });

  it('in the next round where that goes on and on', async () => {
    await stop(true);
    await expect(check({ rows: contested(5) })).rejects.toThrow(RowConflictError);
    await check();
    expect(await pages()).toHaveLength(1);
  });

  it('about the first edges although one behind them does not answer', async () => {
    await stop(true);
    const { edge, clock } = played.world;
    const named = (name: string, priority: number) => ({ ...edge, id: `${edge.id}-${name}`, name, priority });
    const [late, ...early] = [named('late', 9), named('b', 2), named('a', 1)];
    const own = portsOf(played);
    const ports = portsOf(played, {
      edges: () => Promise.resolve([late, ...early]),
      observe: async (one) => {
        await (one.name === 'late' ? clock.sleep(HOUR) : undefined);
        return await own.observe(edge);
      },
    });
    const checking = checkReady(ports);
    await clock.advance(HOUR / 2);
    const kept = async () =>
      (await played.world.rows.list('edges', 'readiness|')).map(({ value }) => (value as { edge: string }).edge);
    expect(await kept()).toEqual(expect.arrayContaining(['a', 'b']));
    expect(await kept()).not.toContain('late');
    await clock.advance(HOUR);
    await checking;
    expect(await kept()).toContain('late');
    const paged = (await played.world.rows.list('edges', 'audit|')).map(({ value }) => value as unknown as AuditRecord);
    const about = paged.filter(({ kind }) => kind === 'paged').map(({ facts }) => facts['edge']);
    expect(about).toEqual(['a', 'b', 'late'].map((name) => `${edge.id}-${name}`));
  });

  it('of several faults of its own the first', async () => {
    const { edge } = played.world;
    const edges = () => Promise.resolve(['a', 'b'].map((name) => ({ ...edge, id: `${edge.id}-${name}`, name })));
    const observe: ReadinessPorts['observe'] = ({ name }) => Promise.reject(new TypeError(name));
    await expect(check({ edges, observe })).rejects.toThrow(new TypeError('a'));
  });

  it('once for a role that was taken away', async () => {
    await check();
    const before = (await pages()).length;
    const taken: Partial<ReadinessPorts> = {
      access: ({ id }) => Promise.resolve([{ scope: id, needed: { actions: ['a/write'] }, lack: 'fail', answer: [] }]),
    };
    await check(taken);
    await check(taken);
    expect((await pages()).slice(before)).toEqual([expect.stringMatching(/^not-ready: .*roles/)]);
  });

  it('not for a region that we have taken out', async () => {
    await check();
    const before = (await pages()).length;
    await played.world.clock.run(
      played.app.edges.command({
        ...{ id: 'c', by: 'alice', at: played.world.clock.now().toISOString() },
        asked: { command: 'failover', origin: 'east', edge: 'shop', reason: '', override: [], dryRun: false },
      }),
    );
    await check();
    expect((await pages()).slice(before)).toEqual([]);
  });
});
