import { describe, expect, it } from 'vitest';

import { StorageUnavailableError } from '../../../../shared/errors.ts';
import type { JournalEntry } from '../../../../shared/reconcile/plan.ts';
import type { WriteResult } from '../../../../shared/reconcile/target-kind.ts';
import { conflicts } from '../hindered-rows.ts';
import { A, B, Plant } from '../plant.ts';
import { PLANT, type ValveFault } from '../valves-target.ts';

const CHANNEL = 'the-one-wrench';

async function journal(plant: Plant): Promise<readonly JournalEntry[]> {
  return (await plant.plans()).flatMap((plan) => plan.journal);
}

async function states(plant: Plant): Promise<readonly string[]> {
  return (await journal(plant)).map(({ state }) => state);
}

async function asked(...faults: ValveFault[]): Promise<Plant> {
  const plant = new Plant();
  plant.valves.faults = faults;
  await plant.ask(A, 9);
  return plant;
}

describe('before a write', () => {
  it('stands in the journal what is sent, from which state, under which fence, and until when', async () => {
    const plant = await asked();
    const began = plant.clock.now();
    let during: JournalEntry | undefined;
    plant.valves.onWrite = async () => {
      [during] = await journal(plant);
    };
    await plant.look();

    expect(during).toEqual({
      step: expect.objectContaining({ id: A, to: { to: 9 } }) as unknown,
      state: 'sending',
      at: began.toISOString(),
      fence: 1,
      precondition: JSON.stringify(plant.valves.values),
      sendBy: new Date(began.getTime() + 10_000).toISOString(),
    });
  });

  it('its channel is leased to this process, its baseline is kept, and the neighbours know what it will lead to', async () => {
    const plant = await asked();
    await plant.ask(B, 8);
    const began = plant.clock.now();
    let during: unknown[] = [];
    plant.valves.onWrite = async () => {
      const { head, lane } = await plant.state();
      const expected = await plant.store.get('plants', 'expected');
      during = [head.leases[CHANNEL], lane.fields, expected?.value];
    };
    await plant.look();

    expect(during).toEqual([
      {
        owner: expect.any(String) as unknown,
        target: PLANT.key,
        until: new Date(began.getTime() + 10_000).toISOString(),
      },
      [{ subject: A, group: 'turn', baseline: { to: 1 }, written: { to: 1 } }],
      { [A]: 9, [B]: 8 },
    ]);
  });

  it.each([
    [0, 10_000],
    [5_000, 10_000],
    [60_000, 60_000],
  ])('others leave a target that leases for %d ms alone for %d', async (leaseMs, lasts) => {
    const plant = await asked();
    plant.valves.leaseMs = leaseMs;
    const began = plant.clock.now().getTime();
    let until = '';
    plant.valves.onWrite = async () => {
      until = (await plant.state()).head.leases[CHANNEL]?.until ?? '';
    };
    await plant.look();
    expect(Date.parse(until) - began).toBe(lasts);
  });

  it.each([
    [9_999, ['running']],
    [10_000, ['not-written', 'running']],
  ])('the call is dropped if writing that down took 10 s: %d ms', async (ms, expected) => {
    const plant = await asked();
    plant.store.interruptions = [() => plant.clock.sleep(ms)];
    await plant.look();
    expect(await states(plant)).toEqual(expected);
    expect(plant.valves.sent).toEqual([`${A}=9`]);
  });

  it('each send has a fence of its own, which only grows', async () => {
    const plant = await asked('busy', 'stale', 'works');
    await plant.ask(B, 8);
    await plant.settle();
    expect((await journal(plant)).map(({ fence }) => fence)).toEqual([1, 2, 3, 4]);
  });
});

