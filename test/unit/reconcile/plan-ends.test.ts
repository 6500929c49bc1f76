import { describe, expect, it } from 'vitest';

import type { Look } from '../../../shared/reconcile/target-kind.ts';
import type { Step } from '../../../shared/reconcile/plan.ts';
import { A, B, Plant } from './plant.ts';
import { entryOf, planOf, stepOf } from './rows.ts';
import { PLANT } from './valves-target.ts';

const WRITTEN = entryOf(stepOf(A, 1, 9), 'written');

/** Nothing is left to do, and that is all that a look says, but for this. */
function says(plant: Plant, more: Partial<Look<Step>> = {}): void {
  plant.valves.look = () => ({ verdicts: [], steps: [], ...more });
}

function mark(subject: string, baseline: number, written: number): object {
  return { subject, group: 'turn', baseline: { to: baseline }, written: { to: written } };
}

/** Two valves were turned, and nobody wants that any more. */
async function left(): Promise<Plant> {
  const plant = new Plant();
  const fields = [mark(A, 1, 9), mark(B, 2, 8)] as never;
  await plant.rows.save(PLANT, await plant.state(), { lane: { fields } });
  return plant;
}

async function fields(plant: Plant): Promise<readonly unknown[]> {
  return (await plant.state()).lane.fields;
}

describe('when nothing is left to do, a mark', () => {
  it('stays while its value is not back', async () => {
    const plant = await left();
    says(plant);
    const { revision } = (await plant.state()).head;
    await plant.look();
    expect(await fields(plant)).toEqual([mark(A, 1, 9), mark(B, 2, 8)]);
    expect((await plant.state()).head.revision).toBe(revision);
  });

  it('goes where somebody else’s value stands', async () => {
    const plant = await left();
    says(plant, {
      foreign: [
        { subject: A, group: 'turn' },
        { subject: B, group: 'other' },
      ],
    });
    await plant.look();
    expect(await fields(plant)).toEqual([mark(B, 2, 8)]);
  });

  it('is put right where a failed write turns out to have left something else', async () => {
    const plant = await left();
    says(plant, { found: [{ subject: B, group: 'turn', written: { to: 5 } }] });
    await plant.look();
    expect(await fields(plant)).toEqual([mark(A, 1, 9), mark(B, 2, 5)]);
  });

  it('goes where a failed write turns out to have left what stood there before, and is put right otherwise', async () => {
    const plant = await left();
    says(plant, {
      found: [
        { subject: A, group: 'turn', written: { to: 1 } },
        { subject: B, group: 'turn', written: { to: 5 } },
      ],
    });
    await plant.look();
    expect(await fields(plant)).toEqual([mark(B, 2, 5)]);
  });
});

describe('a rule that keeps back what nobody wants any more', () => {
  it.each([
    [true, ['held', 'paged']],
    [false, ['held']],
  ])('is told once, and people are called if they must be: %s', async (page, kinds) => {
    const plant = await left();
    says(plant, { kept: { reason: 'target-unhealthy', page } });
    await plant.look();
    await plant.look();
    const told = (await plant.records()).map(({ kind, facts }) => [kind, facts]);
    expect(told).toEqual(kinds.map((kind) => [kind, { subject: PLANT.key, reason: 'target-unhealthy' }]));
  });

  it('is told again when it is another, or when it was gone meanwhile', async () => {
    const plant = await left();
    for (const reason of ['one', 'two', undefined, 'two'] as const) {
      says(plant, reason === undefined ? {} : { kept: { reason, page: false } });
      await plant.look();
    }
    expect((await plant.records()).map(({ facts }) => facts['reason'])).toEqual(['one', 'two', 'two']);
    says(plant);
    await plant.look();
    expect((await plant.state()).lane.kept).toBeUndefined();
  });
});

describe('a plan of which nothing is left', () => {
  it.each([
    ['running', [WRITTEN], 'done', true],
    ['going-back', [WRITTEN], 'gone-back', true],
    ['going-back', [], 'gone-back', true],
    ['running', [], 'superseded', false],
    ['running', [entryOf(stepOf(A, 1, 9), 'stale')], 'superseded', false],
    ['running', [entryOf(stepOf(A, 1, 9), 'overtaken')], 'superseded', false],
  ] as const)('%s with journal %j ends as %s, which is recorded: %s', async (state, journal, end, isRecorded) => {
    const plant = await left();
    const plan = planOf({ state, journal, revision: 3 });
    const previews = { propose: { digest: 'd', plan: plan.id }, observe: { digest: 'e', plan: 'another' } };
    await plant.rows.save(PLANT, await plant.state(), { lane: { activePlan: plan.id, previews }, plan });
    says(plant);
    expect(await plant.look()).toEqual({ outcome: 'settled' });
    expect((await plant.rows.plan(PLANT, plan.id))?.state).toBe(end);
    const { lane } = await plant.state();
    expect(lane.activePlan).toBeUndefined();
    expect(lane.previews).toEqual({ observe: previews.observe });
    const ended = (await plant.records()).map(({ kind, facts }) => [kind, facts]);
    expect(ended).toEqual(isRecorded ? [['plan-ended', { plan: plan.id, revision: 3, state: end }]] : []);
  });

  it('is not over while there is something to wait for', async () => {
    const plant = await left();
    const plan = planOf({ journal: [WRITTEN] });
    await plant.rows.save(PLANT, await plant.state(), { lane: { activePlan: plan.id }, plan });
    says(plant, { wait: { ms: 4_000, reason: 'drill' } });
    expect(await plant.look()).toEqual({ outcome: 'waiting', wakeInMs: 4_000 });
    says(plant, { wait: { reason: 'no-data' } });
    expect(await plant.look()).toEqual({ outcome: 'waiting' });
    expect((await plant.rows.plan(PLANT, plan.id))?.state).toBe('running');
  });
});

describe('what people agreed to and what is done', () => {
  it.each([
    ['holds from now on like anything else', {}, 'enforce'],
    ['is not what somebody has asked for since', { value: { to: 5 } }, 'propose'],
    ['is not what was released meanwhile', { state: 'leaving' }, 'propose'],
    ['is not what could only be observed', { mode: 'observe' }, 'observe'],
  ] as const)('%s', async (_, more, mode) => {
    const plant = new Plant();
    await plant.ask(A, 9, { mode: 'propose' });
    await plant.settle();
    const [plan] = await plant.plans();
    const before = await plant.state();
    const [intent] = before.intents.values();
    await plant.rows.save(PLANT, before, {
      lane: { activePlan: plan!.id },
      intents: [{ ...intent!, ...more }],
      plan: { ...plan!, state: 'running', journal: [WRITTEN] },
    });
    says(plant);
    await plant.look();
    expect((await plant.rows.plan(PLANT, plan!.id))?.state).toBe('done');
    expect([...(await plant.state()).intents.values()][0]?.mode).toBe(mode);
  });
});
