import { describe, expect, it } from 'vitest';

import type { JournalEntry, Step } from '../../../shared/reconcile/plan.ts';
import { confirmStep } from '../../../shared/reconcile/consent/step-words.ts';
import { commandsOf, exportPlan, readRun, reportOf, type Report } from '../../../shared/reports/index.ts';
import { edgeTarget } from '../../../shared/targets/edge/index.ts';
import { EdgeStage } from '../../scenarios/situations/edge-stage.ts';
import { arm, bash, change, EAST, live, planOf, scriptOf, stepOf, withArm } from './export/scripts.ts';

const MANUAL: Step = {
  id: 'east:manual:promote',
  title: 'east: promote',
  effect: 'manual',
  from: {},
  to: {},
  changes: [],
  onFailure: 'back',
  manual: { instruction: "1. it's $(touch x)\n2. `look`", approvals: 1, timeoutMs: 1, onTimeout: 'pause' },
};
const OUT = stepOf(change(EAST, { enabled: true }, { enabled: false }));

describe('an exported step of people', () => {
  it('is told, and nothing is written before somebody says that it is done', async () => {
    await withArm(async () => {
      const script = scriptOf(planOf([MANUAL, OUT]));
      const [no, yes] = [await bash(`exec </dev/null\n${script}`), await bash(`exec <<<'done'\n${script}`)];
      expect(no).toMatchObject({ code: 1, err: 'stopped: nobody has said that it is done\n' });
      expect(no.out).toContain("1/2 east: promote: for people\n  1. it's $(touch x)\n  2. `look`\n");
      expect(yes).toMatchObject({ code: 0 });
      expect(arm.accepted).toHaveLength(1);
      expect(live(EAST)).toMatchObject({ enabledState: 'Disabled' });
    });
  });

  it('is left out once it is done, and comes with its lines among the commands', () => {
    const done = { step: MANUAL, state: 'done' } as JournalEntry;
    expect(scriptOf(planOf([MANUAL, OUT], [done]))).not.toContain('for people');
    const exported = exportPlan(planOf([MANUAL, OUT]), 'forth');
    const steps = exported.outcome === 'exported' ? exported.exported.steps : [];
    expect(steps.map(commandsOf)[0]).toEqual(["# for people: 1. it's $(touch x)", '# for people: 2. `look`']);
  });
});

describe('the report on a plan with steps of people', () => {
  async function reported(): Promise<Report> {
    const stage = new EdgeStage();
    const { instruction, approvals } = MANUAL.manual!;
    const settings = { instruction, approvals, timeoutMs: 1_800_000, onTimeout: 'pause', on: 'drain' } as const;
    stage.reload(() => ({ manual: [{ ...settings, name: 'promote', title: 'promote', when: 'before' }] }));
    const target = edgeTarget(stage.world.edge);
    await stage.alert('eastus2');
    await stage.pass(60);
    const [plan] = await stage.plans();
    const now = (): Date => stage.world.clock.now();
    const word = { plan: plan!.id, digest: plan!.digest, step: 'eastus2:manual:promote', by: 'bob', now };
    await confirmStep(stage.cell.rows, target, { ...word, reason: 'promoted' });
    await stage.tick();
    await stage.pass(60);
    return reportOf((await readRun(stage.world.rows, target, plan!.id))!);
  }

  it('tells what they were asked, who said that it was done, and how long the traffic waited', async () => {
    const { approvals, steps, timeline, times } = await reported();
    expect(steps).toMatchObject([
      { title: 'eastus2: promote', outcome: 'done', instruction: MANUAL.manual!.instruction },
      { outcome: 'written' },
    ]);
    expect(approvals).toMatchObject([{ by: 'bob', said: 'confirmed: eastus2: promote: promoted' }]);
    const told = timeline.map(({ what }) => what);
    expect(told.filter((what) => what.startsWith('people') || what.startsWith('said'))).toEqual(
      expect.arrayContaining(['people asked', 'people called', 'said to be done']),
    );
    expect(told.filter((what) => what === 'first write sent')).toHaveLength(1);
    expect(times.toWriteMs).toBe(60_000);
  });
});
