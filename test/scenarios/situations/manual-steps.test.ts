import { beforeEach, describe, expect, it } from 'vitest';

import type { ManualStepSettings } from '../../../shared/domain/traffic/manual.ts';
import { approvePlan, cancelPlan, holdPlan } from '../../../shared/reconcile/consent/plan-commands.ts';
import type { JournalEntry, Plan } from '../../../shared/reconcile/plan.ts';
import { confirmStep } from '../../../shared/reconcile/consent/step-words.ts';
import { edgeTarget } from '../../../shared/targets/edge/index.ts';
import { EdgeStage } from './edge-stage.ts';

const PROMOTE: ManualStepSettings = {
  name: 'promote',
  title: 'promote the database',
  instruction: '1. promote it',
  when: 'before',
  on: 'drain',
  approvals: 1,
  timeoutMs: 1_800_000,
  onTimeout: 'pause',
};
const TELL: ManualStepSettings = { ...PROMOTE, name: 'tell', title: 'tell the shops', when: 'after' };
const EVIDENCE = { workspace: '00000000-0000-4000-8000-0000000000b1', query: 'print done = true' };
const OUT = ['eastus2 Disabled'];

let stage: EdgeStage;

function begin(manual: readonly ManualStepSettings[], scenario: object = {}): void {
  stage = new EdgeStage(scenario);
  stage.reload(() => ({ manual }));
}

async function newest(): Promise<Plan> {
  return (await stage.plans()).at(-1)!;
}

function people({ journal }: Plan): readonly JournalEntry[] {
  return journal.filter(({ step }) => step.manual !== undefined);
}

async function asked(): Promise<readonly string[]> {
  return (await stage.plans()).flatMap((plan) => people(plan).map(({ step, state }) => `${step.title} ${state}`));
}

async function say(by: string, name = 'promote', more: { readonly digest?: string } = {}): Promise<Plan> {
  const plan = await newest();
  const step = people(plan).findLast(({ step: one }) => one.id.endsWith(`:${name}`))?.step.id ?? name;
  const now = (): Date => stage.world.clock.now();
  const command = { plan: plan.id, digest: plan.digest, step, by, now, reason: 'did it', ...more };
  const said = await confirmStep(stage.cell.rows, edgeTarget(stage.world.edge), command);
  await stage.tick();
  return said;
}

async function states(): Promise<readonly string[]> {
  return (await stage.plans()).map(({ state, note }) => (note === undefined ? state : `${state} ${note}`));
}

