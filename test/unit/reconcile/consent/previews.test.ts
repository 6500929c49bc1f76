import { describe, expect, it } from 'vitest';

import type { IntentRequest } from '../../../../shared/intents/lifecycle.ts';
import { rejectPlan } from '../../../../shared/reconcile/consent/plan-commands.ts';
import { releaseIntents } from '../../../support/release-intents.ts';
import { A, B, Plant } from '../plant.ts';
import { PLANT } from '../valves-target.ts';

const HOUR_MS = 3_600_000;

async function plans(plant: Plant): Promise<readonly string[]> {
  return (await plant.plans())
    .map(({ state, steps }) => [state, ...steps.map(({ title }) => title)].join(': '))
    .toSorted();
}

describe('a preview', () => {
  it('of what may only be observed shows what all intents together would do, next to what is done', async () => {
    const plant = new Plant();
    await plant.ask(A, 9, { mode: 'observe' });
    await plant.ask(B, 8);
    await plant.settle();
    expect(plant.valves.sent).toEqual([`${B}=8`]);
    expect(await plans(plant)).toEqual([`done: turn ${B} to 8`, `preview: turn ${A} to 9`]);
    const shown = (await plant.records()).filter(({ kind }) => kind === 'observed');
    expect(shown.map(({ facts }) => facts)).toEqual([
      {
        plan: expect.any(String) as unknown,
        digest: expect.any(String) as unknown,
        steps: [{ title: `turn ${A} to 9`, from: { to: 1 }, to: { to: 9 } }],
        subjects: [A],
      },
    ]);
  });

  it('of what waits for a yes leaves out what may only be observed; that one’s shows both', async () => {
    const plant = new Plant();
    await plant.ask(A, 9, { mode: 'observe' });
    await plant.ask(B, 8, { mode: 'propose' });
    await plant.settle();
    expect(await plans(plant)).toEqual([`preview: turn ${A} to 9: turn ${B} to 8`, `waiting: turn ${B} to 8`]);
    expect((await plant.plans()).find(({ state }) => state === 'preview')?.consent).toBeUndefined();
  });

  it('is recorded again when it shows something else, and not otherwise', async () => {
    const plant = new Plant();
    await plant.ask(A, 9, { mode: 'observe' });
    await plant.settle();
    const { revision } = (await plant.state()).head;
    await plant.settle();
    expect((await plant.state()).head.revision).toBe(revision);
    plant.valves.values[A] = 4;
    await plant.settle();
    expect((await plant.kinds()).filter((kind) => kind === 'observed')).toHaveLength(2);
  });

  it('belongs to its target, begins at revision 1 with nothing sent, and serves what would act', async () => {
    const plant = new Plant();
    plant.valves.values[B] = 8;
    await plant.ask(A, 9, { mode: 'propose' });
    await plant.ask(B, 8, { mode: 'propose' });
    await plant.settle();
    expect(await plant.plans()).toMatchObject([
      {
        schema: 1,
        target: PLANT.key,
        revision: 1,
        journal: [],
        created: plant.clock.now().toISOString(),
        serves: [{ subject: A }],
      },
    ]);
  });

  it('that shows nothing to do is none', async () => {
    const plant = new Plant();
    await plant.ask(A, 1, { mode: 'observe' });
    await plant.ask(B, 2, { mode: 'propose' });
    expect(await plant.look()).toEqual({ outcome: 'settled' });
    expect(await plans(plant)).toEqual([]);
    expect(await plant.intents()).toEqual({
      [`${A} incident`]: 'open effective',
      [`${B} incident`]: 'open effective',
    });
  });
});

describe('what a preview has found out', () => {
  it.each([
    ['observe', []],
    ['propose', ['sick']],
  ] as const)('about an intent to %s is kept, and calls %j', async (mode, pages) => {
    const plant = new Plant();
    plant.valves.look = (_, { acting }) => ({
      verdicts: acting.map((intent) => ({ intent, outcome: 'blocked', reason: 'sick', page: true })),
      steps: [],
    });
    await plant.ask(A, 9, { mode });
    await plant.settle();
    await plant.settle();
    expect(await plant.intents()).toEqual({ [`${A} incident`]: 'blocked sick' });
    expect(await plant.pages()).toEqual(pages);
  });

  it('about what may act by itself is not kept: others would have to act first', async () => {
    const plant = new Plant();
    const look = plant.valves.look.bind(plant.valves);
    plant.valves.look = (values, asked) => {
      const isAlone = asked.acting.every(({ mode }) => mode === 'enforce');
      const verdicts = asked.acting.map((intent) => ({ intent, outcome: 'blocked' as const, reason: 'crowded' }));
      return isAlone ? look(values, asked) : { verdicts, steps: [] };
    };
    await plant.ask(A, 9);
    await plant.ask(B, 8, { mode: 'propose' });
    await plant.settle();
    expect(await plant.intents()).toEqual({
      [`${A} incident`]: 'open effective',
      [`${B} incident`]: 'blocked crowded',
    });
  });
});

