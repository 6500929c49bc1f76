import { expect, it } from 'vitest';

import { RowConflictError } from '../../../shared/errors.ts';
import type { FleetStage } from '../../../shared/fleet/model.ts';
import type { RowStore } from '../../../shared/ports/row-store.ts';
import { PromotionStage, STAGES } from './promotion-stage.ts';

/** dev is verified by a workflow, and soaks for nothing. */
const BY_WORKFLOW: readonly FleetStage[] = [
  {
    ...{ name: 'dev', paths: ['dev/**'], write: 'commit', clusters: ['shop-dev'] },
    verify: [{ kind: 'workflow', file: 'smoke.yaml', inputs: {}, timeoutMs: 1_800_000 }],
  },
  { ...STAGES[1], verify: [] },
];

it('a workflow that succeeds lets the version through, one that fails takes it out', async () => {
  const stage = new PromotionStage(BY_WORKFLOW);
  await stage.minutes(2);
  stage.workflows.end(1, 'success');
  await stage.push('1.1.0');
  await stage.minutes(3);
  expect([await stage.tag('dev'), await stage.tag('prod')]).toEqual(['1.1.0', '1.0.0']);
  stage.workflows.end(2, 'success');
  await stage.minutes(2);
  expect(await stage.tag('prod')).toBe('1.1.0');
  await stage.push('1.2.0');
  await stage.minutes(2);
  stage.workflows.end(3, 'failure');
  await stage.minutes(2);
  expect([await stage.tag('dev'), await stage.tag('prod')]).toEqual(['1.1.0', '1.1.0']);
  expect(await stage.calls()).toMatchObject([expect.stringContaining('run 3: failure')]);
});

it('a run that says nothing calls people, and counts when they run it again', async () => {
  const stage = new PromotionStage(BY_WORKFLOW);
  await stage.push('1.1.0');
  await stage.minutes(2);
  stage.workflows.end(1, 'startup_failure');
  await stage.minutes(1);
  expect(await stage.calls()).toMatchObject([expect.stringContaining('verification-inconclusive')]);
  stage.workflows.rerun(1);
  await stage.minutes(1);
  expect(await stage.starts()).toHaveLength(1);
  stage.workflows.end(1, 'success');
  await stage.minutes(2);
  expect(await stage.tag('prod')).toBe('1.1.0');
});

it('one that is not over in its time is inconclusive, and is still heard', async () => {
  const stage = new PromotionStage(BY_WORKFLOW);
  await stage.push('1.1.0');
  await stage.minutes(32);
  expect((await stage.row('dev')).verdict).toMatchObject({ outcome: 'inconclusive' });
  stage.workflows.end(1, 'success');
  await stage.minutes(2);
  expect(await stage.tag('prod')).toBe('1.1.0');
});

it('nothing is dispatched in mode observe', async () => {
  const stage = new PromotionStage(BY_WORKFLOW, { mode: 'observe' });
  await stage.minutes(5);
  expect(stage.workflows.count).toBe(0);
});

it('one run is started though the rows are not written at first, and though processes come and go', async () => {
  const stage = new PromotionStage(BY_WORKFLOW);
  const save: RowStore['transact'] = stage.rows.transact.bind(stage.rows);
  let refused = 3;
  stage.rows.transact = async (partition, operations) => {
    if (refused > 0 && operations.some(({ rowKey }) => rowKey.startsWith('stage|'))) {
      refused -= 1;
      throw new RowConflictError('somebody else');
    }
    return await save(partition, operations);
  };
  await stage.minutes(6);
  stage.restart();
  await stage.minutes(2);
  expect(refused).toBe(0);
  expect(await stage.starts()).toEqual([expect.stringMatching(/^dispatched smoke.yaml as reflex-[0-9a-f]{24}$/)]);
  expect(stage.workflows.count).toBe(1);
});