describe('a step of people before a drain', () => {
  beforeEach(async () => {
    begin([PROMOTE]);
    await stage.alert('eastus2');
  });

  it('holds even an emergency, calls people once with what to do, and holds no lease', async () => {
    await stage.pass(120);
    await stage.tick();
    expect(stage.writes).toEqual([]);
    expect(await asked()).toEqual(['eastus2: promote the database asked']);
    const [page, ...more] = await stage.records('paged');
    expect(page?.facts).toMatchObject({
      reason: 'manual-step',
      instruction: '1. promote it',
      plan: (await newest()).id,
    });
    expect(more).toEqual([]);
    expect((await stage.intents()).map(({ state, note }) => `${state} ${note ?? ''}`)).toEqual([
      'blocked manual-step-waits',
    ]);
    const { head } = await stage.cell.rows.load(edgeTarget(stage.world.edge));
    expect(head.leases).toEqual({});
  });

  it('lets the traffic move at once when a person says that it is done', async () => {
    await say('bob');
    await stage.pass(60);
    expect(stage.writes).toEqual(OUT);
    expect(await states()).toEqual(['done']);
    expect((await newest()).steps.map(({ effect }) => effect)).toEqual(['manual', 'drain']);
    expect((await stage.records('confirmed'))[0]?.facts).toMatchObject({ by: 'bob', reason: 'did it' });
  });

  it('counts a person once, and what comes after the end changes nothing', async () => {
    stage.reload(() => ({ manual: [{ ...PROMOTE, approvals: 2 }] }));
    await stage.tick();
    await say('bob');
    await say('BOB');
    expect(stage.writes).toEqual([]);
    await say('carol');
    await say('dave');
    expect(stage.writes).toEqual(OUT);
    expect((await stage.records('confirmed')).map(({ facts }) => facts['by'])).toEqual(['bob', 'carol']);
  });

  it('is asked for anew where its owner asks for something else, and the old word does not count', async () => {
    const { digest, revision } = await newest();
    stage.reload(() => ({ manual: [{ ...PROMOTE, instruction: '2. promote the other' }] }));
    await stage.tick();
    await expect(say('bob', 'promote', { digest })).rejects.toThrow('plan-changed');
    expect(stage.writes).toEqual([]);
    expect((await newest()).revision).toBe(revision + 1);
    expect(await stage.pages()).toEqual(['manual-step', 'manual-step']);
    await say('bob');
    expect(stage.writes).toEqual(OUT);
  });

  it('is another cell’s to go on with, which asks nobody again', async () => {
    stage.cell.kill();
    stage.cell = stage.another();
    await stage.tick();
    expect(await stage.pages()).toEqual(['manual-step']);
    await say('bob');
    expect(stage.writes).toEqual(OUT);
  });

  it('keeps no other region waiting', async () => {
    stage.reload(() => ({ manual: [{ ...PROMOTE, origins: ['eastus2'] }] }));
    await stage.tick();
    await stage.alert('westus3');
    await stage.pass(60);
    expect(stage.writes).toEqual(['westus3 Disabled']);
    await say('bob');
    await stage.pass(60);
    expect(stage.live()).toMatchObject({ eastus2: 'out', westus3: 'out' });
  });

  it('is over when the region is well again, and nothing was written', async () => {
    await stage.pass(60);
    await stage.recovered('eastus2');
    await stage.pass(600);
    await stage.tick();
    expect(await asked()).toEqual(['eastus2: promote the database skipped']);
    expect(await states()).toEqual(['superseded']);
    expect(await stage.records('plan-ended')).toHaveLength(1);
    await expect(say('bob')).rejects.toThrow('wrong-state');
    expect(stage.writes).toEqual([]);
  });

  it('is over when a person cancels the plan', async () => {
    const { id: plan } = await newest();
    const now = (): Date => stage.world.clock.now();
    await cancelPlan(stage.cell.rows, edgeTarget(stage.world.edge), { plan, by: 'bob', now });
    await stage.tick();
    await stage.tick();
    expect(await states()).toEqual(['gone-back']);
    expect(await asked()).toEqual(['eastus2: promote the database skipped']);
    expect(stage.writes).toEqual([]);
  });

  it('refuses a step that the plan does not have, and one that is not asked for', async () => {
    await expect(say('bob', 'demote')).rejects.toThrow('no-such-step');
    stage.reload(() => ({ manual: [PROMOTE, { ...PROMOTE, name: 'second' }] }));
    await stage.tick();
    await expect(say('bob', 'eastus2:manual:second')).rejects.toThrow('not-waiting');
  });
});

