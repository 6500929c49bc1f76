import { describe, expect, it } from 'vitest';

import { digestOf } from '../../../../shared/domain/digest.ts';
import { openEnvelope } from '../../../../shared/pipeline/envelope.ts';
import { ALICE, EDGE, Office, RITA } from './people.ts';

const FAILOVER = { command: 'failover', edge: 'shop', origin: 'weu', reason: 'sick' };

describe('a command', () => {
  it('is put on the queue with who gave it, and answered with where to look', async () => {
    const office = new Office();
    const answer = await office.request('POST /commands', ALICE, FAILOVER);
    const { id } = JSON.parse(answer.body) as { id: string };
    expect(answer).toMatchObject({ status: 202, headers: { location: `commands/${id}` } });
    const given = { id, by: 'alice', at: office.clock.now().toISOString(), asked: { ...FAILOVER, dryRun: false } };
    expect(office.sent().map(openEnvelope)).toMatchObject([{ kind: 'command', given }]);
  });

  it('given again with its key is the same command; another person\u2019s key is theirs', async () => {
    const office = new Office();
    const give = async (as = ALICE): Promise<unknown> =>
      JSON.parse((await office.request('POST /commands', as, FAILOVER, { idempotencyKey: 'k1' })).body);
    const first = await give();
    expect(await give()).toEqual(first);
    expect(await give({ ...ALICE, oid: 'eve' })).not.toEqual(first);
  });

  it('that was looked at is not sent again, and its key does not serve another', async () => {
    const office = new Office();
    const key = { idempotencyKey: 'k1' };
    const { body } = await office.request('POST /commands', ALICE, { ...FAILOVER, edge: EDGE.toUpperCase() }, key);
    const { id } = JSON.parse(body) as { id: string };
    expect(office.sent()).toHaveLength(1);
    expect(await office.call(`GET /commands/${id}`, RITA)).toMatchObject({ status: 404 });

    const common = { reason: '', override: [], dryRun: false };
    const asked = digestOf({ ...common, ...FAILOVER, edge: EDGE });
    const word = { asked, decision: 'shift', reason: 'effective', plan: 'p', digest: 'd' };
    const row = { schema: 1, id, by: 'alice', at: 'then', command: 'failover', edge: EDGE, ...word };
    await office.rows.transact('edges', [{ kind: 'put', rowKey: `command|${id}`, value: row }]);
    expect(await office.call(`GET /commands/${id}`, RITA)).toMatchObject({ status: 200, plan: 'p', digest: 'd' });
    expect(await office.request('POST /commands', ALICE, { ...FAILOVER, edge: EDGE.toUpperCase() }, key)).toMatchObject(
      {
        status: 202,
      },
    );
    for (const change of [{ command: 'failback' }, { origin: 'neu' }, { reason: 'another' }]) {
      const other = await office.request('POST /commands', ALICE, { ...FAILOVER, ...change }, key);
      expect(JSON.parse(other.body)).toMatchObject({ status: 409, code: 'REFLEX_KEY_REUSED' });
    }
    expect(office.sent()).toEqual([]);
  });

  it.each<[string, object, object, number, string]>([
    ['an edge that is not the fleet\u2019s', { ...FAILOVER, edge: 'other' }, {}, 404, 'shop'],
    ['an unknown verb', { ...FAILOVER, command: 'explode' }, {}, 400, 'command'],
    ['an override without a reason', { ...FAILOVER, override: ['headroom'], reason: ' ' }, {}, 400, 'reason'],
    [
      'a word on health without a reason',
      { ...FAILOVER, command: 'failback', isWell: true, reason: '' },
      {},
      400,
      'reason',
    ],
    [
      'an override that overrides nothing',
      { ...FAILOVER, command: 'failback', override: ['freeze'] },
      {},
      400,
      'override',
    ],
    ['an origin that the edge does not have', { ...FAILOVER, origin: 'mars' }, {}, 404, 'origin-weu (region weu)'],
    [
      'weights of an origin that the edge does not have',
      { command: 'set-weights', edge: 'shop', weights: { weu: 1, mars: 2 } },
      {},
      404,
      '"mars"',
    ],
    ['a rule that is none', { ...FAILOVER, override: ['nope'] }, {}, 400, 'max-drain-fraction'],
    [
      'a time that is over',
      { command: 'pin', edge: 'shop', origin: 'weu', state: 'in', until: '2020-01-01T00:00:00Z' },
      {},
      400,
      'until',
    ],
    ['a rule that nothing overrides', { ...FAILOVER, override: ['last-enabled'] }, {}, 400, 'nothing overrides'],
    ['a key with a blank', FAILOVER, { idempotencyKey: 'a b' }, 400, 'Idempotency-Key'],
    [
      'more shares than a message holds',
      { command: 'set-shares', edge: 'shop', shares: many(2_400) },
      {},
      413,
      '49152',
    ],
  ])('is refused with %s', async (_, body, more, status, why) => {
    const office = new Office();
    const answer = await office.request('POST /commands', ALICE, body, more);
    expect(JSON.parse(answer.body)).toMatchObject({ status, detail: expect.stringContaining(why) as string });
    expect(office.sent()).toEqual([]);
  });

  it.each(['atleast-2', 'safety-rule:atleast-2', 'targets-called-bad', 'insufficient-capacity'])(
    'may name the rule %s',
    async (rule) => {
      const office = new Office();
      expect(await office.request('POST /commands', ALICE, { ...FAILOVER, override: [rule] })).toMatchObject({
        status: 202,
      });
    },
  );

  it('that was taken is still the same when its time is over', async () => {
    const office = new Office();
    const pin = { command: 'pin', edge: 'shop', origin: 'weu', state: 'in', until: '2026-01-05T08:30:00Z' };
    const key = { idempotencyKey: 'k1' };
    const taken = await office.request('POST /commands', ALICE, pin, key);
    const { id } = JSON.parse(taken.body) as { id: string };
    const row = { schema: 1, id, by: 'alice', at: 'then', command: 'pin', edge: EDGE, decision: 'shift', reason: '' };
    await office.rows.transact('edges', [{ kind: 'put', rowKey: `command|${id}`, value: row }]);
    await office.clock.advance(86_400_000);
    expect(await office.request('POST /commands', ALICE, pin, key)).toMatchObject({ status: 202, body: taken.body });
  });

  it('is not found by a name that is none', async () => {
    expect(await new Office().call('GET /commands/x', RITA)).toMatchObject({ status: 404 });
  });
});

function many(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`origin-number-${index}`, 1]));
}
