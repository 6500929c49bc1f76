import { expect, it } from 'vitest';

import { readEvidence } from '../../../shared/pipeline/edges/look.ts';
import { EdgeStage } from './edge-stage.ts';

it('a person who takes an origin out before anybody looked keeps what its probes said last', async () => {
  const stage = new EdgeStage();
  stage.rule(({ approvals }) => ({ approvals: { ...approvals, runbook: 0 } }));
  await stage.command({ command: 'failover', origin: 'eastus2' });
  await stage.pass(60);
  expect(stage.live()).toEqual({ eastus2: 'out', northeurope: 500, westus3: 500 });
  const { probedWell } = await readEvidence(stage.world.rows, stage.world.edge);
  expect(probedWell).toContain('eastus2');
});

it('a person who brings an origin back and says that it is well is remembered', async () => {
  const stage = new EdgeStage();
  await stage.alert('eastus2');
  await stage.pass(60);
  stage.world.scenario.origins[0]!.healthy = null;
  const back = { command: 'failback', origin: 'eastus2' } as const;
  await stage.command(back);
  expect(await readEvidence(stage.world.rows, stage.world.edge)).not.toHaveProperty('vouched');
  const at = stage.world.clock.now().getTime();
  await stage.command({ ...back, isWell: true, reason: 'its probes pass by hand' }, 'carol');
  expect(await readEvidence(stage.world.rows, stage.world.edge)).toMatchObject({ vouched: { eastus2: at } });
  expect((await stage.records('intent-released')).at(-1)?.facts).toMatchObject({ by: 'carol', isWell: true });
});
