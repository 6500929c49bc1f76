import { createHash } from 'node:crypto';

import { expect, it } from 'vitest';

import type { RaisedData } from '../../local/registry/events.ts';
import { LocalRegistry } from '../../local/registry/local-registry.ts';
import { SeededRandom } from '../../local/time/seeded-random.ts';
import { VirtualClock } from '../../local/time/virtual-clock.ts';
import { AcrImageRegistry } from '../../shared/adapters/acr/image-registry.ts';
import { describeImageRegistry } from './image-registry.ts';

const host = 'contoso.azurecr.io';
const login = { username: 'reflex', password: 'a-password' };
const clock = new VirtualClock();
const raised: RaisedData[] = [];
let manifests = 0;
const local = new LocalRegistry({
  file: ':memory:',
  loginServer: host,
  location: 'westeurope',
  ...login,
  clock,
  random: new SeededRandom(1),
  publish: (event) => Promise.resolve(void raised.push(event)),
});
const registry = new AcrImageRegistry({
  host,
  fetch: (request) => local.handler(request),
  clock,
  credential: { kind: 'basic', ...login },
});

async function send(
  method: string,
  path: string,
  { bytes, type }: { bytes?: Uint8Array; type: string },
): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  const body = bytes === undefined ? {} : { body: new Uint8Array(bytes) };
  const headers = { authorization, 'content-type': type };
  const answer = await local.handler(new Request(`https://${host}/v2/${path}`, { method, headers, ...body }));
  expect(answer.status, await answer.text()).toBe(201);
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

describeImageRegistry('local registry', () => ({
  registry,
  push: async ({ repository, bytes, mediaType, tag }) => {
    const empty = Buffer.from('{}');
    const upload = `${repository}/blobs/uploads/?digest=${digestOf(empty)}`;
    await send('POST', upload, { bytes: empty, type: 'application/octet-stream' });
    manifests += 1;
    await send('PUT', `${repository}/manifests/${tag ?? digestOf(bytes)}`, { bytes, type: mediaType });
  },
}));

it('raises one event for each manifest that was put', async () => {
  await local.close();
  expect(raised).toHaveLength(manifests);
  expect(new Set(raised.map(({ id }) => id)).size).toBe(manifests);
});
