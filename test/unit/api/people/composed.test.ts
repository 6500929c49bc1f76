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
import { REFUSED_PARTITION } from '../../../../shared/records/refused-tokens.ts';
import type { Answer, Reflex } from '../../../../shared/reflex.ts';
import { readSettings } from '../../../../shared/settings.ts';
import { EDGES } from '../../../../shared/targets/edge/index.ts';
import { FLEET, PLAN } from './people.ts';

const GROUP = '00000000-0000-4000-8000-0000000000a1';
const BOB = { username: 'bob', password: 'p', objectId: 'bob', roles: ['Approver'], groups: [GROUP] };
const DAVE = { ...BOB, username: 'dave', objectId: 'dave', groups: [] };

interface Composed {
  readonly app: Reflex;
  readonly clock: VirtualClock;
  readonly rows: InMemoryRowStore;
  readonly token: (username: string) => Promise<string>;
}

/** The composed app, and tokens that Entra's double gives to demo users. */
function composed(ceiling: object = {}, fleet = FLEET): Composed {
  const clock = new VirtualClock();
  const random = new SeededRandom(1);
  const client = { appId: 'client', scope: 'reflex.act' };
  const entra = new LocalEntra({ tenantId: 't', audience: 'api', apps: [], client, users: [BOB, DAVE], clock, random });
  const rows = new InMemoryRowStore();
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
    fleet: () => Promise.resolve(fleet),
    keys: new PublishedKeys({
      authority: 'https://login.test',
      tenantId: 't',
      clock,
      fetch: (url) => entra.handler(new Request(url)),
    }),
  });
  const token = async (username: string): Promise<string> => {
    const scope = 'api://api/reflex.act';
    const form = { grant_type: 'password', client_id: 'client', username, password: 'p', scope };
    const body = new URLSearchParams(form).toString();
    const answer = await entra.handler(new Request('http://127.0.0.1/t/oauth2/v2.0/token', { method: 'POST', body }));
    return `Bearer ${((await answer.json()) as { access_token: string }).access_token}`;
  };
  return { app, clock, rows, token };
}

async function approve(username: string, ceiling: object): Promise<Answer> {
  const { app, rows, token } = composed(ceiling);
  const target = { kind: 'edge', key: PLAN.target, partition: EDGES };
  await new TargetRows(rows).save(target, await new TargetRows(rows).load(target), { plan: PLAN });
  return await app.answer({
    method: 'POST',
    path: `plans/${PLAN.id}/approve`,
    query: {},
    authorization: await token(username),
    idempotencyKey: undefined,
    contentLength: undefined,
    text: () => Promise.resolve(JSON.stringify({ digest: PLAN.digest })),
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

  it('writes with its tick what it has refused since it last wrote', async () => {
    const { app, clock, rows } = composed({}, { ...FLEET, edges: [] });
    const unread = { contentLength: undefined, text: () => Promise.reject(new Error('read')) };
    await app.receiveAlert({ ...unread, authorization: undefined });
    await app.receiveAlert({ ...unread, authorization: 'Bearer x' });
    const written = async (): Promise<unknown> =>
      (await rows.list(REFUSED_PARTITION, '')).map(({ value }) => (value as { alerts: object }).alerts);
    expect(await written()).toEqual([{ 'no-token': 1 }]);
    await clock.advance(60_000);
    await clock.run(app.tickRegions());
    expect(await written()).toEqual([{ 'no-token': 1, malformed: 1 }]);
  });
});