describe('after a write', () => {
  it('that was done at once, nothing is asked and the next step follows', async () => {
    const plant = await asked('at-once', 'at-once');
    await plant.ask(B, 8);
    expect(await plant.look()).toEqual({ outcome: 'settled' });
    expect(await journal(plant)).toMatchObject([
      { state: 'written', evidence: { fence: 1 }, endedAt: plant.clock.now().toISOString() },
      { state: 'written', evidence: { fence: 2 } },
    ]);
    expect((await plant.state()).head.leases).toEqual({});
  });

  it('that was accepted, it is looked at when the service says so, by anybody', async () => {
    const plant = await asked();
    expect(await plant.look()).toEqual({ outcome: 'waiting', wakeInMs: 60_000 });
    expect(await journal(plant)).toMatchObject([{ state: 'running', operation: '1' }]);
    const lease = (await plant.state()).head.leases[CHANNEL];
    expect(lease).toMatchObject({ target: PLANT.key, until: plant.clock.now().toISOString() });
  });

  it('whose outcome nobody knows, it is read when the service says so', async () => {
    const plant = await asked();
    plant.valves.write = () => Promise.resolve({ outcome: 'unknown', pollInMs: 7_000 });
    expect(await plant.look()).toEqual({ outcome: 'waiting', wakeInMs: 7_000 });
    expect(await states(plant)).toEqual(['sending']);
  });

  it('that was limited, it waits as long as the service says, and then sends the same again', async () => {
    const plant = await asked({ limitMs: 90_000 });
    const { wakeInMs = 0 } = await plant.look();
    expect(wakeInMs).toBeGreaterThanOrEqual(90_000);
    expect(wakeInMs).toBeLessThan(91_000);
    expect(await journal(plant)).toMatchObject([{ state: 'not-written', note: 'turn: asked to wait 90000 ms' }]);
    expect((await plant.state()).head.leases).toEqual({});
    await plant.settle();
    expect(plant.valves.sent).toEqual([`${A}=9`]);
  });

  it('that found the service busy, pauses double up to five minutes, each with up to a second of chance', async () => {
    const plant = await asked(...Array.from({ length: 9 }, () => 'busy' as const));
    const pauses: number[] = [];
    for (let look = 0; look < 9; look += 1) {
      const { wakeInMs = 0 } = await plant.look();
      pauses.push(wakeInMs);
      await plant.clock.advance(wakeInMs);
    }
    const seconds = pauses.map((ms) => Math.floor(ms / 1_000));
    expect(seconds).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
    expect(new Set(pauses.map((ms) => ms % 1_000)).size).toBeGreaterThan(1);
  });

  it('that lost a race, the target is read again at once and the plan stays the same', async () => {
    const plant = await asked('stale');
    plant.valves.onWrite = () => {
      plant.valves.values[A] = 4;
      return Promise.resolve();
    };
    await plant.settle();
    const plans = await plant.plans();
    expect(plans).toHaveLength(1);
    expect(plans[0]).toMatchObject({ state: 'done', revision: 2, steps: [{ from: { to: 4 } }] });
    expect(await states(plant)).toEqual(['stale', 'written']);
  });

  it('the same steps again are the same revision', async () => {
    const plant = await asked('busy');
    await plant.settle();
    expect(await plant.plans()).toMatchObject([{ state: 'done', revision: 1, journal: [{}, {}] }]);
  });

  it('a plan that has begun keeps its preview, whatever is left of it', async () => {
    const plant = await asked();
    await plant.ask(B, 8);
    await plant.settle();
    const [plan] = await plant.plans();
    expect(plan).toMatchObject({
      revision: 1,
      steps: [{ id: A }, { id: B }],
      serves: [{ subject: A }, { subject: B }],
    });
  });
});

