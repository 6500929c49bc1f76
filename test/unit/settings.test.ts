import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { readGateAccess, readSettings } from '../../shared/settings.ts';

const ROOT = join(import.meta.dirname, '../..');
const LEAST = { REFLEX_STORAGE: 'UseDevelopmentStorage=true', REFLEX_FLEET: 'file:fleet.yaml' };

describe('settings', () => {
  it('explains every setting of the sample, and no other', async () => {
    const sample = JSON.parse(await readFile(join(ROOT, 'local.settings.sample.json'), 'utf8')) as { Values: object };
    const docs = await readFile(join(ROOT, 'docs/settings.md'), 'utf8');
    const documented = [...docs.matchAll(/^\| `([A-Za-z_]+)` +\|/gm)].map(([, name]) => name);
    const inSample = Object.keys(sample.Values);

    expect(inSample.filter((name) => !documented.includes(name))).toEqual([]);
    expect(documented.filter((name) => !inSample.includes(name!))).toEqual(['REFLEX_GITHUB_THROTTLE']);
  });

  it('needs storage and a fleet, and has defaults for the rest', () => {
    expect(readSettings(LEAST)).toMatchObject({ fleetRefreshMs: 30_000, github: { throttle: true }, recordUrl: '' });
    expect(readSettings({ REFLEX_FLEET: 'blob:fleet.yaml', REFLEX_STORAGE__accountName: 'acc' }).storage).toEqual({
      accountName: 'acc',
    });
  });

  it('reach a gate store that is named by ARM id by its name', () => {
    const id =
      '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/gatesweu';
    const REFLEX_GATE_STORES = JSON.stringify({ west: id, north: 'gatesneu' });
    expect(readSettings({ ...LEAST, REFLEX_GATE_STORES }).gates).toMatchObject({
      stores: { west: 'gatesweu', north: 'gatesneu' },
      accountIds: { west: id },
    });
    expect(readGateAccess({ REFLEX_GATE_STORES }).accounts).toEqual(['gatesweu', 'gatesneu']);
  });

  it.each([
    ['REFLEX_STORAGE', { REFLEX_STORAGE: '' }],
    ['REFLEX_FLEET', { REFLEX_FLEET: 'fleet.yaml' }],
    ['REFLEX_FLEET_REFRESH_SECONDS', { REFLEX_FLEET_REFRESH_SECONDS: '0' }],
    ['REFLEX_CEILING', { REFLEX_CEILING: 'not json' }],
    ['REFLEX_GITHUB_URL', { REFLEX_GITHUB_URL: 'nowhere' }],
    ['REFLEX_REGISTRY_ENDPOINTS', { REFLEX_REGISTRY_ENDPOINTS: '{"a":1}' }],
    ['REFLEX_REGISTRY_LOGINS', { REFLEX_REGISTRY_LOGINS: '{"a":{"username":"x"}}' }],
  ])('names %s when it is wrong', (setting, wrong) => {
    expect(() => readSettings({ ...LEAST, ...wrong })).toThrow(
      expect.objectContaining({ code: 'REFLEX_INVALID_SETTING', setting }),
    );
  });
});
