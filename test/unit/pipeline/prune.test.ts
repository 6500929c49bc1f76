import { beforeEach, describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import { WORKFLOW_DISPATCHES } from '../../../shared/domain/image/workflow-dispatch.ts';
import { NO_EVIDENCE } from '../../../shared/domain/traffic/evidence.ts';
import { StorageUnavailableError } from '../../../shared/errors.ts';
import type { Fleet } from '../../../shared/fleet/model.ts';
import { intentKey, type Intent } from '../../../shared/intents/intent.ts';
import { prune } from '../../../shared/pipeline/prune.ts';
import type { Plan } from '../../../shared/reconcile/plan.ts';
import { TargetRows } from '../../../shared/reconcile/target-rows.ts';
import { Ledger } from '../../../shared/records/ledger.ts';
import { auditKey } from '../../../shared/records/audit.ts';

const DAY_MS = 86_400_000;
const SHOP = '/subscriptions/s/origingroups/shop';
const GONE = '/subscriptions/s/origingroups/gone';
const TARGET = { kind: 'edge', key: SHOP, partition: 'edges' };
const FLEET = {
  edges: [{ id: SHOP }],
  repositories: [{ owner: 'contoso', repo: 'gitops', branch: 'main' }],
} as unknown as Fleet;
const ignore = (): void => undefined;
const LOG = { debug: ignore, info: ignore, warn: ignore, error: ignore };
/** Calls in which every partition is seen to. */
const ROUND = 66;

function intent(cause: string, state: Intent['state']): Intent {
  const who = { schema: 1, subject: `${SHOP}/origins/weu`, by: { reaction: 'region-failover' }, cause } as const;
  const when = { asOf: '2026-01-05T08:00:00.000Z', openedAt: '2026-01-05T08:00:00.000Z' };
  return { ...who, ...when, kind: 'out', value: {}, mode: 'enforce', reason: 'bad', signals: [], state };
}

function plan(id: string, state: Plan['state'], serves: readonly Intent[] = []): Plan {
  const served = serves.map((one) => ({ key: intentKey(one), subject: one.subject, value: '', signals: [] }));
  const rest = { revision: 1, steps: [], journal: [], digest: 'd', created: '2026-01-05T08:00:00.000Z' };
  return { schema: 1, id, target: SHOP, state, serves: served, ...rest };
}

describe('prune', () => {
  let rows: InMemoryRowStore;
  let clock: VirtualClock;
  let target: TargetRows;

  beforeEach(async () => {
    rows = new InMemoryRowStore();
    clock = new VirtualClock();
    target = new TargetRows(rows);
    await save({ intents: [intent('old', 'closed'), intent('now', 'failed')], plan: plan('done', 'done') });
    await save({ plan: plan('needed', 'refused', [intent('now', 'failed')]) });
    await save({ plan: plan('active', 'parked'), lane: { activePlan: 'active', fields: [] } });
    await save({ plan: plan('shown', 'preview'), lane: { previews: { observe: { digest: 'd', plan: 'shown' } } } });
    await save({
      facts: [
        ...[SHOP, GONE].flatMap((edge) => [
          { rowKey: `burden|${edge}`, value: { schema: 1 } },
          { rowKey: `evidence|${edge}`, value: NO_EVIDENCE },
        ]),
        { rowKey: 'command|1', value: { decision: 'noop' } },
      ],
      audit: [{ kind: 'held', at: '2026-01-05T08:00:00.000Z', facts: {} }],
    });
  });

  async function save(transition: Parameters<TargetRows['save']>[2]): Promise<void> {
    await target.save(TARGET, await target.load(TARGET), transition);
  }

  const tools = (over: Partial<Parameters<typeof prune>[0]> = {}): Parameters<typeof prune>[0] => ({
    rows,
    clock,
    log: LOG,
    fleet: () => Promise.resolve(FLEET),
    retentionMs: 30 * DAY_MS,
    ...over,
  });

  async function round(): Promise<number> {
    let deleted = 0;
    for (let call = 0; call < ROUND; call += 1) {
      deleted += await prune(tools());
    }
    return deleted;
  }

  const keys = async (): Promise<readonly string[]> => (await rows.list('edges', '')).map(({ rowKey }) => rowKey);
  const STAYS = [
    auditKey(1),
    `burden|${SHOP}`,
    `evidence|${SHOP}`,
    'head',
    intentKey(intent('now', 'failed')),
    'plan|active',
    'plan|needed',
    'plan|shown',
  ];

  it('deletes what has been over for longer than the retention, and nothing that is open or in use', async () => {
    const before = await keys();
    expect(await round()).toBe(0);
    await clock.advance(30 * DAY_MS);
    expect(await round()).toBe(0);
    expect(await keys()).toEqual(before);
    await clock.advance(DAY_MS);
    expect(await round()).toBe(5);
    expect(await keys()).toEqual(STAYS);
    expect(await round()).toBe(0);
  });

  it('comes to the same end after a crash at any write', async () => {
    const transact = rows.transact.bind(rows);
    for (const age of [0, 31 * DAY_MS]) {
      await clock.advance(age);
      for (let crashAt = 1; crashAt < 12; crashAt += 1) {
        let writes = 0;
        rows.transact = async (partition, operations) => {
          writes += 1;
          if (writes === crashAt) {
            throw new StorageUnavailableError('write rows');
          }
          return await transact(partition, operations);
        };
        await prune(tools()).catch(ignore);
        rows.transact = transact;
      }
      await round();
    }
    expect(await keys()).toEqual(STAYS);
  });

  it('leaves what is written while it works', async () => {
    await round();
    await clock.advance(31 * DAY_MS);
    const list = rows.list.bind(rows);
    rows.list = async (partition, prefix) => {
      const found = await list(partition, prefix);
      if (prefix === 'plan|') {
        await save({ intents: [intent('old', 'open')] });
      }
      return found;
    };
    await round();
    rows.list = list;
    expect(await keys()).toContain(intentKey(intent('old', 'open')));
    // The others of the same transaction go with the next call.
    await round();
    expect(await keys()).not.toContain('plan|done');
  });

  it('deletes old rows of the ledger and of what was parked and refused', async () => {
    const ledger = new Ledger(rows);
    const seen = (signal: string, at: string) =>
      ledger.record({ schema: 1, signal, at, record: 'r', outcome: 'held', reason: 'x' });
    await seen('old', '2026-01-05T08:00:00.000Z');
    const count = (partition: string, rowKey: string) =>
      rows.transact(partition, [{ kind: 'insert', rowKey, value: { items: 1 } }]);
    await count('parking', '2026-01-05T08');
    await count('refused-tokens', '2026-01-05T08');
    await clock.advance(31 * DAY_MS);
    await seen('new', clock.now().toISOString());
    await count('parking', '2026-02-05T08');
    await count('refused-tokens', '2026-02-05T08');
    expect(await round()).toBe(3);
    expect(await ledger.find('old')).toBeUndefined();
    expect(await ledger.find('new')).toBeDefined();
    for (const partition of ['parking', 'refused-tokens']) {
      expect((await rows.list(partition, '')).map(({ rowKey }) => rowKey)).toEqual(['2026-02-05T08']);
    }
  });

  it('deletes dispatches that nobody asks about any more', async () => {
    const dispatched = (rowKey: string, at: string) =>
      rows.transact(WORKFLOW_DISPATCHES, [{ kind: 'insert', rowKey, value: { state: 'sent', at } }]);
    await dispatched('reflex-old', clock.now().toISOString());
    await clock.advance(31 * DAY_MS);
    await dispatched('reflex-new', clock.now().toISOString());
    await round();
    expect((await rows.list(WORKFLOW_DISPATCHES, '')).map(({ rowKey }) => rowKey)).toEqual(['reflex-new']);
  });

  it('does a bounded piece of work in one call, and goes on with the next', async () => {
    for (let index = 0; index < 600; index += 1) {
      await rows.transact('parking', [{ kind: 'insert', rowKey: `2025-01-01T${index}`, value: {} }]);
    }
    expect(await round()).toBe(500);
    expect(await round()).toBe(100);
  });

  it('deletes nothing while the fleet cannot be read', async () => {
    await round();
    await clock.advance(31 * DAY_MS);
    const before = await keys();
    await expect(prune(tools({ fleet: () => Promise.reject(new Error('unreadable')) }))).rejects.toThrow();
    expect(await keys()).toEqual(before);
  });

  it('does not keep quiet about storage that is down', async () => {
    rows.transact = () => Promise.reject(new StorageUnavailableError('write rows'));
    await expect(round()).rejects.toThrow(StorageUnavailableError);
  });
});
