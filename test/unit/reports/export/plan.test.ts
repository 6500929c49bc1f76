import { execFile } from 'node:child_process';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { exportPlan } from '../../../../shared/reports/index.ts';
import { quoted } from '../../../../shared/reports/export/bash-text.ts';
import type { JournalEntry, PlanState, Step } from '../../../../shared/reconcile/plan.ts';
import {
  arm,
  bash,
  change,
  EAST,
  EAST_TM,
  GROUP,
  live,
  ORIGINS,
  planOf,
  PROFILE,
  scriptOf,
  stepOf,
  withArm,
} from './scripts.ts';
import { playOut, runsOf, steppedRollback } from '../runs.ts';

const STEPS = [
  change(EAST, { weight: 500 }, { weight: 250 }),
  change(EAST, { weight: 250 }, { weight: 1 }),
  change(EAST, { enabled: true }, { enabled: false }),
].map((one) => ({ ...stepOf(one), bakeMs: 300_000 }));

describe('an exported script', () => {
  it('makes the writes of a plan, and its undo script takes them back', async () => {
    await withArm(async () => {
      const plan = planOf(STEPS);
      const forth = await bash(scriptOf(plan));
      expect(forth).toMatchObject({ code: 0, err: '' });
      expect(forth.out).toMatch(/1\/3 a step\n.*waits 0 s.*\n2\/3 a step\n.*\n3\/3 a step\ndone\n$/);
      expect(live(EAST)).toMatchObject({ weight: 1, enabledState: 'Disabled', provisioningState: 'Succeeded' });
      expect(arm.accepted.map(({ verb, set }) => [verb, set])).toEqual([
        ['PATCH', { weight: 250 }],
        ['PATCH', { weight: 1 }],
        ['PATCH', { enabledState: 'Disabled' }],
      ]);
      expect(await bash(scriptOf(plan, 'back'))).toMatchObject({ code: 0, err: '' });
      expect(live(EAST)).toMatchObject({ weight: 500, enabledState: 'Enabled' });
      expect(arm.accepted.slice(3).map(({ set }) => set)).toEqual([
        { enabledState: 'Enabled' },
        { weight: 250 },
        { weight: 500 },
      ]);
    });
  });

  it('does the same at Traffic Manager', async () => {
    await withArm(async () => {
      const plan = planOf([
        stepOf(change(EAST_TM, { weight: 500 }, { weight: 7 })),
        stepOf(change(EAST_TM, { enabled: true }, { enabled: false })),
      ]);
      expect(await bash(scriptOf(plan))).toMatchObject({ code: 0, err: '' });
      expect(live(EAST_TM)).toMatchObject({ weight: 7, endpointStatus: 'Disabled' });
      expect(await bash(scriptOf(plan, 'back'))).toMatchObject({ code: 0, err: '' });
      expect(live(EAST_TM)).toMatchObject({ weight: 500, endpointStatus: 'Enabled' });
    });
  });

  it('stops where somebody has changed the value, and writes nothing', async () => {
    await withArm(async () => {
      arm.change(EAST, { weight: 400 });
      const ran = await bash(scriptOf(planOf(STEPS)));
      expect(ran.code).toBe(1);
      expect(ran.err).toBe(`stopped: weight is 400, not 500: somebody else has changed ${EAST}\n`);
      expect(arm.accepted).toEqual([]);
    });
  });

  it('goes on where it was stopped', async () => {
    await withArm(async () => {
      arm.faults.set([{ on: 'PATCH origins/east', status: 500, afterFirst: true }]);
      const first = await bash(scriptOf(planOf(STEPS)));
      expect(first.code).toBe(1);
      expect(first.err).toContain(`stopped: the write was refused: ${EAST}`);
      const second = await bash(scriptOf(planOf(STEPS)));
      expect(second).toMatchObject({ code: 0, out: expect.stringContaining('weight is 250 already') as string });
      expect(arm.accepted).toHaveLength(3);
    });
  });

  it('goes on where it was stopped, however many steps have written the same field', async () => {
    const weights = [500, 250, 100, 10];
    const steps = weights
      .slice(1)
      .map((weight, index) => stepOf(change(EAST, { weight: weights[index] ?? 0 }, { weight }), `step ${index + 1}`));
    for (const broken of [1, 2, 3]) {
      await withArm(async () => {
        const script = scriptOf(planOf(steps));
        arm.change(EAST, { weight: weights[broken] ?? 0 });
        expect(await bash(script)).toMatchObject({ code: 0, err: '' });
        expect(live(EAST)).toMatchObject({ weight: 10 });
        expect(arm.accepted).toHaveLength(steps.length - broken);
        arm.change(EAST, { weight: 101 });
        expect(await bash(script)).toMatchObject({ code: 1, err: expect.stringContaining('weight is 101') as string });
      });
    }
  });

  it('does nothing again where all is done, though the end is the value at the beginning', async () => {
    const [down, back] = [change(EAST, { weight: 500 }, { weight: 50 }), change(EAST, { weight: 50 }, { weight: 500 })];
    const script = scriptOf(
      planOf([stepOf(down), stepOf(change(EAST, { enabled: false }, { enabled: true })), stepOf(back)]),
    );
    await withArm(async () => {
      expect(await bash(script)).toMatchObject({
        code: 0,
        out: expect.stringContaining('everything is there already') as string,
      });
      expect(arm.accepted).toEqual([]);
      arm.change(EAST, { enabledState: 'Disabled' });
      expect(await bash(script)).toMatchObject({ code: 0, err: '' });
      expect(live(EAST)).toMatchObject({ weight: 500, enabledState: 'Enabled' });
      expect(arm.accepted).toHaveLength(3);
    });
  });

  it('writes only while the other origins are as the plan was made on', async () => {
    const step = {
      ...stepOf(change(EAST, { weight: 500 }, { weight: 9 })),
      predicates: ['east is enabled with weight 500', 'west is enabled with weight 500'],
    };
    await withArm(async () => {
      arm.change(`${ORIGINS}/west`, { weight: 499 });
      const ran = await bash(scriptOf(planOf([step])));
      expect(ran.err).toBe(`stopped: properties.weight is 499, not 500, at ${ORIGINS}/west\n`);
      expect(arm.accepted).toEqual([]);
      arm.change(`${ORIGINS}/west`, { weight: 500 });
      expect(await bash(scriptOf(planOf([step])))).toMatchObject({ code: 0, err: '' });
    });
  });

  it.each([
    ['Front Door', EAST, `${ORIGINS}/west`, { enabledState: 'Disabled' }],
    ['Traffic Manager', EAST_TM, `${PROFILE}/azureEndpoints/west`, { endpointStatus: 'Disabled' }],
  ])('never disables the last enabled origin of %s', async (_, id, other, set) => {
    await withArm(async () => {
      arm.change(other, set);
      const ran = await bash(scriptOf(planOf([stepOf(change(id, { enabled: true }, { enabled: false }))])));
      expect(ran).toMatchObject({ code: 1, err: 'stopped: no other origin is enabled (1)\n' });
      expect(arm.accepted).toEqual([]);
    });
  });

  it.each([
    [
      'fails',
      { on: 'GET origins/east', provisioningState: 'Failed', afterFirst: true, times: 9 },
      'the service has failed at it',
    ],
    ['does not end', { on: 'PATCH *', lroSec: 3600 }, 'the service is still at it'],
    ['cannot be asked', { on: 'GET origins/east', status: 403 }, 'cannot read'],
  ])('stops where the service %s', async (_, fault, said) => {
    await withArm(async () => {
      arm.faults.set([fault]);
      const ran = await bash(scriptOf(planOf(STEPS)));
      expect(ran.code).toBe(1);
      expect(ran.err).toContain(`stopped: ${said}`);
    });
  });

  it('says titles and predicates as they are, whatever is in them', async () => {
    await withArm(async () => {
      const title = `x'; touch /tmp/owned; echo "$(id)" \`id\` %s \\n # é`;
      const step = { ...stepOf(change(EAST, { weight: 500 }, { weight: 9 }), title), predicates: ["a'b\nrm -rf /"] };
      const { out, code } = await bash(scriptOf(planOf([step])));
      expect(code).toBe(0);
      expect(out).toBe(`1/1 ${title}\n  see to it yourself: a'b rm -rf /\ndone\n`);
    });
  });
});

