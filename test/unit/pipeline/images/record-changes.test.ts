import { beforeEach, describe, expect, it } from 'vitest';

import { InMemoryRowStore } from '../../../../shared/adapters/in-memory/row-store.ts';
import type { JsonObject } from '../../../../shared/domain/json.ts';
import { changesOf } from '../../../../shared/pipeline/images/record-changes.ts';
import { planKey } from '../../../../shared/reconcile/plan.ts';

const PARTITION = 'github.com/contoso/gitops#main';
const gitops = { owner: 'Contoso', repo: 'GitOps', branch: 'main' };
const named = (plan: string): { readonly evidence: { readonly plan: string } } => ({ evidence: { plan } });

describe('the files and lines that a decision has led to', () => {
  const rows = new InMemoryRowStore();

  beforeEach(async () => {
    for (const id of ['p1', 'p2', 'p3']) {
      const to = { edits: [{ path: `${id}.yaml`, line: 4, from: '1', to: '2' }], secret: 'no' };
      const value = { steps: [{ to }] } as unknown as JsonObject;
      await rows.transact(PARTITION, [{ kind: 'put', rowKey: planKey(id), value }]);
    }
  });

  const record = (outcome: object, intents: readonly object[]): object => ({
    outcome,
    explained: { requests: [{ gitops }], intents },
  });
  const paths = async (given: object, became: Parameters<typeof changesOf>[1] = []): Promise<readonly unknown[]> =>
    (await changesOf(given, became, rows)).map(({ plan, edits }) => [
      plan,
      (edits as readonly { readonly path: string }[])[0]?.path,
    ]);

  it.each([
    ['its outcome', record(named('p1'), []), []],
    ['an intent of it', record({}, [named('p1'), {}]), []],
    ['what became of it since', record({}, []), [{ subject: 's', state: 'closed', ...named('p1') }]],
  ])('are those of the plan that %s names', async (_what, given, became) => {
    expect(await paths(given, became as unknown as Parameters<typeof changesOf>[1])).toEqual([['p1', 'p1.yaml']]);
  });

  it('are those of each plan once', async () => {
    const given = record(named('p1'), [named('p1'), named('p2')]);
    expect(await paths(given)).toEqual([
      ['p1', 'p1.yaml'],
      ['p2', 'p2.yaml'],
    ]);
  });

  it('are none where the plan is kept no longer, and of a record of something else', async () => {
    expect(await paths(record(named('gone'), []))).toEqual([]);
    expect(await paths({ outcome: named('p1') })).toEqual([]);
  });

  it('show no more of a step than what is written', async () => {
    const [change] = await changesOf(record(named('p3'), []), [], rows);
    expect(Object.keys(change ?? {})).toEqual(['plan', 'edits']);
  });
});
