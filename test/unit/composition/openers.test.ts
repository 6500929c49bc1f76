import { generateKeyPairSync } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { SeededRandom } from '../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../local/time/virtual-clock.ts';
import { FrontDoorEdgeControl } from '../../../shared/adapters/azure-front-door/edge-control.ts';
import { AzureMonitorEdgeReadings } from '../../../shared/adapters/azure-monitor/edge-readings.ts';
import { TrafficManagerEdgeControl } from '../../../shared/adapters/azure-traffic-manager/edge-control.ts';
import { BlobGateDocuments } from '../../../shared/adapters/gate-documents/blob-gate-documents.ts';
import { InMemoryRowStore } from '../../../shared/adapters/in-memory/row-store.ts';
import { edgeOpener, readingsOpener } from '../../../shared/composition/edge-opener.ts';
import { gateOpener, gateScopes } from '../../../shared/composition/gate-opener.ts';
import { openHeartbeat, openNotices, openPaging } from '../../../shared/composition/pager-opener.ts';
import { InvalidSettingError } from '../../../shared/errors.ts';
import type { FleetEdge } from '../../../shared/fleet/model.ts';
import { Notices } from '../../../shared/notify/notices.ts';
import { Heartbeat } from '../../../shared/notify/heartbeat.ts';
import { readSettings, type Settings } from '../../../shared/settings.ts';
import { page } from '../notify/pages.ts';

const ignore = (): void => undefined;
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
const PEM = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const STORE = 'UseDevelopmentStorage=true';

function settings(more: Partial<Settings> = {}): Settings {
  const read = readSettings({ REFLEX_STORAGE: STORE, REFLEX_FLEET: 'file:none' });
  return { ...read, arm: { ...read.arm, url: 'http://127.0.0.1:7071' }, ...more };
}

describe('the control plane of an edge', () => {
  it('is that of its service', () => {
    const open = edgeOpener(settings());
    expect(open({ service: 'front-door' } as FleetEdge)).toBeInstanceOf(FrontDoorEdgeControl);
    expect(open({ service: 'traffic-manager' } as FleetEdge)).toBeInstanceOf(TrafficManagerEdgeControl);
  });

  it('is measured by Azure Monitor', () => {
    const fleet = () => Promise.reject(new Error('not asked yet'));
    expect(readingsOpener(settings(), { clock: new VirtualClock(), fleet })).toBeInstanceOf(AzureMonitorEdgeReadings);
  });
});

describe('the gate documents', () => {
  const tools = { clock: new VirtualClock(), random: new SeededRandom(1), log };
  const open = (gates: Partial<Settings['gates']>): unknown =>
    gateOpener(settings({ gates: { ...settings().gates, ...gates } }), tools);

  it('are none where no store is named', () => {
    expect(open({ stores: {} })).toBeUndefined();
  });

  it('are asked about by their containers, where a role opens them', () => {
    const account =
      '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/gatesweu';
    const stores = { west: account, north: 'gatesneu', laptop: STORE };
    const read = readSettings({
      ...{ REFLEX_STORAGE: STORE, REFLEX_FLEET: 'file:none', REFLEX_GATE_STORES: JSON.stringify(stores) },
    });
    expect(read.gates.stores).toEqual({ west: 'gatesweu', north: 'gatesneu', laptop: STORE });
    expect(gateScopes(read)).toEqual([`${account}/blobServices/default/containers/reflex-gate`, 'north']);
  });

  it('are signed by a PEM on a laptop, by a vault in Azure', () => {
    expect(open({ stores: { west: STORE, north: STORE }, key: PEM })).toBeInstanceOf(BlobGateDocuments);
    const key = 'https://vault.vault.azure.net/keys/gate/1';
    expect(open({ stores: { west: 'contosogates' }, key })).toBeInstanceOf(BlobGateDocuments);
  });

  it.each([
    ['no key', ''],
    ['a key that is none', 'secret'],
  ])('need a key: %s', (_, key) => {
    expect(() => open({ stores: { west: STORE }, key })).toThrow(InvalidSettingError);
    expect(() => open({ stores: { west: STORE }, key })).toThrow(/REFLEX_GATE_KEY/);
  });
});

describe('the pagers', () => {
  const tools = { rows: new InMemoryRowStore(), clock: new VirtualClock(), log };

  it('keep a page as a row where there are none', async () => {
    const paging = openPaging(settings({ pagers: [] }), tools);
    await paging.raise(page());
    expect(await paging.deliverDue()).toMatchObject({ taken: 0, failed: 0 });
    expect((await paging.pages()).map(({ state }) => state)).toEqual(['due']);
  });

  it.each(['pagerduty', 'opsgenie'] as const)('of %s know where their service is', (format) => {
    expect(() => openPaging(settings({ pagers: [{ name: 'a', format, key: 'k' }] }), tools)).not.toThrow();
  });

  it.each(['generic', 'teams', 'slack'] as const)('of %s need to be told where', (format) => {
    const pager = { name: 'chat', format, key: '' } as const;
    expect(() => openPaging(settings({ pagers: [pager] }), tools)).toThrow(/REFLEX_PAGERS.*chat/);
    const named = { ...pager, url: 'https://hooks.example/1' };
    expect(() => openPaging(settings({ pagers: [named, { ...named, name: 'b', key: 'k' }] }), tools)).not.toThrow();
  });
});

describe('channels', () => {
  const tools = { clock: new VirtualClock(), log, rows: new InMemoryRowStore() };

  it.each(['generic', 'teams', 'slack'] as const)('are told in the format %s', (format) => {
    const channel = { name: 'shop', format, url: 'https://hooks.example/1', key: '' };
    expect(openNotices({ channels: [channel] }, tools)).toBeInstanceOf(Notices);
    expect(openNotices({ channels: [] }, tools)).toBeUndefined();
    expect(() => openNotices({ channels: [{ ...channel, url: 'http://hooks.example/1' }] }, tools)).toThrow(/shop/);
  });
});

describe('the heartbeat', () => {
  const tools = { clock: new VirtualClock(), log };
  it('is none where nobody listens', () => {
    expect(openHeartbeat(settings({ heartbeatUrl: '' }), tools)).toBeUndefined();
    expect(openHeartbeat(settings({ heartbeatUrl: 'https://hc.example/1' }), tools)).toBeInstanceOf(Heartbeat);
  });
});
