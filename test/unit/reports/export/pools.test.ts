import { describe, expect, it } from 'vitest';

import { nodePool } from '../../../../local/arm/node-pools.ts';
import type { FieldChange } from '../../../../shared/reconcile/plan.ts';
import { exportPlan } from '../../../../shared/reports/index.ts';
import { commandsOf } from '../../../../shared/reports/export/script.ts';
import { arm, bash, GROUP, live, planOf, scriptOf, stepOf, withArm } from './scripts.ts';

const CLUSTER = `${GROUP}/microsoft.containerservice/managedclusters/shop-neu`;
const POOL = `${CLUSTER}/agentpools/user`;

function raise(from: number, to: number): FieldChange {
  return { subject: POOL, group: 'min-count', from: { minCount: from }, to: { minCount: to } };
}

function seed(): void {
  const { properties } = nodePool(CLUSTER, 'user', { count: 3, autoscaler: { min: 3, max: 10 } });
  arm.seed({ id: POOL, properties });
}

describe("a plan about a cluster's node pools", () => {
  it('is exported as calls of the Azure CLI that can be run twice, and the way back as well', async () => {
    await withArm(async () => {
      seed();
      const plan = { ...planOf([stepOf(raise(3, 6))]), target: CLUSTER };
      expect(await bash(scriptOf(plan))).toMatchObject({ code: 0, err: '' });
      expect(live(POOL)).toMatchObject({ minCount: 6, maxCount: 10 });
      expect(await bash(scriptOf(plan))).toMatchObject({ code: 0, err: '' });
      expect(arm.accepted).toHaveLength(1);
      expect(await bash(scriptOf(plan, 'back'))).toMatchObject({ code: 0, err: '' });
      expect(live(POOL)).toMatchObject({ minCount: 3, maxCount: 10 });
    });
  });

  it('stops where somebody has set another least number since', async () => {
    await withArm(async () => {
      seed();
      arm.change(POOL, { minCount: 4 });
      const ran = await bash(scriptOf({ ...planOf([stepOf(raise(3, 6))]), target: CLUSTER }));
      expect(ran).toMatchObject({ code: 1, err: expect.stringContaining('minCount is 4, not 3') as string });
      expect(arm.accepted).toEqual([]);
    });
  });

  it('is told as commands', () => {
    const exported = exportPlan({ ...planOf([stepOf(raise(3, 6))]), target: CLUSTER }, 'forth');
    const [step] = exported.outcome === 'exported' ? exported.exported.steps : [];
    expect(commandsOf(step!)).toEqual([
      expect.stringMatching(/^test .*properties.minCount.* = '3'$/) as string,
      expect.stringMatching(
        /^az aks nodepool update --subscription '0{8}.*' --resource-group 'rg' --cluster-name 'shop-neu' --name 'user' --update-cluster-autoscaler --min-count '6'/,
      ) as string,
    ]);
  });

  it.each([{ minCount: -1 }, { minCount: 1.5 }, { minCount: '6' }, { minCount: 1001 }, {}])(
    'is not exported with %j',
    (to) => {
      const change = { ...raise(3, 6), to: to as FieldChange['to'] };
      expect(exportPlan({ ...planOf([stepOf(change)]), target: CLUSTER }, 'forth')).toMatchObject({
        outcome: 'refused',
        reason: expect.stringContaining('least number of nodes') as string,
      });
    },
  );
});
