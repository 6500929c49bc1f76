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
