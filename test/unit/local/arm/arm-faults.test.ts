import { beforeEach, describe, expect, it } from 'vitest';

import { ArmFaults } from '../../../../local/arm/arm-faults.ts';
import { LocalArm } from '../../../../local/arm/local-arm.ts';
import { SeededRandom } from '../../../../local/time/seeded-random.ts';
import { VirtualClock } from '../../../../local/time/virtual-clock.ts';

const GROUP = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Cdn/profiles/p/originGroups/apps';
const ORIGIN = `${GROUP}/origins/west`;
const URL_OF_FAULTS = 'https://management.azure.com/_local/faults';

describe('faults', () => {
  let faults: ArmFaults;

  beforeEach(() => {
    faults = new ArmFaults();
  });

  it.each([
    ['PATCH origins/west', true],
    ['patch ORIGINS/WEST', true],
    ['* origins/west', true],
    ['PATCH *', true],
    ['*', true],
    [`PATCH west`, true],
    ['GET origins/west', false],
    ['PATCH origins/east', false],
    ['PATCH rigins/west', false],
  ])('on %j meet a write of west: %j', (on, isMet) => {
    faults.set([{ on, status: 500 }]);
    expect(faults.meet('PATCH', ORIGIN) !== undefined).toBe(isMet);
  });

  it('come as often as they are set, once if nothing is said, in their order', () => {
    faults.set([
      { on: '*', status: 500 },
      { on: '*', status: 503, times: 2 },
    ]);
    expect(faults.current()).toEqual([
      { on: '*', status: 500, times: 1 },
      { on: '*', status: 503, times: 2 },
    ]);
    expect(faults.meet('GET', ORIGIN)?.status).toBe(500);
    expect(faults.meet('GET', ORIGIN)?.status).toBe(503);
    expect(faults.current()).toEqual([{ on: '*', status: 503, times: 1 }]);
    faults.clear();
    expect(faults.meet('GET', ORIGIN)).toBeUndefined();
  });

  it('spare the first call if they are for what comes after it', () => {
    faults.set([{ on: '*', status: 500, afterFirst: true }]);
    expect(['first', 'second', 'third'].map(() => faults.meet('GET', ORIGIN)?.status)).toEqual([
      undefined,
      500,
      undefined,
    ]);
  });

  it('of limits, durations and queues stay, and are met by no call', () => {
    const standing = [
      { on: 'PATCH *', limit: 1, windowSec: 10 },
      { on: 'PATCH *', lroSec: 5, serial: true },
    ];
    faults.set(standing);
    expect(faults.meet('PATCH', ORIGIN)).toBeUndefined();
    expect(faults.pace('PATCH', ORIGIN)).toEqual({ lroSec: 5, serial: true });
    expect(faults.pace('GET', ORIGIN)).toEqual({});
    expect(faults.current()).toEqual(standing);
  });

  it('of limits count calls of their window, not those that they refused', () => {
    faults.set([{ on: 'PATCH *', limit: 2, windowSec: 10 }]);
    expect([0, 4_000, 5_000, 9_999, 10_000, 10_001].map((now) => faults.throttle('PATCH', ORIGIN, now))).toEqual([
      0, 0, 5, 1, 0, 4,
    ]);
    expect(faults.limitOn('PATCH', ORIGIN)).toEqual({ limit: 2, windowSec: 10, left: 0 });
    expect(faults.limitOn('GET', ORIGIN)).toBeUndefined();
  });
});

describe('faults over HTTP', () => {
  let arm: LocalArm;

  beforeEach(() => {
    arm = new LocalArm({ clock: new VirtualClock(), random: new SeededRandom(1) });
    arm.seed({ id: ORIGIN, properties: {} });
  });

  async function call(method: string, body?: unknown) {
    const content = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const answer = await arm.handler(new Request(URL_OF_FAULTS, { method, ...content }));
    const text = await answer.text();
    return {
      status: answer.status,
      body: text === '' ? undefined : (JSON.parse(text) as never),
      headers: answer.headers,
    };
  }

  it('are set, told and cleared without a token', async () => {
    const fault = { on: 'PATCH origins/west', status: 503, headers: { 'retry-after': '5' }, times: 2, applied: true };
    expect(await call('POST', fault)).toMatchObject({ status: 201, body: { faults: [fault] } });
    expect(await call('POST', { on: 'PATCH *', lroSec: 1200 })).toMatchObject({ status: 201 });
    const write = { method: 'PATCH', headers: { authorization: 'Bearer t' }, body: '{"properties":{"weight":9}}' };
    const refused = await arm.handler(new Request(`https://management.azure.com${ORIGIN}?api-version=1`, write));
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await call('GET')).body).toEqual({
      faults: [
        { ...fault, times: 1 },
        { on: 'PATCH *', lroSec: 1200 },
      ],
      accepted: [
        { verb: 'PATCH', id: ORIGIN.toLowerCase(), set: { weight: 9 }, at: Date.parse('2026-01-05T08:00:00Z') },
      ],
    });
    expect((await call('DELETE')).status).toBe(204);
    expect((await call('GET')).body).toMatchObject({ faults: [] });
  });

  it.each([
    ['nothing', undefined],
    ['no JSON', 'x'],
    ['no target', { status: 500 }],
    ['a target that is none', { on: 'PATCH two words' }],
    ['a key that nobody knows', { on: '*', sttus: 500 }],
    ['a status that is none', { on: '*', status: 99 }],
    ['no times', { on: '*', status: 500, times: 0 }],
    ['a limit below nothing', { on: '*', limit: -1 }],
  ])('are refused as %s', async (_, body) => {
    const answer = await call('POST', body);
    expect(answer.status).toBe(422);
    expect(answer.body).toEqual({ message: expect.any(String) as string });
    expect(arm.faults.current()).toEqual([]);
  });

  it('know no other verb', async () => {
    const answer = await call('PUT', { on: '*' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST, DELETE']);
  });
});