describe('what came of a write', () => {
  it.each([1, 49])('is written down although others wrote first, %d times', async (times) => {
    const plant = await asked();
    plant.valves.onWrite = () => {
      plant.store.interruptions = conflicts(times);
      return Promise.resolve();
    };
    await plant.look();
    expect(await states(plant)).toEqual(['running']);
  });

  it('is left to be read after the fiftieth time, and not sent again', async () => {
    const plant = await asked();
    plant.valves.onWrite = () => {
      plant.store.interruptions = conflicts(50);
      plant.valves.onWrite = undefined;
      return Promise.resolve();
    };
    await plant.look();
    expect(plant.store.interruptions).toEqual([]);
    expect(await states(plant)).toEqual(['sending']);
    await plant.settle();
    expect(plant.valves.sent).toEqual([`${A}=9`]);
  });

  it('is left to be read when the rows cannot be written, which is said at once', async () => {
    const plant = await asked();
    plant.valves.onWrite = () => {
      plant.store.interruptions = [() => Promise.reject(new StorageUnavailableError('down'))];
      return Promise.resolve();
    };
    await expect(plant.look()).rejects.toBeInstanceOf(StorageUnavailableError);
    expect(await states(plant)).toEqual(['sending']);
  });

  it.each<[WriteResult, object]>([
    [
      { outcome: 'refused', code: 'STUCK', reason: 'rust' },
      { state: 'refused', note: 'STUCK: rust' },
    ],
    [
      { outcome: 'failed', reason: 'snapped' },
      { state: 'failed', note: 'snapped' },
    ],
    [
      { outcome: 'written', evidence: { by: 'hand' } },
      { state: 'written', evidence: { by: 'hand' } },
    ],
    [
      { outcome: 'postponed', reason: 'busy' },
      { state: 'not-written', note: 'busy' },
    ],
  ])('is what the service said: %j', async (result, entry) => {
    const plant = await asked();
    let answers = 0;
    plant.valves.write = () => {
      answers += 1;
      return Promise.resolve(answers === 1 ? result : { outcome: 'unknown', pollInMs: 1 });
    };
    await plant.look();
    const [first] = await journal(plant);
    expect(first).toMatchObject(entry);
    expect([first?.note === undefined, first?.evidence === undefined]).toEqual([
      !('note' in entry),
      !('evidence' in entry),
    ]);
  });

  it('is not written down by a process that has lost its lease meanwhile', async () => {
    const plant = await asked();
    plant.valves.onWrite = async () => {
      plant.valves.onWrite = undefined;
      await plant.clock.sleep(11_000);
      await plant.lookMeanwhile();
    };
    await plant.look();
    expect(await journal(plant)).toMatchObject([{ state: 'not-written' }, { state: 'running', operation: '2' }]);
  });

  it('errors that nobody foresaw are thrown on, and what was sent is found by reading', async () => {
    const plant = await asked('lost-answer-applied');
    await expect(plant.look()).rejects.toMatchObject({ code: 'REFLEX_UPSTREAM' });
    expect(await states(plant)).toEqual(['sending']);
    await plant.clock.advance(10_000);
    await plant.settle();
    expect(await journal(plant)).toMatchObject([{ state: 'written', evidence: { read: true } }]);
    expect(plant.valves.sent).toEqual([`${A}=9`]);
  });
});

describe('while a write is at work', () => {
  it('nothing is written down unless its trace moves', async () => {
    const plant = await asked();
    await plant.look();
    const { revision } = (await plant.state()).head;
    await plant.look();
    expect((await plant.state()).head.revision).toBe(revision);

    plant.valves.poll = () => Promise.resolve({ outcome: 'running', operation: 'elsewhere', pollInMs: 4_000 });
    expect(await plant.look()).toEqual({ outcome: 'waiting', wakeInMs: 4_000 });
    expect(await journal(plant)).toMatchObject([{ state: 'running', operation: 'elsewhere' }]);
    expect((await plant.state()).head.revision).toBe(revision + 1);
  });

  it.each([
    ['that answers', 60_000, []],
    ['that answers', 60_001, ['stuck']],
    ['that says nothing', 60_001, ['stuck']],
  ])('people are called once if one %s has taken longer than it should: %d ms', async (which, ms, reasons) => {
    const plant = await asked(which === 'that answers' ? 'works' : 'lost-operation');
    plant.valves.durationMs = 900_000;
    plant.valves.expectedMs = 60_000;
    await plant.look();
    await plant.clock.advance(ms);
    await plant.look();
    await plant.look();
    expect(await plant.pages()).toEqual(reasons);
    const paged = (await plant.records()).find(({ kind }) => kind === 'paged');
    expect(paged?.facts['step']).toBe(reasons.length === 0 ? undefined : `turn ${A} to 9`);
  });

  it('a target that was changed in a way that machines must not judge is parked, and people are called', async () => {
    const plant = await asked('lost-answer');
    await plant.look().catch(() => undefined);
    await plant.clock.advance(10_000);
    plant.valves.settle = () => Promise.resolve({ outcome: 'rewritten', reason: 'history-rewritten' });
    expect(await plant.look()).toEqual({ outcome: 'settled' });
    expect(await plant.pages()).toEqual(['history-rewritten']);
    expect(await plant.intents()).toEqual({ [`${A} incident`]: 'blocked history-rewritten' });
    expect(await plant.plans()).toMatchObject([{ state: 'parked' }]);
    await plant.settle();
    expect(plant.valves.sent).toEqual([]);
  });
});