describe('a plan that waits', () => {
  const asking: [string, Partial<IntentRequest>[], object][] = [
    ['nobody says how many', [{}], { needed: 1, withinMs: HOUR_MS, requesters: [] }],
    [
      'several say so: the most, and the shortest time',
      [{ approvals: { needed: 3, withinMs: 2 * HOUR_MS } }, { approvals: { needed: 2, withinMs: 1_000 } }],
      { needed: 3, withinMs: 1_000, requesters: [] },
    ],
    [
      'one says so and the other does not',
      [{ approvals: { needed: 2, withinMs: 2 * HOUR_MS } }, {}],
      { needed: 2, withinMs: HOUR_MS, requesters: [] },
    ],
    ['nobody is needed: one is', [{ approvals: { needed: 0, withinMs: HOUR_MS } }], { needed: 1, withinMs: HOUR_MS }],
    [
      'people asked for it: none of them',
      [{ by: { person: 'alice' } }, { by: { person: 'bob' } }],
      { needed: 1, requesters: ['alice', 'bob'] },
    ],
    [
      'one of them asked twice: they count once',
      [{ by: { person: 'alice' } }, { by: { person: 'alice' }, cause: 'once more' }],
      { needed: 1, requesters: ['alice'] },
    ],
    [
      'somebody who may act asked for more: that one is not counted',
      [{}, { mode: 'enforce', by: { person: 'carol' }, approvals: { needed: 9, withinMs: 1 } }],
      { needed: 1, withinMs: HOUR_MS, requesters: [] },
    ],
  ];
  it.each(asking)('needs as much consent as its intents say: %s', async (_, requests, expected) => {
    const plant = new Plant();
    for (const [index, more] of requests.entries()) {
      await plant.ask(index === 0 ? A : B, 9, { mode: 'propose', ...more });
    }
    await plant.settle();
    const waiting = (await plant.plans()).find(({ state }) => state === 'waiting');
    const { needed, requesters, expires, given } = waiting!.consent!;
    const withinMs = Date.parse(expires) - Date.parse(waiting!.created);
    expect({ needed, requesters, withinMs }).toMatchObject(expected);
    expect(given).toEqual([]);
  });

  it('for a way back keeps those away who asked for it', async () => {
    const plant = new Plant();
    await plant.ask(A, 9);
    await plant.settle();
    const state = await plant.state();
    const [intent] = state.intents.values();
    const leaving = { ...intent!, state: 'leaving' as const, mode: 'propose' as const, releasedBy: 'dave' };
    await plant.rows.save(PLANT, state, { intents: [leaving] });
    const look = plant.valves.look.bind(plant.valves);
    plant.valves.look = (values, asked) =>
      (asked.unapproved ?? []).length > 0 ? { verdicts: [], steps: [] } : look(values, asked);
    await plant.settle();
    const waiting = (await plant.plans()).find((plan) => plan.state === 'waiting');
    expect(waiting).toMatchObject({ steps: [{ to: { to: 1 } }], consent: { requesters: ['dave'] } });
  });

  it('stays while nothing can be judged, and is withdrawn when there is nothing left to do', async () => {
    const plant = new Plant();
    await plant.ask(A, 9, { mode: 'propose' });
    await plant.settle();
    const look = plant.valves.look.bind(plant.valves);
    plant.valves.look = () => ({ verdicts: [], steps: [], wait: { reason: 'no-data' } });
    await plant.look();
    expect(await plans(plant)).toEqual([`waiting: turn ${A} to 9`]);
    plant.valves.look = look;
    plant.valves.values[A] = 9;
    await plant.settle();
    expect(await plans(plant)).toEqual([`superseded: turn ${A} to 9`]);
    const held = (await plant.records()).findLast(({ kind }) => kind === 'held');
    expect(held?.facts).toMatchObject({ reason: 'plan-changed' });
  });

  it('is withdrawn when nobody wants to be asked any more', async () => {
    const plant = new Plant();
    await plant.ask(A, 9, { mode: 'propose' });
    await plant.ask(B, 8, { mode: 'observe' });
    await plant.settle();
    await plant.ask(A, 9, { mode: 'observe', signals: ['newer'] });
    await plant.settle();
    const [proposed] = (await plant.plans()).filter(({ consent }) => consent !== undefined);
    expect(proposed?.state).toBe('superseded');
    await plant.settle();
    expect((await plant.kinds()).filter((kind) => kind === 'held')).toHaveLength(1);
  });

  it('that was withdrawn is proposed again when the same is left to do again', async () => {
    const plant = new Plant();
    await plant.ask(A, 9, { mode: 'propose' });
    await plant.ask(B, 8, { mode: 'observe' });
    await plant.settle();
    plant.valves.values[A] = 9;
    await plant.settle();
    const { previews, refused } = (await plant.state()).lane;
    expect([Object.keys(previews), refused]).toEqual([['observe'], undefined]);
    plant.valves.values[A] = 1;
    await plant.settle();
    expect((await plans(plant)).filter((plan) => plan.endsWith(`${A} to 9`))).toEqual([
      `superseded: turn ${A} to 9`,
      `waiting: turn ${A} to 9`,
    ]);
  });

  it('that was declined is not proposed again before it is asked for anew', async () => {
    const plant = new Plant();
    await plant.ask(A, 9, { mode: 'propose' });
    await plant.settle();
    const [plan] = await plant.plans();
    await rejectPlan(plant.rows, PLANT, { plan: plan!.id, by: 'bob', now: () => plant.clock.now() });
    await plant.ask(A, 9, { mode: 'propose', signals: ['newer'] });
    await plant.settle();
    expect(await plans(plant)).toEqual([`rejected: turn ${A} to 9`]);
    await plant.ask(A, 6, { mode: 'propose', signals: ['newest'] });
    await plant.settle();
    expect(await plans(plant)).toEqual([`rejected: turn ${A} to 9`, `waiting: turn ${A} to 6`]);
  });

  it('that was declined is proposed again for another occasion', async () => {
    const plant = new Plant();
    await plant.ask(A, 9, { mode: 'propose' });
    await plant.settle();
    const [plan] = await plant.plans();
    await rejectPlan(plant.rows, PLANT, { plan: plan!.id, by: 'bob', now: () => plant.clock.now() });
    await plant.ask(A, 9, { mode: 'propose', cause: 'again' });
    await plant.settle();
    expect(await plans(plant)).toEqual([`rejected: turn ${A} to 9`, `waiting: turn ${A} to 9`]);
  });

  it('records when its time was over, once', async () => {
    const plant = new Plant();
    await plant.ask(A, 9, { mode: 'propose' });
    await plant.settle();
    await plant.clock.advance(HOUR_MS);
    await plant.settle();
    await plant.settle();
    const held = (await plant.records()).filter(({ kind }) => kind === 'held');
    expect(held.map(({ facts }) => facts['reason'])).toEqual(['approval-expired']);
  });
});