describe('people who are late', () => {
  it('are called again, and the plan stands still until one of them says that it is done', async () => {
    begin([PROMOTE]);
    await stage.alert('eastus2');
    await stage.pass(1800);
    await stage.tick();
    await stage.tick();
    expect(await stage.pages()).toEqual(['manual-step', 'manual-step-late']);
    expect(await states()).toEqual(['paused manual-step-late']);
    expect(stage.writes).toEqual([]);
    await say('bob');
    expect(stage.writes).toEqual(OUT);
  });

  it('are called anew after as long again, where the plan was told to go on', async () => {
    begin([{ ...PROMOTE, evidence: EVIDENCE, approvals: 0 }]);
    await stage.command({ command: 'failover', origin: 'eastus2' });
    const resume = async (): Promise<void> => {
      await stage.pass(1800);
      await stage.tick();
      const command = { plan: (await newest()).id, by: 'bob', now: () => stage.world.clock.now() };
      await holdPlan(stage.cell.rows, edgeTarget(stage.world.edge), { ...command, hold: 'resume' });
      await stage.tick();
    };
    await resume();
    await resume();
    expect(await stage.pages()).toEqual([
      ...['manual-step', 'manual-step-late', 'manual-step', 'manual-step-late', 'manual-step'],
    ]);
    stage.world.stepEvidence = { isTrue: () => Promise.resolve(true) };
    await stage.tick();
    expect(stage.writes).toEqual(OUT);
  });

  it('stop a planned move although the evidence turns true later: it is a person’s to go on', async () => {
    begin([{ ...PROMOTE, evidence: EVIDENCE, approvals: 0 }]);
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await stage.pass(1800);
    await stage.tick();
    stage.world.stepEvidence = { isTrue: () => Promise.resolve(true) };
    await stage.tick();
    expect(stage.writes).toEqual([]);
    expect(await states()).toEqual(['paused manual-step-late']);
  });

  it('are done without, where their owner wants that', async () => {
    begin([{ ...PROMOTE, onTimeout: 'continue' }]);
    await stage.alert('eastus2');
    await stage.pass(1800);
    await stage.tick();
    expect(stage.writes).toEqual(OUT);
    expect(await stage.pages()).toEqual(['manual-step', 'manual-step-skipped']);
  });

  it('end the plan, where their owner wants that', async () => {
    begin([{ ...TELL, onTimeout: 'cancel' }]);
    await stage.alert('eastus2');
    await stage.pass(1800);
    await stage.tick();
    await stage.pass(60);
    expect(stage.live()).toMatchObject({ eastus2: 500 });
    expect(await stage.pages()).toEqual(['manual-step', 'manual-step-timeout']);
    expect(await states()).toEqual(['gone-back manual-step-timeout']);
  });
});

describe('the evidence of a step', () => {
  async function shows(): Promise<void> {
    stage.world.stepEvidence = { isTrue: ({ query }) => Promise.resolve(query === EVIDENCE.query) };
    await stage.tick();
  }

  it('is enough where nobody’s word is asked for', async () => {
    begin([{ ...PROMOTE, approvals: 0, evidence: EVIDENCE }]);
    await stage.alert('eastus2');
    await expect(say('bob')).rejects.toThrow('evidence alone');
    expect(stage.writes).toEqual([]);
    await shows();
    expect(stage.writes).toEqual(OUT);
  });

  it.each([
    ['word', say, shows],
    ['evidence', shows, say],
  ])('is needed beside the word, whichever comes first: %s', async (_, first, second) => {
    begin([{ ...PROMOTE, evidence: EVIDENCE }]);
    await stage.alert('eastus2');
    await first('bob');
    expect(stage.writes).toEqual([]);
    await second('bob');
    expect(stage.writes).toEqual(OUT);
  });
});

describe('a step of people after a drain', () => {
  beforeEach(async () => {
    begin([TELL]);
    await stage.alert('eastus2');
    await stage.pass(60);
  });

  it('keeps no traffic back; the plan ends when it is done', async () => {
    expect(stage.writes).toEqual(OUT);
    expect((await stage.intents()).map(({ state, note }) => `${state} ${note ?? ''}`)).toEqual(['open effective']);
    expect([await states(), await stage.pages()]).toEqual([['running'], ['manual-step']]);
    await say('bob', 'tell');
    await stage.tick();
    expect(await states()).toEqual(['done']);
  });

  it('is over when the traffic comes back', async () => {
    await stage.recovered('eastus2');
    await stage.pass(600);
    expect(stage.live()).toMatchObject({ eastus2: 500 });
    expect(await asked()).toEqual(['eastus2: tell the shops skipped']);
    expect(await states()).toEqual(['done']);
  });

  it('keeps no other region waiting', async () => {
    await stage.alert('westus3');
    await stage.pass(60);
    expect(stage.writes).toEqual(['eastus2 Disabled', 'westus3 Disabled']);
    await say('bob', 'tell');
    await say('bob', 'tell');
    await stage.tick();
    expect(await states()).toEqual(['done']);
  });
});

