import { beforeEach, describe, expect, it } from 'vitest';

import type { Mode } from '../../../shared/domain/mode.ts';
import { approvePlan } from '../../../shared/reconcile/consent/plan-commands.ts';
import { edgeTarget } from '../../../shared/targets/edge/index.ts';
import { EdgeStage } from './edge-stage.ts';

describe('a plan waits for approval while ticks look again', () => {
  let stage: EdgeStage;
  let shown: { readonly plan?: string; readonly digest?: string };

  beforeEach(async () => {
    stage = new EdgeStage({ policy: { approvals: 1, approvalTtlSec: 86_400 } });
    shown = await stage.command({ command: 'failover', origin: 'eastus2' });
  });

  async function minutes(count: number): Promise<void> {
    for (let minute = 0; minute < count; minute += 1) {
      await stage.pass(60);
      await stage.tick();
    }
  }

  async function approve(by: string, { plan = '', digest = '' } = shown): Promise<boolean> {
    const now = (): Date => stage.world.clock.now();
    const { agreed } = await approvePlan(stage.cell.rows, edgeTarget(stage.world.edge), { plan, digest, by, now });
    await stage.tick();
    return agreed;
  }

  it('is named to whoever asks for the same meanwhile', async () => {
    const { plan, digest } = shown;
    for (const by of ['alice', 'carol']) {
      expect(await stage.command({ command: 'failover', origin: 'eastus2' }, by)).toMatchObject({
        decision: 'pending-approval',
        plan,
        digest,
      });
    }
  });

  it('the same digest is no news: no notice, no entry', async () => {
    const before = await stage.records('proposed', 'held', 'observed', 'paged');
    await minutes(30);
    expect(await stage.records('proposed', 'held', 'observed', 'paged')).toEqual(before);
    expect(before.map(({ kind }) => kind)).toEqual(['proposed']);
    expect((await stage.plans()).map(({ id, digest }) => ({ plan: id, digest }))).toEqual([
      { plan: shown.plan, digest: shown.digest },
    ]);
  });

  it('a yes to what was shown long ago counts while nothing has moved', async () => {
    await minutes(30);
    expect(await approve('bob')).toBe(true);
    expect(stage.writes).toEqual(['eastus2 Disabled']);
  });

  it('facts that move make another revision, once, and the old one cannot be agreed to', async () => {
    stage.byHand('westus3', { weight: 400 });
    await minutes(30);
    expect((await stage.records('proposed')).length).toBe(2);
    expect((await stage.plans()).map(({ state }) => state).toSorted()).toEqual(['superseded', 'waiting']);
    await expect(approve('bob')).rejects.toThrow('superseded');
    expect(stage.writes).toEqual([]);

    const now = (await stage.plans()).find(({ state }) => state === 'waiting')!;
    expect(await approve('bob', { plan: now.id, digest: now.digest })).toBe(true);
    expect(stage.writes).toEqual(['eastus2 Disabled']);
  });

  it('facts that move and move back wait under the digest of before', async () => {
    stage.byHand('westus3', { weight: 400 });
    await minutes(2);
    stage.byHand('westus3', { weight: 500 });
    await minutes(2);
    const waiting = (await stage.plans()).filter(({ state }) => state === 'waiting');
    expect(waiting.map(({ digest }) => digest)).toEqual([shown.digest]);
  });

  it('a plan that a rule forbids by now waits no longer', async () => {
    stage.rule(({ safety }) => ({ safety: { ...safety, minEnabled: 3 } }));
    await minutes(3);
    expect((await stage.plans()).map(({ state }) => state)).toEqual(['superseded']);
    expect(await stage.intents()).toEqual([
      expect.objectContaining({ state: 'blocked', note: 'safety-rule:atleast-3' }),
    ]);
    stage.rule(({ safety }) => ({ safety: { ...safety, minEnabled: 1 } }));
    await minutes(3);
    expect((await stage.plans()).map(({ state }) => state).toSorted()).toEqual(['superseded', 'waiting']);
  });

  it('a yes given between two looks does not act on facts that moved', async () => {
    stage.byHand('westus3', { weight: 400 });
    expect(await approve('bob')).toBe(true);
    await minutes(2);
    expect(stage.writes).toEqual([]);
  });
});

describe('a way back that waits for approval', () => {
  function stageWith(restore: Mode): EdgeStage {
    const stage = new EdgeStage();
    Object.assign(stage.world.edge.policy.mode, { restore });
    return stage;
  }

  it.each([1, 2])('waits on when somebody asks for it, however often (%i)', async (times) => {
    const stage = stageWith('propose');
    await stage.alert('eastus2');
    await stage.pass(120);
    await stage.recovered('eastus2');
    await stage.pass(600);
    expect((await stage.plans()).map(({ state }) => state)).toContain('waiting');
    for (let count = 0; count < times; count += 1) {
      await stage.command({ command: 'failback', origin: 'eastus2' });
      await stage.pass(600);
    }
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
    await stage.approve('bob');
    await stage.pass(600);
    expect(stage.live()).toMatchObject({ eastus2: 500 });
  });

  it('is asked for after a drain that people had agreed to as well', async () => {
    const stage = stageWith('propose');
    Object.assign(stage.world.edge.policy.approvals, { runbook: 1, restore: 1 });
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await stage.approve('bob');
    await stage.pass(600);
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
    expect(await stage.command({ command: 'failback', origin: 'eastus2' })).toMatchObject({
      decision: 'pending-approval',
      plan: expect.any(String) as string,
    });
    await stage.pass(600);
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
    await stage.approve('bob');
    await stage.pass(600);
    expect(stage.live()).toMatchObject({ eastus2: 500 });
  });

  it('is not asked for where a drill is ended sooner', async () => {
    const stage = stageWith('propose');
    Object.assign(stage.world.edge.policy.approvals, { restore: 1 });
    await stage.command({ command: 'drill', origin: 'eastus2', durationSeconds: 3_600 });
    await stage.pass(600);
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
    await stage.command({ command: 'failback', origin: 'eastus2' });
    await stage.pass(600);
    expect(stage.live()).toMatchObject({ eastus2: 500 });
  });

  it('asks anew on a person’s word when nobody has agreed in time', async () => {
    const stage = stageWith('propose');
    await stage.alert('eastus2');
    await stage.pass(120);
    await stage.recovered('eastus2');
    await stage.pass(7_200);
    await stage.tick();
    expect((await stage.plans()).map(({ state }) => state)).not.toContain('waiting');
    await stage.command({ command: 'failback', origin: 'eastus2' });
    await stage.approve('bob');
    await stage.pass(600);
    expect(stage.live()).toMatchObject({ eastus2: 500 });
  });

  it('and that is only observed is done on a person’s word', async () => {
    const stage = stageWith('observe');
    await stage.alert('eastus2');
    await stage.pass(120);
    await stage.recovered('eastus2');
    await stage.pass(3_600);
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
    await stage.command({ command: 'failback', origin: 'eastus2' });
    await stage.pass(600);
    expect(stage.live()).toMatchObject({ eastus2: 500 });
  });
});