describe('what is exported', () => {
  const written = (step: Step): Partial<JournalEntry> => ({ step, state: 'written' });

  it('is what is left of a plan', () => {
    const [first, ...rest] = STEPS as [Step, ...Step[]];
    expect(scriptOf(planOf(STEPS, [written(first)]))).toContain(`1/${rest.length} `);
    expect(exportPlan(planOf(STEPS, STEPS.map(written)), 'forth')).toEqual({
      outcome: 'refused',
      reason: 'nothing is left to write',
    });
  });

  it.each<[PlanState, boolean]>([
    ['waiting', true],
    ['running', true],
    ['expired', true],
    ['parked', true],
    ['done', false],
    ['going-back', false],
    ['rejected', false],
  ])('is there for a plan that is %s: %s', (state, isThere) => {
    const result = exportPlan({ ...planOf(STEPS), state }, 'forth');
    expect(result.outcome).toBe(isThere ? 'exported' : 'refused');
    expect(exportPlan({ ...planOf(STEPS), state }, 'back').outcome).toBe('exported');
  });

  it('finds what a predicate names by what is known of the edge, and leaves the rest to a person', () => {
    const predicates = ['west is enabled with weight 500', 'the moon is full'];
    const step = { ...stepOf(change(EAST_TM, { weight: 500 }, { weight: 9 })), predicates };
    const west = `${PROFILE}/externalendpoints/west`;
    const stepWith = (ids: ReadonlyMap<string, string>) => {
      const result = exportPlan(planOf([step]), 'forth', ids);
      return result.outcome === 'exported' ? result.exported.steps[0] : undefined;
    };
    expect(stepWith(new Map())?.byHand).toEqual(predicates);
    expect(stepWith(new Map([['west', west]]))).toMatchObject({
      byHand: ['the moon is full'],
      preconditions: [
        { id: west, query: 'properties.endpointStatus', equals: 'Enabled' },
        { id: west, query: 'properties.weight', equals: '500' },
      ],
    });
  });

  it('is nothing to undo where a plan has gone back by itself', async () => {
    const [run] = await runsOf(await playOut(steppedRollback()));
    const journal = run!.plan.journal;
    const gone = exportPlan({ ...run!.plan, steps: [], journal }, 'back');
    expect(gone).toEqual({ outcome: 'refused', reason: 'nothing is to be undone' });
  });

  it.each([
    ['another type', change(`${GROUP}/microsoft.cdn/profiles/p1`, { weight: 1 }, { weight: 2 })],
    ['no id', change('/subscriptions/x; rm -rf /', { weight: 1 }, { weight: 2 })],
    ['quotes in an id', change(`${ORIGINS}/a'b`, { weight: 1 }, { weight: 2 })],
    ['a weight of 0', change(EAST, { weight: 1 }, { weight: 0 })],
    ['a weight that is text', change(EAST, { weight: 1 }, { weight: '2' })],
    ['two fields', change(EAST, { weight: 1 }, { weight: 2, enabled: true })],
    ['another field than before', change(EAST, { enabled: true }, { weight: 2 })],
    ['a gate', change(EAST, { isShut: false }, { isShut: true })],
    ['no field', change(EAST, {}, {})],
  ])('is refused with %s', (_, one) => {
    expect(exportPlan(planOf([stepOf(one)]), 'forth')).toMatchObject({ outcome: 'refused' });
  });

  it('is refused for a plan that is over, with what is left to export of it', () => {
    const plan = { ...planOf(STEPS), state: 'done' as const };
    expect(exportPlan(plan, 'forth')).toEqual({
      outcome: 'refused',
      reason: 'the plan is done: its way back is exported with --undo (direction=back)',
    });
    expect(exportPlan({ ...plan, state: 'rejected' }, 'forth')).toMatchObject({ reason: 'the plan is rejected' });
    expect(exportPlan(plan, 'back')).toMatchObject({ outcome: 'exported' });
  });

  it('is refused for a plan that writes no origin', () => {
    const step = { ...stepOf(change(EAST, { weight: 1 }, { weight: 2 })), changes: [] };
    expect(exportPlan(planOf([step]), 'forth')).toMatchObject({ outcome: 'refused' });
  });
});

describe('a word of bash', () => {
  it('is taken as it is', async () => {
    const words = fc.sample(fc.string({ unit: 'binary-ascii', maxLength: 30 }), { numRuns: 200, seed: 1 });
    const clean = words.map((word) => word.replaceAll('\0', ''));
    const script = clean.map((word) => `printf '%s\\0' ${quoted(word)}`).join('\n');
    const out = await new Promise<string>((done) => {
      execFile('bash', ['--noprofile', '--norc', '-c', script], (_, stdout) => done(stdout));
    });
    expect(out.split('\0').slice(0, -1)).toEqual(clean);
  });
});
