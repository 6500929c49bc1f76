import { beforeEach, describe, expect, it } from 'vitest';

import { FAULTS_PATH } from '../../../../local/http/faults-api.ts';
import { LocalArm } from '../../../../local/arm/local-arm.ts';
import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';

const GROUP = '/subscriptions/S/resourceGroups/Shop/providers/Microsoft.Cdn/profiles/Edge/originGroups/Apps';
const [WEST, EAST] = [`${GROUP}/origins/West`, `${GROUP}/origins/East`];
const ARM = 'https://management.azure.com';
const WRITE = 'Microsoft.Cdn/profiles/origingroups/origins/write';

let arm: LocalArm;

beforeEach(() => {
  arm = new LocalArm({ clock: new VirtualClock(), random: new SeededRandom(1) });
  arm.seed({ id: GROUP, properties: {} });
  arm.seed({ id: WEST, properties: { weight: 500 } });
  arm.seed({ id: EAST, properties: { weight: 500 } });
});

async function ask(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { authorization: 'Bearer a-token' };
  const answer = await arm.handler(
    new Request(`${ARM}${path}?api-version=2022-04-01`, { method, headers, ...content }),
  );
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
}

async function takeAway(on: string, lacks: string): Promise<void> {
  expect(await ask('POST', FAULTS_PATH, { on, lacks })).toMatchObject({ status: 201 });
}

const weight = { properties: { weight: 300 } };

describe('what the caller may do', () => {
  it('is everything, as long as nothing was taken away', async () => {
    expect(await ask('GET', `${WEST}/providers/Microsoft.Authorization/permissions`)).toEqual({
      status: 200,
      body: { value: [{ actions: ['*'], notActions: [], dataActions: ['*'], notDataActions: [] }] },
    });
  });

  it('is told without what was taken away, and refused from then on', async () => {
    await takeAway('* origins/west', WRITE);
    const told = { value: [{ notActions: [WRITE] }] };
    expect((await ask('GET', `${WEST}/providers/Microsoft.Authorization/permissions`)).body).toMatchObject(told);
    expect(await ask('PATCH', WEST, weight)).toMatchObject({
      status: 403,
      body: {
        error: { code: 'AuthorizationFailed', message: expect.stringMatching(new RegExp(`'${WRITE}'`, 'i')) as string },
      },
    });
    expect(await ask('GET', WEST)).toMatchObject({ status: 200 });
    expect(await ask('PATCH', EAST, weight)).toMatchObject({ status: 202 });
    expect(arm.accepted.map(({ id }) => id)).toEqual([EAST.toLowerCase()]);
  });

  it('holds for all below, as often as it is tried, until it is given back', async () => {
    await takeAway('* origingroups/apps', 'Microsoft.Cdn/*/write');
    for (const origin of [WEST, EAST, WEST]) {
      expect(await ask('PATCH', origin, weight)).toMatchObject({ status: 403 });
    }
    expect((await ask('GET', FAULTS_PATH)).body).toMatchObject({ faults: [{ lacks: 'Microsoft.Cdn/*/write' }] });
    await ask('DELETE', FAULTS_PATH);
    expect(await ask('PATCH', WEST, weight)).toMatchObject({ status: 202 });
  });

  it('is not told to whoever may not ask, and reads of a resource go on', async () => {
    await takeAway('*', 'Microsoft.Authorization/permissions/read');
    expect(await ask('GET', `${GROUP}/providers/Microsoft.Authorization/permissions`)).toMatchObject({ status: 403 });
    expect(await ask('GET', `${GROUP}/origins`)).toMatchObject({ status: 200 });
    await takeAway('*', 'Microsoft.Cdn/profiles/origingroups/origins/read');
    expect(await ask('GET', `${GROUP}/origins`)).toMatchObject({ status: 403 });
  });
});
