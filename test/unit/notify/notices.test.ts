import { beforeEach, describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import type { JsonObject } from '../../../shared/domain/json.ts';
import { RateLimitedError, StorageUnavailableError, UpstreamError } from '../../../shared/errors.ts';
import { noticeOf } from '../../../shared/notify/notice.ts';
import { Notices } from '../../../shared/notify/notices.ts';
import { TargetRows } from '../../../shared/reconcile/target-rows.ts';
import type { AuditEntry } from '../../../shared/records/audit.ts';
import { keptLog, Service } from './service.ts';

const TARGET = { kind: 'edge', key: '/subscriptions/s/origingroups/shop', partition: 'edges' };

describe('a notice', () => {
  const of = (kind: AuditEntry['kind'], facts: JsonObject) =>
    noticeOf('edges', { schema: 1, kind, seq: 7, at: '2026-01-05T08:00:00.000Z', previous: '', hash: '', facts });

  it.each<[AuditEntry['kind'], JsonObject, string]>([
    [
      'proposed',
      { plan: 'p', steps: [{ title: 'weu: out' }, { title: 'neu: 900' }] },
      'A plan waits for approval: weu: out, neu: 900',
    ],
    ['proposed', { steps: Array(7).fill({ title: 'x' }) }, 'A plan waits for approval: x, x, x, x, x, 2 more'],
    ['acted', { step: { title: 'weu: out', from: {}, to: {} } }, 'Written: weu: out'],
    ['paged', { edge: 'e', reason: 'no-data' }, 'People are called: no-data'],
    ['page-over', { edge: 'e', reason: 'authorization' }, 'Over by itself: authorization'],
    ['plan-ended', { plan: 'p', state: 'done' }, 'The plan has ended: done'],
    ['plan-effective', { plan: 'p' }, 'The edge shows it'],
    ['paused', { by: 'alice' }, 'Paused'],
    ['refused', { steps: [null, 1, {}], subject: 'weu' }, 'Not written: weu'],
  ])('of %s %j says so', (kind, facts, title) => {
    expect(of(kind, facts)).toMatchObject({ key: 'edges#7', title });
  });

  it('says who and why, and where to look', () => {
    expect(of('cancelled', { plan: 'p1', by: 'alice', reason: 'drill is over', edge: 'shop' })).toMatchObject({
      severity: 'info',
      target: 'shop',
      detail: 'by: alice\nreason: drill is over',
      whatToDo: 'reflex plans show p1',
    });
  });

  it.each<AuditEntry['kind']>(['held', 'observed', 'unchanged', 'intent-opened', 'intent-released'])(
    'is not there for %s',
    (kind) => {
      expect(of(kind, {})).toBeUndefined();
    },
  );
});

describe('notices', () => {
  let rows: InMemoryRowStore;
  let clock: VirtualClock;
  let channel: Service;
  let log: ReturnType<typeof keptLog>;

  beforeEach(() => {
    rows = new InMemoryRowStore();
    clock = new VirtualClock();
    channel = new Service();
    log = keptLog();
  });

  async function record(...kinds: readonly AuditEntry['kind'][]): Promise<void> {
    const target = new TargetRows(rows);
    const at = clock.now().toISOString();
    const audit = kinds.map((kind) => ({ kind, at, facts: { reason: 'x' } }));
    await target.save(TARGET, await target.load(TARGET), { audit });
  }

  const notices = (...channels: readonly Service[]): Notices => {
    const named = (channels.length === 0 ? [channel] : channels).map((one, index) => ({
      name: `c${index}`,
      channel: one,
    }));
    return new Notices({ rows, clock, log, channels: named });
  };
  const send = async (): Promise<number> => await notices().send(['edges']);

  it('begin with what happens after the channel was named, and are sent once, in order', async () => {
    await record('acted');
    expect(await send()).toBe(0);
    await record('proposed', 'held', 'acted');
    expect(await send()).toBe(2);
    expect(await send()).toBe(0);
    expect(channel.taken).toEqual(['page edges#2', 'page edges#4']);
  });

  it('are sent again when a channel is back, and another channel is told meanwhile', async () => {
    const other = new Service();
    const both = notices(channel, other);
    await both.send(['edges', 'control']);
    await record('acted');
    channel.fail(new RateLimitedError('post', 1_000));
    expect(await both.send(['edges', 'control'])).toBe(1);
    expect(channel.calls).toBe(1);
    channel.fail();
    expect(await both.send(['edges', 'control'])).toBe(1);
    expect([channel.taken, other.taken]).toEqual([['page edges#1'], ['page edges#1']]);
  });

  it('that a channel will never take hold up no other', async () => {
    await send();
    await record('acted', 'acted');
    channel.fail(new UpstreamError('post', 400));
    expect(await send()).toBe(0);
    channel.fail();
    expect(await send()).toBe(0);
    expect(log.lines.map(({ fields }) => fields['notice'])).toEqual(['edges#1', 'edges#2']);
  });

  it('are not worth telling after a day', async () => {
    await send();
    await record('acted');
    await clock.advance(86_400_001);
    await record('proposed');
    expect(await send()).toBe(1);
    expect(channel.taken).toEqual(['page edges#2']);
  });

  it('are some in one call, and the rest in the next', async () => {
    await send();
    await record(...Array<'acted'>(25).fill('acted'));
    expect([await send(), await send(), await send()]).toEqual([20, 5, 0]);
  });

  it('are sent twice rather than lost when a crash comes before the cursor', async () => {
    await send();
    await record('acted');
    const transact = rows.transact.bind(rows);
    rows.transact = () => Promise.reject(new StorageUnavailableError('write rows'));
    await expect(send()).rejects.toThrow(StorageUnavailableError);
    rows.transact = transact;
    await send();
    expect(channel.taken).toEqual(['page edges#1', 'page edges#1']);
  });

  it('are read in pieces where nobody is interested in most of a chain', async () => {
    await send();
    for (let piece = 0; piece < 11; piece += 1) {
      await record(...Array<'held'>(50).fill('held'));
    }
    await record('acted');
    expect([await send(), await send()]).toEqual([0, 1]);
  });

  it('speak of no fault of ours that is none of the channel', async () => {
    await send();
    await record('acted');
    channel.fail(new Error('SECRET'));
    expect(await send()).toBe(0);
    expect(JSON.stringify(log.lines)).not.toContain('SECRET');
  });
});
