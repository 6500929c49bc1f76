import { describe, expect, it } from 'vitest';

import { LocalEntra } from '../../../../local/entra/local-entra.ts';
import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';
import { PublishedKeys } from '../../../../shared/adapters/entra/published-keys.ts';
import { InMemoryBlobStore } from '../../../../shared/adapters/in-memory/blob-store.ts';
import { InMemoryRowStore } from '../../../../shared/adapters/in-memory/row-store.ts';
import { InMemorySignalQueue } from '../../../../shared/adapters/in-memory/signal-queue.ts';
import { compose } from '../../../../shared/composition/compose.ts';
import { TargetRows } from '../../../../shared/reconcile/target-rows.ts';
import type { Answer } from '../../../../shared/reflex.ts';
import { readSettings } from '../../../../shared/settings.ts';
import { EDGES } from '../../../../shared/targets/edge/index.ts';
import { FLEET, PLAN } from './people.ts';

const GROUP = '00000000-0000-4000-8000-0000000000a1';
const BOB = { username: 'bob', password: 'p', objectId: 'bob', roles: ['Approver'], groups: [GROUP] };
const DAVE = { ...BOB, username: 'dave', objectId: 'dave', groups: [] };

/** The composed app, called with a token that Entra's double gives a demo user. */
async function approve(username: string, ceiling: object): Promise<Answer> {
  const clock = new VirtualClock();
  const random = new SeededRandom(1);
  const client = { appId: 'client', scope: 'reflex.act' };
  const entra = new LocalEntra({ tenantId: 't', audience: 'api', apps: [], client, users: [BOB, DAVE], clock, random });
  const form = { grant_type: 'password', client_id: 'client', username, password: 'p', scope: 'api://api/reflex.act' };
  const body = new URLSearchParams(form).toString();
  const token = await entra.handler(new Request('http://127.0.0.1/t/oauth2/v2.0/token', { method: 'POST', body }));
  const { access_token: bearer } = (await token.json()) as { access_token: string };
  const rows = new InMemoryRowStore();
  const target = { kind: 'edge', key: PLAN.target, partition: EDGES };
  await new TargetRows(rows).save(target, await new TargetRows(rows).load(target), { plan: PLAN });
  const settings = readSettings({
    REFLEX_STORAGE: 'UseDevelopmentStorage=true',
    REFLEX_FLEET: 'file:none',
    REFLEX_TENANT_ID: 't',
    REFLEX_CLIENT_ID: 'api',
    REFLEX_CLIENT_APP_ID: 'CLIENT',
    REFLEX_CEILING: JSON.stringify(ceiling),
  });
  const quiet = (): void => undefined;
  const app = compose(settings, {
    ...{ clock, random, rows, blobs: new InMemoryBlobStore(), queue: new InMemorySignalQueue(clock) },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    fleet: () => Promise.resolve(FLEET),
    keys: new PublishedKeys({
      authority: 'https://login.test',
      tenantId: 't',
      clock,
      fetch: (url) => entra.handler(new Request(url)),
    }),
  });
  return await app.answer({
    method: 'POST',
    path: `plans/${PLAN.id}/approve`,
    query: {},
    authorization: `Bearer ${bearer}`,
    idempotencyKey: undefined,
    body: JSON.stringify({ digest: PLAN.digest }),
  });
}

describe('the composed app', () => {
  it.each([
    ['bob', {}, 200],
    ['dave', {}, 200],
    ['bob', { approvers: [GROUP] }, 200],
    ['dave', { approvers: [GROUP] }, 403],
    ['bob', { approvers: [] }, 403],
  ])('takes %s\u2019s approval under the ceiling %j with %i', async (username, ceiling, status) => {
    expect(await approve(username, ceiling)).toMatchObject({ status });
  });
});
