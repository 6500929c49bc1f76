import { describe, expect, it } from 'vitest';

import { TargetRows } from '../../../../shared/reconcile/target-rows.ts';
import { edgeTarget } from '../../../../shared/targets/edge/index.ts';
import { EDGE, NEU, Office, RITA, WEU } from './people.ts';

interface Listed {
  readonly records: readonly { readonly seq: number; readonly kind: string; readonly target: string }[];
  readonly next?: string;
}

const BRANCH = { kind: 'git-branch', key: 'contoso/shop-gitops#main' } as const;

async function office(): Promise<Office> {
  const one = new Office();
  const rows = new TargetRows(one.rows);
  const say = async (target: Parameters<TargetRows['load']>[0], ...facts: readonly object[]): Promise<void> => {
    const at = one.clock.now().toISOString();
    const audit = facts.map((fact) => ({ kind: 'held' as const, at, facts: fact as never }));
    await rows.save(target, await rows.load(target), { audit });
    await one.clock.advance(1_000);
  };
  await say(edgeTarget({ id: EDGE }), { subject: WEU, reason: 'freeze' }, { subject: NEU, reason: 'freeze' });
  await say(BRANCH, { subject: 'web', reason: 'Budget' });
  await say(edgeTarget({ id: EDGE }), { subject: WEU, reason: 'min-hold' });
  return one;
}

async function list(query: string): Promise<Listed> {
  return await (await office()).call<Listed>(`GET /audit${query}`, RITA);
}

describe('audit records', () => {
  it('are listed newest first, those of one instant the later one first', async () => {
    const { records, next } = await list('');
    expect(records.map(({ target, seq }) => [target.slice(0, 7), seq])).toEqual([
      ['edges', 3],
      ['contoso', 1],
      ['edges', 2],
      ['edges', 1],
    ]);
    expect([records[0], next]).toMatchObject([
      { facts: { reason: 'min-hold' }, hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      undefined,
    ]);
  });

  it.each([
    ['?target=contoso/shop-gitops%23main', 1],
    ['?target=nobody', 0],
    ['?kind=held', 4],
    ['?kind=acted', 0],
    ['?about=FREEZE', 2],
    ['?about=budget', 1],
    [`?about=${encodeURIComponent(WEU)}&kind=held`, 2],
    ['?about=no-such-thing', 0],
  ])('that %s asks for are %d', async (query, count) => {
    expect((await list(query)).records).toHaveLength(count);
  });

  it('are cut into pages that lose and repeat nothing', async () => {
    const one = await office();
    const first = await one.call<Listed>('GET /audit?limit=3', RITA);
    const rest = await one.call<Listed>(`GET /audit?limit=3&after=${first.next ?? ''}`, RITA);
    expect([...first.records, ...rest.records].map(({ seq }) => seq)).toEqual([3, 1, 2, 1]);
    expect(rest.next).toBeUndefined();
  });

  it.each(['?kind=everything', '?limit=0', '?about='])('are not looked for by %s', async (query) => {
    expect(await list(query)).toMatchObject({ status: 400, code: 'REFLEX_INVALID_REQUEST' });
  });

  it('are nobody’s without a token', async () => {
    expect(await (await office()).call('GET /audit', undefined as never)).toMatchObject({ status: 401 });
  });
});
