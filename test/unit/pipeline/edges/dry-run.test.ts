import { beforeEach, describe, expect, it } from 'vitest';

import { EdgeStage } from '../../../scenarios/situations/edge-stage.ts';

let stage: EdgeStage;

beforeEach(() => {
  stage = new EdgeStage();
});

async function drained(): Promise<void> {
  await stage.command({ command: 'failover', origin: 'eastus2', reason: 'r' });
  await stage.pass(3_000);
  expect(stage.writes).toEqual(['eastus2 Disabled']);
}

function somebodyMustAgree(): void {
  stage.reload(({ policy }) => ({ policy: { ...policy, approvals: { ...policy.approvals, runbook: 1 } } }));
}

describe('a command that is only tried out', () => {
  it.each<Parameters<EdgeStage['command']>[0]>([
    { command: 'failback', origin: 'eastus2', dryRun: true },
    { command: 'failover', origin: 'westus3', dryRun: true },
    { command: 'drill', origin: 'westus3', durationSeconds: 600, dryRun: true },
    { command: 'set-weights', weights: { westus3: 100 }, dryRun: true },
    { command: 'pin', origin: 'eastus2', state: 'in', dryRun: true },
    { command: 'hold', dryRun: true },
    { command: 'failback', origin: 'mars', dryRun: true },
  ])('%j opens, releases and writes nothing, and calls nobody', async (asked) => {
    await drained();
    const [before, pages] = [await stage.intents(), await stage.pages()];
    await stage.command(asked);
    await stage.pass(3_000);
    expect(await stage.intents()).toEqual(before);
    expect(stage.writes).toEqual(['eastus2 Disabled']);
    expect(await stage.pages()).toEqual(pages);
  });

  it.each<Parameters<EdgeStage['command']>[0]>([
    { command: 'unpin', origin: 'eastus2', dryRun: true },
    { command: 'unhold', dryRun: true },
  ])('%j takes nothing away', async (asked) => {
    await stage.command({ command: 'pin', origin: 'eastus2', state: 'in' });
    await stage.command({ command: 'hold' });
    const before = await stage.intents();
    await stage.command(asked);
    expect(await stage.intents()).toEqual(before);
  });

  it('names a plan with the steps of the real thing', async () => {
    const asked = { command: 'failover', origin: 'eastus2', reason: 'r' } as const;
    const shown = await stage.command({ ...asked, dryRun: true });
    expect(shown).toMatchObject({ decision: 'plan', reason: 'observe' });
    await stage.command(asked);
    const [preview, real] = await stage.plans();
    expect(preview).toMatchObject({ id: shown.plan, digest: shown.digest, state: 'preview' });
    expect(real).toMatchObject({ digest: shown.digest, state: 'done' });
    await stage.pass(3_000);
    const back = await stage.command({ command: 'failback', origin: 'eastus2', dryRun: true });
    expect((await stage.plans()).find(({ id }) => id === back.plan)?.steps).toMatchObject([
      { from: { eastus2: { enabled: false } }, to: { eastus2: { enabled: true } } },
    ]);
  });

  it('shows its own steps while another plan waits', async () => {
    somebodyMustAgree();
    const first = await stage.command({ command: 'failover', origin: 'eastus2', reason: 'r' });
    const shown = await stage.command({ command: 'failover', origin: 'westus3', dryRun: true });
    expect(shown).toMatchObject({ decision: 'plan', plan: expect.any(String) as string });
    expect(shown.plan).not.toBe(first.plan);
  });

  it('is answered with the rule that would keep it back', async () => {
    stage = new EdgeStage({ policy: { maxDrainFraction: 0.1 } });
    const asked = { command: 'failover', origin: 'eastus2', dryRun: true } as const;
    expect(await stage.command(asked)).toMatchObject({ decision: 'refuse', reason: 'max-drain-fraction' });
    expect(await stage.pages()).toEqual([]);
  });
});

it('a command that is refused names no plan of somebody else', async () => {
  somebodyMustAgree();
  const first = await stage.command({ command: 'failover', origin: 'eastus2', reason: 'r' });
  expect(first.plan).toBeDefined();
  const refused = await stage.command({ command: 'failover', origin: 'mars' });
  expect(refused).toMatchObject({ decision: 'refuse' });
  expect(refused.plan).toBeUndefined();
});
