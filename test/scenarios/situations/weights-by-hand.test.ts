import { describe, expect, it } from 'vitest';
import { ConsentStage } from './consent-stage.ts';

describe('weights that somebody sets by hand where ours stood', () => {
  it('are theirs: people are called, and nothing is written until somebody asks', async () => {
    const stage = new ConsentStage();
    await stage.command({ command: 'set-weights', weights: { northeurope: 700 } });
    await stage.approve('bob');
    await stage.minutes(30);
    stage.byHand('northeurope', { weight: 650 });
    await stage.minutes(10);
    expect(stage.live()).toMatchObject({ northeurope: 650 });
    expect(await stage.pages()).toEqual(['drift']);
    await stage.command({ command: 'set-weights', weights: { northeurope: 720 } }, 'carol');
    await stage.minutes(1);
    await stage.approve('bob');
    await stage.minutes(10);
    expect(stage.live()).toMatchObject({ northeurope: 720 });
  });

  it('are no baseline, though a rule kept ours back meanwhile', async () => {
    const stage = new ConsentStage();
    await stage.command({ command: 'set-weights', weights: { northeurope: 700 } });
    await stage.approve('bob');
    await stage.minutes(30);
    stage.probes('northeurope', false);
    stage.byHand('northeurope', { weight: 650 });
    await stage.minutes(5);
    stage.probes('northeurope', true);
    await stage.command({ command: 'set-weights', weights: { northeurope: 700 } }, 'carol');
    await stage.minutes(1);
    await stage.approve('bob');
    await stage.minutes(30);
    expect(stage.live()).toMatchObject({ northeurope: 700 });
    await stage.command({ command: 'failback', origin: 'northeurope' });
    await stage.minutes(30);
    expect(stage.live()).toMatchObject({ northeurope: 500 });
  });

  it('go out at once when evidence asks for it, and come back with the weight that they have', async () => {
    const stage = new ConsentStage({ drain: 0 });
    await stage.command({ command: 'set-weights', weights: { northeurope: 700 } });
    await stage.approve('bob');
    await stage.minutes(30);
    stage.byHand('northeurope', { weight: 650 });
    await stage.minutes(5);
    await stage.alert('northeurope');
    await stage.minutes(10);
    expect(stage.live()).toMatchObject({ northeurope: 'out' });
    await stage.recovered('northeurope');
    await stage.minutes(60);
    expect(stage.live()).toMatchObject({ northeurope: 650 });
  });

  it('go out at once though they were corrected once already', async () => {
    const stage = new ConsentStage({ drain: 0 });
    for (const [weight, by] of [
      [650, 'alice'],
      [640, 'carol'],
    ] as const) {
      await stage.command({ command: 'set-weights', weights: { northeurope: 700 } }, by);
      await stage.minutes(1);
      await stage.approve('bob');
      await stage.minutes(30);
      expect(stage.live()).toMatchObject({ northeurope: 700 });
      stage.byHand('northeurope', { weight });
      await stage.minutes(5);
    }
    await stage.alert('northeurope');
    await stage.minutes(10);
    expect(stage.live()).toMatchObject({ northeurope: 'out' });
  });

  it('hold what was asked for with them', async () => {
    const stage = new ConsentStage();
    await stage.command({ command: 'set-weights', weights: { northeurope: 700, uksouth: 700 } });
    await stage.approve('bob');
    await stage.minutes(2);
    stage.byHand('northeurope', { weight: 650 });
    await stage.minutes(30);
    expect(stage.live()).toMatchObject({ northeurope: 650, uksouth: 500 });
    expect(await stage.pages()).toContain('drift');
  });

  it('stay when others are divided by capacity', async () => {
    const stage = new ConsentStage({ drain: 0 }, { redistribute: 'capacity' });
    await stage.command({ command: 'set-weights', weights: { northeurope: 700 } });
    await stage.approve('bob');
    await stage.minutes(30);
    stage.byHand('northeurope', { weight: 650 });
    await stage.minutes(5);
    await stage.alert('westus3');
    await stage.minutes(20);
    expect(stage.live()).toMatchObject({ northeurope: 650, westus3: 'out', uksouth: 550 });
  });

  it('are divided with the others by the next drain, and given back by its way back, where no wish is about them', async () => {
    const stage = new ConsentStage({ drain: 0, restore: 0 }, { redistribute: 'capacity' });
    await stage.alert('westus3');
    await stage.minutes(20);
    expect(stage.live()).toMatchObject({ westus3: 'out' });
    stage.byHand('northeurope', { weight: 123 });
    await stage.minutes(20);
    expect(stage.live()).toMatchObject({ northeurope: 123 });
    await stage.alert('uksouth');
    await stage.minutes(20);
    expect(stage.live()).toMatchObject({ westus3: 'out', uksouth: 'out' });
    expect(stage.live()).not.toMatchObject({ northeurope: 123 });
    await stage.recovered('uksouth');
    await stage.recovered('westus3');
    await stage.minutes(180);
    expect(stage.live()).toMatchObject({ westus3: 500, uksouth: 500, northeurope: 123 });
  });

  it('stay when a drain of theirs is cancelled', async () => {
    const stage = new ConsentStage({ restore: 0 });
    await stage.command({ command: 'set-weights', weights: { northeurope: 700 } });
    await stage.approve('bob');
    await stage.minutes(40);
    await stage.command({ command: 'failover', origin: 'northeurope' }, 'carol');
    await stage.minutes(1);
    await stage.approve('bob');
    await stage.minutes(1);
    stage.byHand('northeurope', { weight: 650 });
    await stage.minutes(1);
    await stage.cancel('running');
    await stage.minutes(40);
    expect(stage.live()).toMatchObject({ northeurope: 650 });
  });

  it('are corrected once for a part of an emergency, and not again', async () => {
    const stage = new ConsentStage({ drain: 0 }, {}, { load: 1000 });
    stage.rule(({ safety }) => ({ safety: { ...safety, allowPartial: true } }));
    await stage.alert('westus3');
    await stage.minutes(15);
    for (let turn = 0; turn < 6; turn += 1) {
      stage.byHand('westus3', { weight: 500 });
      await stage.minutes(10);
    }
    expect(stage.writes.filter((one) => one === 'westus3 167')).toHaveLength(2);
  });

  it('are written over by those that were asked for since, though the origin was out and back meanwhile', async () => {
    const stage = new ConsentStage({ drain: 0, restore: 0 });
    await stage.command({ command: 'set-weights', weights: { northeurope: 700 } });
    await stage.approve('bob');
    await stage.minutes(30);
    stage.byHand('northeurope', { weight: 650 });
    await stage.minutes(10);
    await stage.command({ command: 'set-weights', weights: { northeurope: 720 } }, 'carol');
    await stage.minutes(1);
    await stage.alert('northeurope');
    await stage.minutes(10);
    await stage.recovered('northeurope');
    await stage.minutes(40);
    await stage.approve('bob');
    await stage.minutes(20);
    expect(stage.live()).toMatchObject({ northeurope: 720 });
  });
});
