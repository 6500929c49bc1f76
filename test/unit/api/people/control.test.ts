import { describe, expect, it } from 'vitest';

import { StorageUnavailableError } from '../../../../shared/errors.ts';
import type { RowStore } from '../../../../shared/ports/row-store.ts';
import { verifyChains } from '../../../../shared/reconcile/audit-chains.ts';
import { isStopped } from '../../../../shared/reconcile/guards/kill-switch.ts';
import { ALICE, BOB, Office, RITA } from './people.ts';

const ON = { on: true, reason: 'all red' };

describe('the kill switch', () => {
  it('is off until somebody turns it on, and off again, each with its audit record', async () => {
    const office = new Office();
    expect(await office.call('GET /kill-switch', RITA)).toEqual({ status: 200, on: false });
    expect(await office.call('PUT /kill-switch', ALICE, ON)).toMatchObject({ status: 200, by: 'alice', ...ON });
    expect(await office.call('GET /kill-switch', RITA)).toMatchObject({ by: 'alice', ...ON });
    expect(await isStopped(office.rows)).toBe(true);
    expect(await office.call('PUT /kill-switch', BOB, { on: false })).toMatchObject({ status: 200, on: false });
    expect(await isStopped(office.rows)).toBe(false);
    expect(await Array.fromAsync(verifyChains(office.rows))).toEqual([
      expect.objectContaining({ target: 'control', records: 2 }),
    ]);
    expect((await office.rows.list('control', 'audit|'))[0]?.value).toMatchObject({
      kind: 'paused',
      facts: { switch: 'kill-switch', by: 'alice', reason: 'all red' },
    });
  });

  it('is turned on while the queue is down', async () => {
    const office = new Office({ queue: { send: () => Promise.reject(new StorageUnavailableError('down')) } });
    expect(await office.call('PUT /kill-switch', ALICE, ON)).toMatchObject({ status: 200 });
    expect(await isStopped(office.rows)).toBe(true);
  });

  it('is turned on although its record cannot be linked', async () => {
    const office = new Office();
    await office.rows.transact('control', [{ kind: 'put', rowKey: 'head', value: { schema: 2 } }]);
    expect(await office.call('PUT /kill-switch', ALICE, ON)).toMatchObject({ status: 200 });
    expect(await isStopped(office.rows)).toBe(true);
    expect(office.logged).toContain('a switch is written without its record');
  });

  it('is turned on in spite of others who write all the time', async () => {
    const office = new Office();
    const { rows } = office;
    const busy: RowStore = {
      get: async (...args) => {
        const found = await rows.get(...args);
        await rows.transact('control', [{ kind: 'put', rowKey: 'head', value: { ...NEW_HEAD } }]);
        return found;
      },
      list: (...args) => rows.list(...args),
      partitionsWith: (...args) => rows.partitionsWith(...args),
      transact: (...args) => rows.transact(...args),
    };
    office.tools = { ...office.tools, rows: busy };
    expect(await office.call('PUT /kill-switch', ALICE, ON)).toMatchObject({ status: 200 });
    expect(await isStopped(rows)).toBe(true);
  });

  it.each<[unknown, boolean]>([
    [{ on: 'perhaps' }, true],
    [{ on: false, by: 5 }, false],
    [null, true],
  ])('shows what the loop makes of %j', async (value, on) => {
    const office = new Office();
    await office.rows.transact('control', [{ kind: 'put', rowKey: 'kill-switch', value: value as never }]);
    expect(await office.call('GET /kill-switch', RITA)).toMatchObject({ on });
  });
});

const NEW_HEAD = { schema: 2, revision: 0, fence: 0, leases: {}, lanes: {}, audit: { seq: 0, hash: '' } };

describe('the switches', () => {
  it('keep what a call leaves out', async () => {
    const office = new Office();
    expect(await office.call('GET /switches', RITA)).toEqual({ status: 200, automation: 'on', firing: [] });
    const firing = ['checkout-slo'];
    expect(await office.call('PUT /switches', ALICE, { firing, reason: 'x' })).toMatchObject({
      automation: 'on',
      firing,
    });
    expect(await office.call('PUT /switches', ALICE, { automation: 'off', reason: 'x' })).toMatchObject({
      automation: 'off',
      firing,
    });
    expect(await office.call('GET /switches', RITA)).toEqual({ status: 200, automation: 'off', firing });
  });
});