describe('the release of an intent', () => {
  it.each([
    ['enforce', 'enforce', { needed: 2, withinMs: 1 }],
    ['propose', 'enforce', undefined],
    ['observe', 'enforce', undefined],
  ] as const)(
    'in mode %s: it leaves in mode %s; what never acted needs nobody’s word',
    async (mode, then, approvals) => {
      const plant = new Plant();
      await plant.ask(A, 9, { mode, approvals: { needed: 2, withinMs: 1 } });
      expect(await plant.release(A)).toMatchObject([{ state: 'leaving', note: 'well again', mode: then }]);
      const [stored] = (await plant.state()).intents.values();
      expect(stored?.mode).toBe(then);
      expect(stored?.approvals).toEqual(approvals);
    },
  );

  it('is recorded with who it is about and why, and only for those that were asked for', async () => {
    const plant = new Plant();
    await plant.ask(A, 9);
    await plant.ask(B, 8);
    await plant.release(A);
    const released = (await plant.records()).filter(({ kind }) => kind === 'intent-released');
    expect(released.map(({ facts }) => facts)).toEqual([
      { subject: A, cause: 'incident', signals: ['signal-9'], reason: 'well again' },
    ]);
    expect((await plant.intents())[`${B} incident`]).toBe('open');
  });

  it('changes nothing the second time, nor after its end', async () => {
    const plant = new Plant();
    await plant.ask(A, 9);
    await plant.settle();
    await plant.release(A);
    expect(await plant.release(A)).toEqual([]);
    await plant.settle();
    const { revision } = (await plant.state()).head;
    expect(await plant.release(A)).toEqual([]);
    expect((await plant.state()).head.revision).toBe(revision);
  });

  it('asks the time again when others wrote first', async () => {
    const plant = new Plant();
    await plant.ask(A, 9);
    const times = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:05.000Z'];
    plant.store.interruptions = [() => plant.ask(B, 8)];
    const now = (): Date => new Date(times.shift() ?? '');
    await releaseIntents(plant.rows, PLANT, { which: ({ subject }) => subject === A, reason: 'over', now });
    expect((await plant.records()).findLast(({ kind }) => kind === 'intent-released')?.at).toBe(
      '2026-01-01T00:00:05.000Z',
    );
  });
});
