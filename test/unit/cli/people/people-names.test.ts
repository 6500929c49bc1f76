import { beforeEach, describe, expect, it } from 'vitest';

import { namesIn, personText } from '../../../../cli/people/people-names.ts';
import type { Intent } from '../../../../shared/intents/intent.ts';
import { TargetRows } from '../../../../shared/reconcile/target-rows.ts';
import { EDGE, PLAN, WEU, type Claims } from '../../api/people/people.ts';
import { Desk } from './desk.ts';

const ANN = '0a1b2c3d-0000-4000-8000-00000000a11c';
const BEN = 'ffeeddcc-0000-4000-8000-00000000000b';
const AT = '2026-01-05T08:00:00.000Z';
const AS_ANN: Claims = { oid: ANN.toUpperCase(), preferred_username: 'ann@contoso.test', roles: ['Reader'] };
const TARGET = { kind: 'any', key: EDGE, partition: 'edges' };

function tokenOf(claims: object): string {
  return `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
}

describe('a person in a list', () => {
  const names = new Map([[ANN, 'ann\u001b[2J']]);

  it.each([
    [ANN, 'ann\ufffd[2J (0a1b2c3d\u2026)'],
    [ANN.toUpperCase(), 'ann\ufffd[2J (0A1B2C3D\u2026)'],
    [BEN, 'ffeeddcc'],
    ['region-failover', 'region-failover'],
    ['a\u001b[2J', 'a\ufffd[2J'],
  ])('%j is shown as %j', (id, text) => {
    expect(personText(id, names)).toBe(text);
  });
});

describe('whom a token names', () => {
  it.each<[string, string | undefined]>([
    [tokenOf({ oid: ANN.toUpperCase(), preferred_username: 'ann', name: 'Ann Other' }), 'ann'],
    [tokenOf({ oid: ANN, name: 'Ann Other' }), 'Ann Other'],
    [tokenOf({ oid: ANN }), undefined],
    [tokenOf({ preferred_username: 'ann' }), undefined],
    ['opaque', undefined],
    ['a.b.c', undefined],
  ])('%s', (token, name) => {
    expect(namesIn(token).get(ANN)).toBe(name);
  });
});

describe('lists', () => {
  const out: Intent = {
    ...{ schema: 1, subject: WEU, by: { person: ANN }, cause: 'c1', kind: 'out' },
    ...{ value: { enabled: false, urgency: 'planned' }, mode: 'propose', reason: 'probes fail' },
    ...{ signals: [], asOf: AT, openedAt: AT, state: 'leaving', releasedBy: BEN },
  };
  let desk: Desk;

  beforeEach(async () => {
    desk = new Desk();
    const rows = new TargetRows(desk.office.rows);
    const signals = [`alert:/subscriptions/s/resourcegroups/shop/providers/x/alerts/probes#${ANN}`, 'tick#2026-01-05'];
    await rows.save(TARGET, await rows.load(TARGET), {
      intents: [out],
      audit: [
        { kind: 'intent-opened', at: AT, facts: { subject: WEU, by: ANN, reason: 'probes fail' } },
        { kind: 'approved', at: AT, facts: { plan: PLAN.id, by: BEN } },
        { kind: 'held', at: AT, facts: { subject: WEU, signals, reason: 'freeze' } },
      ],
    });
  });

  it('name who calls, and nobody else', async () => {
    await desk.office.store({ ...PLAN, serves: [] });
    expect((await desk.reflex(AS_ANN, 'plans', 'show', PLAN.id)).out).toContain(
      'let go by ffeeddcc: was out, planned: probes fail (by ann@contoso.test (0a1b2c3d\u2026))',
    );
    expect((await desk.reflex(AS_ANN, 'edges', 'shop')).out).toMatch(
      /\nWANTED OF +WHAT +STATE +MODE +BY +REASON\norigin-weu +out, planned +leaving +propose +ann@contoso\.test \(0a1b2c3d\u2026\) +probes/,
    );
  });

  it('of records stay narrow, and JSON has the whole', async () => {
    const { out: text } = await desk.reflex(AS_ANN, 'audit', 'list');
    const [head = '', ...rows] = text.split('\n');
    const [from, to] = [head.indexOf('BY'), head.indexOf('WHY')];
    expect(rows.map((row) => row.slice(from, to).trim()).toSorted()).toEqual([
      `alert:probes#${ANN.slice(0, 18)}\u2026`,
      'ann@contoso.test (0a1b2c3d\u2026)',
      'ffeeddcc',
    ]);
    expect((await desk.reflex(AS_ANN, 'audit', 'list', '--json')).out).toContain(BEN);
  });
});