describe('steps of people around the way back', () => {
  const DEMOTE: ManualStepSettings = { ...PROMOTE, name: 'demote', title: 'give the database back', on: 'restore' };

  beforeEach(async () => {
    begin([PROMOTE, DEMOTE]);
    await stage.alert('eastus2');
    await say('bob');
    await stage.pass(60);
  });

  it('hold it, and each move asks anew', async () => {
    await stage.recovered('eastus2');
    await stage.pass(600);
    expect(stage.writes).toEqual(OUT);
    await say('bob', 'demote');
    await stage.pass(60);
    expect(stage.writes).toEqual([...OUT, 'eastus2 Enabled']);
    await stage.pass(3600);
    await stage.alert('eastus2', { alertId: 'again' });
    await stage.pass(60);
    expect(stage.writes).toHaveLength(2);
    await say('bob');
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
  });

  it('are asked for when a plan goes back after people have done something for it', async () => {
    begin([PROMOTE, DEMOTE, TELL]);
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await say('bob');
    await stage.pass(60);
    const command = { plan: (await newest()).id, by: 'carol', now: () => stage.world.clock.now() };
    await cancelPlan(stage.cell.rows, edgeTarget(stage.world.edge), command);
    await stage.tick();
    await stage.pass(1800);
    await stage.tick();
    expect(stage.writes).toEqual(OUT);
    expect(await stage.pages()).toEqual(['manual-step', 'manual-step', 'manual-step', 'manual-step-late']);
    await say('bob', 'demote');
    await stage.pass(60);
    expect(stage.live()).toMatchObject({ eastus2: 500 });
    expect(await states()).toEqual(['gone-back']);
  });
});

describe('steps of people in a plan that is agreed to', () => {
  beforeEach(() => {
    begin([PROMOTE, TELL], { policy: { approvals: 1, approvalTtlSec: 3600, bakeSec: 300 } });
  });

  async function agree(): Promise<void> {
    const { id: plan, digest } = await newest();
    const now = (): Date => stage.world.clock.now();
    await approvePlan(stage.cell.rows, edgeTarget(stage.world.edge), { plan, digest, by: 'bob', now });
    await stage.tick();
  }

  it('are part of its steps and its digest, and asked for in their order', async () => {
    await stage.command({ command: 'failover', origin: 'eastus2', steps: [250] });
    const { digest, steps } = await newest();
    expect(steps.map(({ effect }) => effect)).toEqual(['manual', 'weight', 'drain', 'weight', 'manual']);
    expect(await stage.pages()).toEqual([]);
    await agree();
    await stage.pass(7200);
    await stage.tick();
    expect([stage.writes, await states()]).toEqual([[], ['paused manual-step-late']]);
    await say('carol');
    await stage.pass(290);
    expect(stage.writes).toEqual(['eastus2 250']);
    await stage.pass(3600);
    expect(stage.live()).toMatchObject({ eastus2: 'out' });
    await say('carol', 'tell');
    await stage.tick();
    expect([await states(), (await newest()).digest]).toEqual([['done'], digest]);
  });

  it('are not for whoever asked for the plan', async () => {
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await agree();
    await expect(say('Alice')).rejects.toThrow('self-approval');
  });

  it('are not asked for when nobody has agreed in time', async () => {
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await stage.pass(3700);
    await stage.tick();
    expect([await states(), await stage.pages()]).toEqual([['expired'], []]);
  });

  it('are over when the facts move before anything was done', async () => {
    await stage.command({ command: 'failover', origin: 'eastus2' });
    await agree();
    stage.byHand('westus3', { weight: 400 });
    await stage.tick();
    expect((await states()).toSorted()).toEqual(['superseded', 'waiting']);
    expect(stage.writes).toEqual([]);
  });
});

describe('the kill switch', () => {
  it('keeps people from being called, and what they have said waits for its end', async () => {
    begin([PROMOTE]);
    await stage.killSwitch(true);
    await stage.alert('eastus2');
    expect(await asked()).toEqual([]);
    await stage.killSwitch(false);
    expect(await asked()).toEqual(['eastus2: promote the database asked']);
    await stage.killSwitch(true);
    await say('bob');
    expect([await asked(), stage.writes]).toEqual([['eastus2: promote the database asked'], []]);
    await stage.killSwitch(false);
    expect(stage.writes).toEqual(OUT);
  });
});
